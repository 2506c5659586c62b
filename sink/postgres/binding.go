package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

const bindingColumns = `b.name, b.source, b.policy, b.policy_version, b.business, b.business_name, b.base_currency, b.state, b.hint, b.not_before, b.imported_at, b.disconnected_at,
	CASE WHEN ` + restored + ` THEN 'restored' WHEN ` + asked + ` THEN 'asked' ELSE '' END AS closed, b.rebuilding`

// Binding returns the binding of that name; the error wraps work.ErrNoBinding when there
// is none.
func (db *DB) Binding(ctx context.Context, name string) (work.Binding, error) {
	b, err := bindingNamed(ctx, db.pool, name)
	if errors.Is(err, pgx.ErrNoRows) {
		return b, fmt.Errorf("binding %s: %w", name, work.ErrNoBinding)
	}
	if err != nil {
		return b, fmt.Errorf("read binding: %w", err)
	}
	return b, nil
}

// A querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func bindingNamed(ctx context.Context, q querier, name string) (work.Binding, error) {
	rows, err := q.Query(ctx, `SELECT `+bindingColumns+` FROM bindings b WHERE name = $1`, name)
	if err != nil {
		return work.Binding{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[work.Binding])
}

// Bindings returns all bindings by name.
func (db *DB) Bindings(ctx context.Context) ([]work.Binding, error) {
	rows, err := db.pool.Query(ctx, `SELECT `+bindingColumns+` FROM bindings b ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("read bindings: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[work.Binding])
	if err != nil {
		return nil, fmt.Errorf("read bindings: %w", err)
	}
	return all, nil
}

// PutBinding writes a binding's source and policy and schedules what is not posted and paid for
// planning: a mapping that was missing heals what it parked.
func (db *DB) PutBinding(ctx context.Context, name, source string, policy json.RawMessage) (work.Binding, error) {
	err := db.tx(ctx, func(tx pgx.Tx) error {
		if err := lockOutPlanning(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO bindings AS b (name, source, policy) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET policy = excluded.policy, policy_version = b.policy_version + 1 WHERE b.state <> 'purged'`, name, source, string(policy))
		if err != nil {
			return err
		}
		if err := markDue(ctx, tx, name); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{Binding: name, Event: "binding imported"})
	})
	if err != nil {
		return work.Binding{}, fmt.Errorf("write binding: %w", err)
	}
	return db.Binding(ctx, name)
}

// markDue schedules every entity of the binding's source for planning, except items that
// are posted and paid.
func markDue(ctx context.Context, tx pgx.Tx, binding string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO sync_items AS i (binding, id, kind)
		SELECT b.name, e.id, e.kind FROM bindings b JOIN entities e ON e.source = b.source WHERE b.name = $1
		ON CONFLICT (binding, id) DO UPDATE SET plan_due_at = now() WHERE i.state <> 'posted' OR i.payment <> 'paid'`, binding)
	return err
}

// Connect writes down the business of a binding and schedules its items for planning.
func (db *DB) Connect(ctx context.Context, c work.Connection) error {
	err := db.tx(ctx, func(tx pgx.Tx) error {
		if err := lockOutPlanning(ctx, tx); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `
			UPDATE bindings SET business = $2, business_name = $3, base_currency = $4, state = 'connected', hint = '', not_before = now()
			WHERE name = $1 AND state <> 'purged'`, c.Binding, c.Business, c.BusinessName, c.BaseCurrency)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return fmt.Errorf("binding %s is closed for good, or is not there: see mage2sage binding list", c.Binding)
		}
		if err := markDue(ctx, tx, c.Binding); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{Binding: c.Binding, Event: "binding connected", Detail: map[string]string{"business": c.Business}})
	})
	if err != nil {
		return fmt.Errorf("write connection: %w", err)
	}
	return nil
}

// Resume ends what holds a binding's calls back: a wait that Sage asked for, a refusal of
// the user, and in all processes the breakers of its business. A binding that needs a
// person's consent still needs it.
func (db *DB) Resume(ctx context.Context, name string) (work.Binding, error) {
	err := db.tx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE bindings SET not_before = now(), resumed_at = now(), state = CASE WHEN state = 'forbidden' THEN 'connected' ELSE state END,
				hint = CASE WHEN state = 'forbidden' THEN '' ELSE hint END WHERE name = $1`, name)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE call_rates r SET frozen_until = 'epoch' FROM bindings b WHERE b.name = $1 AND r.business = b.business AND b.business <> ''`, name)
		if err != nil {
			return err
		}
		// A call in doubt waits on: Sage may still be at work on it.
		_, err = tx.Exec(ctx, `UPDATE operations SET not_before = now() WHERE binding = $1 AND state = 'planned'`, name)
		if err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{Binding: name, Event: "binding resumed"})
	})
	if err != nil {
		return work.Binding{}, fmt.Errorf("resume binding: %w", err)
	}
	return db.Binding(ctx, name)
}

// Pause changes a binding's state and stops its calls. The audit trail has the first of
// several in a row. What a person has ended stays as it is: a call that was under way may
// find its tokens gone.
func (db *DB) Pause(ctx context.Context, p work.Pause) error {
	err := db.tx(ctx, func(tx pgx.Tx) error {
		var news bool
		err := tx.QueryRow(ctx, `
			UPDATE bindings b SET state = $2, hint = $3, not_before = greatest(b.not_before, now() + $4::interval)
			FROM (SELECT state FROM bindings WHERE name = $1 FOR UPDATE) before
			WHERE b.name = $1 AND before.state NOT IN ('new', 'disconnected', 'purged') RETURNING before.state <> $2`,
			p.Binding, p.State, p.Hint, p.Wait).Scan(&news)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil || !news {
			return err
		}
		return audit(ctx, tx, auditEntry{Binding: p.Binding, Event: "binding " + string(p.State), Detail: map[string]string{"hint": p.Hint}})
	})
	if err != nil {
		return fmt.Errorf("pause binding: %w", err)
	}
	return nil
}

// PutOff makes no call to a business before that long from now: Sage asked for it.
func (db *DB) PutOff(ctx context.Context, business string, wait time.Duration) error {
	_, err := db.pool.Exec(ctx, `UPDATE bindings SET not_before = greatest(not_before, now() + $2::interval) WHERE business = $1`, business, wait)
	if err != nil {
		return fmt.Errorf("put business off: %w", err)
	}
	return nil
}
