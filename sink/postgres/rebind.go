package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

// Traces counts what a binding has left in its business, or may have.
func (db *DB) Traces(ctx context.Context, name string) (work.Traces, error) {
	t, err := traces(ctx, db.pool, name)
	if err != nil {
		return t, fmt.Errorf("count what was posted: %w", err)
	}
	return t, nil
}

// traces leaves out what was never sent, and what Sage has refused: neither is there. A call
// that was in doubt once counts whatever has become of it, but where a person has found that it
// is not there.
func traces(ctx context.Context, q querier, name string) (work.Traces, error) {
	rows, err := q.Query(ctx, `
		SELECT (SELECT count(*) FROM xrefs WHERE binding = $1) AS objects,
			count(*) FILTER (WHERE state = 'confirmed') AS confirmed, count(*) FILTER (WHERE state = 'sending') AS sending,
			count(*) FILTER (WHERE state = 'in_doubt') AS in_doubt, count(*) FILTER (WHERE state = 'parked') AS parked,
			count(*) FILTER (WHERE was_in_doubt AND state NOT IN ('confirmed', 'sending', 'in_doubt', 'parked')) AS once_in_doubt
		FROM operations WHERE binding = $1`, name)
	if err != nil {
		return work.Traces{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[work.Traces])
}

// Rebind lets a binding be connected to another business, as if it had never been connected:
// what was planned for the one before is taken back, and everything is planned anew. It
// returns a work.TracesError, and changes nothing, where there may be anything of it in
// the business.
func (db *DB) Rebind(ctx context.Context, name, by string) error {
	err := db.tx(ctx, func(tx pgx.Tx) error {
		if err := lockOutPlanning(ctx, tx); err != nil {
			return err
		}
		var before string
		if err := tx.QueryRow(ctx, `SELECT business FROM bindings WHERE name = $1 FOR UPDATE`, name).Scan(&before); err != nil {
			return err
		}
		// First what was planned is taken back, and then it is counted: a claim that comes
		// in between has its operation, which counts, or finds none.
		if _, err := tx.Exec(ctx, `DELETE FROM operations WHERE binding = $1 AND state IN ('planned', 'cancelled') AND NOT was_in_doubt`, name); err != nil {
			return err
		}
		if left, err := traces(ctx, tx, name); err != nil {
			return err
		} else if left.Any() {
			return &work.TracesError{Binding: name, Traces: left}
		}
		// What the wrong business has refused may be taken by the right one: no policy has that
		// number, and no field is avoided because of it.
		if _, err := tx.Exec(ctx, `UPDATE operations SET policy_version = 0, source_field = '' WHERE binding = $1`, name); err != nil {
			return err
		}
		// What Sage's lists have said was of the wrong business.
		if err := keepLeft(ctx, tx, name, nil); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			UPDATE bindings b SET business = '', business_name = '', base_currency = '', state = 'new', hint = '', not_before = now(),
				rebuild_wanted_at = CASE WHEN `+asked+` THEN b.rebuild_wanted_at ELSE '-infinity' END, rebuilt_at = '-infinity' WHERE name = $1`, name)
		if err != nil {
			return err
		}
		if err := markDue(ctx, tx, name); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{Binding: name, Event: "binding rebound", Detail: map[string]string{"business_before": before, "by": by}})
	})
	if err != nil {
		return fmt.Errorf("rebind: %w", err)
	}
	return nil
}
