package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Tokens is the row of a binding's sealed pair.
type Tokens struct {
	Version          int64 // counts pairs; 0 when there is none
	Access, Refresh  []byte
	AccessExpiresAt  time.Time
	RefreshExpiresAt time.Time
	// Presented says that this pair's refresh token was presented before, and no
	// answer was written down: it may be spent.
	Presented bool
}

const tokenQuery = `
	SELECT t.version, t.access_token, t.refresh_token, t.access_expires_at, t.refresh_expires_at, coalesce(r.version = t.version, false)
	FROM oauth_tokens t LEFT JOIN oauth_refreshes r ON r.binding = t.binding WHERE t.binding = $1`

func scanTokens(row pgx.Row) (t Tokens, err error) {
	err = row.Scan(&t.Version, &t.Access, &t.Refresh, &t.AccessExpiresAt, &t.RefreshExpiresAt, &t.Presented)
	if errors.Is(err, pgx.ErrNoRows) {
		return Tokens{}, nil
	}
	return t, err
}

// Tokens returns the pair of a binding; the zero Tokens when it has none.
func (s *Store) Tokens(ctx context.Context, binding string) (Tokens, error) {
	t, err := scanTokens(s.pool.QueryRow(ctx, tokenQuery, binding))
	if err != nil {
		return t, fmt.Errorf("read tokens: %w", err)
	}
	return t, nil
}

// PutTokens writes the first pair of a new grant.
func (s *Store) PutTokens(ctx context.Context, binding string, t Tokens) error {
	err := s.tx(ctx, func(tx pgx.Tx) error { return putTokens(ctx, tx, binding, t) })
	if err != nil {
		return fmt.Errorf("write tokens: %w", err)
	}
	return nil
}

func putTokens(ctx context.Context, tx pgx.Tx, binding string, t Tokens) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO oauth_tokens AS o (binding, version, access_token, refresh_token, access_expires_at, refresh_expires_at)
		VALUES ($1, 1, $2, $3, $4, $5)
		ON CONFLICT (binding) DO UPDATE SET version = o.version + 1, access_token = excluded.access_token, refresh_token = excluded.refresh_token,
			access_expires_at = excluded.access_expires_at, refresh_expires_at = excluded.refresh_expires_at, updated_at = now()`,
		binding, t.Access, t.Refresh, t.AccessExpiresAt, t.RefreshExpiresAt)
	return err
}

// Rotate locks a binding's pair, so that one process at a time refreshes it, and
// writes what rotate returns; nil leaves the pair alone. rotate calls mark before
// it presents the refresh token: the mark is committed at once, on a connection of
// its own, so that it outlives a crash.
func (s *Store) Rotate(ctx context.Context, binding string, rotate func(held Tokens, mark func() error) (*Tokens, error)) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		held, err := scanTokens(tx.QueryRow(ctx, tokenQuery+` FOR UPDATE OF t`, binding))
		if err != nil {
			return fmt.Errorf("lock tokens: %w", err)
		}
		next, err := rotate(held, func() error { return s.markRefresh(ctx, binding, held.Version) })
		if err != nil || next == nil {
			return err
		}
		if err := putTokens(ctx, tx, binding, *next); err != nil {
			return fmt.Errorf("write tokens: %w", err)
		}
		return nil
	})
}

func (s *Store) markRefresh(ctx context.Context, binding string, version int64) error {
	_, err := s.marks.Exec(ctx, `
		INSERT INTO oauth_refreshes (binding, version) VALUES ($1, $2)
		ON CONFLICT (binding) DO UPDATE SET version = excluded.version, at = now()`, binding, version)
	if err != nil {
		return fmt.Errorf("mark refresh: %w", err)
	}
	return nil
}
