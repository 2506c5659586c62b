package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

// Disconnect writes down who ends a binding's connection: from then on no operation
// of it is claimed. What is under way keeps its state, and its answer is recorded when it
// comes. A binding that is disconnected keeps the hint with the time of the first word.
func (db *DB) Disconnect(ctx context.Context, name, by, hint string) error {
	err := db.tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE bindings SET state = 'disconnected', hint = $2, disconnected_at = now() WHERE name = $1 AND state NOT IN ('disconnected', 'purged')`, name, hint)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return audit(ctx, tx, auditEntry{Binding: name, Event: "binding disconnected", Detail: map[string]string{"by": by}})
	})
	if err != nil {
		return fmt.Errorf("disconnect binding: %w", err)
	}
	return nil
}

// EndTokens locks a binding's pair, so that no refresh is under way, and deletes it once end
// has returned how it ended. With an error of end's it is kept. A binding without a
// pair is left alone, and end is not called.
func (db *DB) EndTokens(ctx context.Context, binding string, end func(held work.SealedTokens) (work.Ended, error)) error {
	return pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error {
		held, err := lockTokens(ctx, tx, binding)
		if err != nil {
			return fmt.Errorf("lock tokens: %w", err)
		}
		if held.Version == 0 {
			return nil
		}
		how, err := end(held)
		if err != nil {
			return err
		}
		// The mark of the last refresh stays: the next pair's version counts on from it.
		if _, err := tx.Exec(ctx, `DELETE FROM oauth_tokens WHERE binding = $1`, binding); err != nil {
			return fmt.Errorf("delete tokens: %w", err)
		}
		return audit(ctx, tx, auditEntry{Binding: binding, Event: "tokens deleted", Detail: map[string]string{"grant": string(how)}})
	})
}
