package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// A Lease is the right to send POSTs to one business. Sage numbers documents one
// by one, so there is one lease per business, whatever the number of processes.
type Lease struct {
	Business string
	Owner    string        // unique per process
	TTL      time.Duration // longer than a call may take
}

// ErrLeaseLost is wrapped by Claim when another process has the business now.
var ErrLeaseLost = errors.New("another process has the business")

// Acquire takes or prolongs a lease; false when somebody else holds it.
func (s *Store) Acquire(ctx context.Context, l Lease) (bool, error) {
	tag, err := s.pool.Exec(ctx, `
		INSERT INTO business_leases AS l (business, owner, until) VALUES ($1, $2, now() + $3::interval)
		ON CONFLICT (business) DO UPDATE SET owner = excluded.owner, until = excluded.until
		WHERE l.owner = excluded.owner OR l.until < now()`, l.Business, l.Owner, l.TTL)
	if err != nil {
		return false, fmt.Errorf("acquire lease: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// Release gives a lease back.
func (s *Store) Release(ctx context.Context, l Lease) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM business_leases WHERE business = $1 AND owner = $2`, l.Business, l.Owner)
	if err != nil {
		return fmt.Errorf("release lease: %w", err)
	}
	return nil
}

// prolong is Acquire for a holder, inside its transaction.
func prolong(ctx context.Context, tx pgx.Tx, l Lease) error {
	tag, err := tx.Exec(ctx, `UPDATE business_leases SET until = now() + $3::interval WHERE business = $1 AND owner = $2 AND until > now()`,
		l.Business, l.Owner, l.TTL)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return ErrLeaseLost
	}
	return nil
}
