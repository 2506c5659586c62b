package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

const (
	// held says that a person holds the deliveries of binding b, or all.
	held = `EXISTS (SELECT FROM holds h WHERE h.binding IN ('', b.name))`
	// stopped says that nothing is sent for binding b, whatever its state.
	stopped = `(` + closed + ` OR ` + held + `)`
)

// Hold stops the deliveries of a binding, or with "" all of them, until EndHold: no call is claimed
// from now on, in whatever process. One that is held already keeps its beginning and takes the new
// note. The error wraps work.ErrNoBinding where there is none of that name.
func (db *DB) Hold(ctx context.Context, binding, by, note string) error {
	if err := db.known(ctx, binding); err != nil {
		return err
	}
	err := db.tx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO holds (binding, by, note) VALUES ($1, $2, $3) ON CONFLICT (binding) DO UPDATE SET by = excluded.by, note = excluded.note`,
			binding, by, note)
		if err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{Binding: binding, Event: "delivery held", Detail: map[string]string{"by": by, "note": note}})
	})
	if err != nil {
		return fmt.Errorf("hold deliveries: %w", err)
	}
	return nil
}

// EndHold ends a hold, and reports whether there was one. What came due meanwhile is sent.
func (db *DB) EndHold(ctx context.Context, binding, by string) (released bool, err error) {
	if err := db.known(ctx, binding); err != nil {
		return false, err
	}
	err = db.tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM holds WHERE binding = $1`, binding)
		if released = err == nil && tag.RowsAffected() > 0; !released {
			return err
		}
		return audit(ctx, tx, auditEntry{Binding: binding, Event: "delivery released", Detail: map[string]string{"by": by}})
	})
	if err != nil {
		return false, fmt.Errorf("release deliveries: %w", err)
	}
	return released, nil
}

// Holds lists what people hold, that of all deliveries first.
func (db *DB) Holds(ctx context.Context) ([]work.Hold, error) {
	rows, err := db.pool.Query(ctx, `SELECT binding, by, note, since FROM holds ORDER BY binding`)
	if err != nil {
		return nil, fmt.Errorf("read holds: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[work.Hold])
	if err != nil {
		return nil, fmt.Errorf("read holds: %w", err)
	}
	return all, nil
}

// known is an error where there is no binding of that name; "" is all of them.
func (db *DB) known(ctx context.Context, binding string) error {
	if binding == "" {
		return nil
	}
	_, err := db.Binding(ctx, binding)
	return err
}
