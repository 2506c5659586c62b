package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

const tokenQuery = `
	SELECT t.version, t.access_token, t.refresh_token, t.access_expires_at, t.refresh_expires_at,
		coalesce(r.version = t.version, false), coalesce(r.version = t.version AND r.refused, false)
	FROM oauth_tokens t LEFT JOIN oauth_refreshes r ON r.binding = t.binding WHERE t.binding = $1`

// lockTokens locks a binding's pair and reads it. The lock is a statement of its own: who has waited
// for it would else see the mark as it was when the waiting began, and present once more what
// Sage has refused meanwhile.
func lockTokens(ctx context.Context, tx pgx.Tx, binding string) (work.SealedTokens, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM oauth_tokens WHERE binding = $1 FOR UPDATE`, binding); err != nil {
		return work.SealedTokens{}, err
	}
	return scanTokens(tx.QueryRow(ctx, tokenQuery, binding))
}

func scanTokens(row pgx.Row) (t work.SealedTokens, err error) {
	err = row.Scan(&t.Version, &t.Access, &t.Refresh, &t.AccessExpiresAt, &t.RefreshExpiresAt, &t.RefreshInFlight, &t.RefreshRefused)
	if errors.Is(err, pgx.ErrNoRows) {
		return work.SealedTokens{}, nil
	}
	return t, err
}

// Tokens returns the pair of a binding; the zero SealedTokens when it has none.
func (db *DB) Tokens(ctx context.Context, binding string) (work.SealedTokens, error) {
	t, err := scanTokens(db.pool.QueryRow(ctx, tokenQuery, binding))
	if err != nil {
		return t, fmt.Errorf("read tokens: %w", err)
	}
	return t, nil
}

// PutTokens writes the first pair of a new grant. Its version is higher than that of every
// pair before it, of which a mark may be left where the pair was deleted.
func (db *DB) PutTokens(ctx context.Context, binding string, t work.SealedTokens) error {
	err := db.tx(ctx, func(tx pgx.Tx) error { return putTokens(ctx, tx, binding, t) })
	if err != nil {
		return fmt.Errorf("write tokens: %w", err)
	}
	return nil
}

func putTokens(ctx context.Context, tx pgx.Tx, binding string, t work.SealedTokens) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO oauth_tokens AS o (binding, version, access_token, refresh_token, access_expires_at, refresh_expires_at)
		VALUES ($1, 1 + coalesce((SELECT r.version FROM oauth_refreshes r WHERE r.binding = $1), 0), $2, $3, $4, $5)
		ON CONFLICT (binding) DO UPDATE SET version = o.version + 1, access_token = excluded.access_token, refresh_token = excluded.refresh_token,
			access_expires_at = excluded.access_expires_at, refresh_expires_at = excluded.refresh_expires_at, updated_at = now()`,
		binding, t.Access, t.Refresh, t.AccessExpiresAt, t.RefreshExpiresAt)
	return err
}

// ReplaceTokens writes a pair in place of the one of that version. The error wraps
// work.ErrPairGone where it is another by now, or none.
func (db *DB) ReplaceTokens(ctx context.Context, binding string, version int64, t work.SealedTokens) error {
	tag, err := db.pool.Exec(ctx, `
		UPDATE oauth_tokens SET version = version + 1, access_token = $3, refresh_token = $4, access_expires_at = $5, refresh_expires_at = $6, updated_at = now()
		WHERE binding = $1 AND version = $2`, binding, version, t.Access, t.Refresh, t.AccessExpiresAt, t.RefreshExpiresAt)
	if err == nil && tag.RowsAffected() == 0 {
		err = work.ErrPairGone
	}
	if err != nil {
		return fmt.Errorf("write tokens: %w", err)
	}
	return nil
}

// Rotate locks a binding's pair, so that one process at a time refreshes it, and
// writes what rotate returns; nil leaves the pair alone. rotate calls mark before it
// sends the refresh token to Sage, and with true once Sage has refused that: the mark is
// committed at once, on a connection of its own, so that it outlives a crash.
func (db *DB) Rotate(ctx context.Context, binding string, rotate func(held work.SealedTokens, mark func(refused bool) error) (*work.SealedTokens, error)) error {
	return pgx.BeginFunc(ctx, db.pool, func(tx pgx.Tx) error {
		held, err := lockTokens(ctx, tx, binding)
		if err != nil {
			return fmt.Errorf("lock tokens: %w", err)
		}
		next, err := rotate(held, func(refused bool) error { return db.markRefresh(ctx, binding, held.Version, refused) })
		if err != nil || next == nil {
			return err
		}
		if err := putTokens(ctx, tx, binding, *next); err != nil {
			return fmt.Errorf("write tokens: %w", err)
		}
		return nil
	})
}

// Reseal locks a binding's pair and writes the same tokens as reseal has sealed them anew;
// nil leaves the pair alone. The pair keeps its version, for Sage has given no other, and
// with it the mark of a refresh whose answer was lost. A binding without a pair is left alone.
func (db *DB) Reseal(ctx context.Context, binding string, reseal func(held work.SealedTokens) (*work.SealedTokens, error)) error {
	return db.tx(ctx, func(tx pgx.Tx) error {
		held, err := lockTokens(ctx, tx, binding)
		if err != nil {
			return fmt.Errorf("lock tokens: %w", err)
		}
		if held.Version == 0 {
			return nil
		}
		next, err := reseal(held)
		if err != nil || next == nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE oauth_tokens SET access_token = $2, refresh_token = $3 WHERE binding = $1`, binding, next.Access, next.Refresh)
		if err != nil {
			return fmt.Errorf("write tokens: %w", err)
		}
		return audit(ctx, tx, auditEntry{Binding: binding, Event: "tokens sealed anew"})
	})
}

func (db *DB) markRefresh(ctx context.Context, binding string, version int64, refused bool) error {
	_, err := db.marks.Exec(ctx, `
		INSERT INTO oauth_refreshes (binding, version, refused) VALUES ($1, $2, $3)
		ON CONFLICT (binding) DO UPDATE SET version = excluded.version, refused = excluded.refused, at = now()`, binding, version, refused)
	if err != nil {
		return fmt.Errorf("mark refresh: %w", err)
	}
	return nil
}
