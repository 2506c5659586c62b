package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

// Acquire takes or prolongs a lease; false when another process holds it.
func (db *DB) Acquire(ctx context.Context, l work.Lease) (bool, error) {
	tag, err := db.pool.Exec(ctx, `
		INSERT INTO business_leases AS l (business, owner, until) VALUES ($1, $2, now() + $3::interval)
		ON CONFLICT (business) DO UPDATE SET owner = excluded.owner, until = excluded.until
		WHERE l.owner = excluded.owner OR l.until < now()`, l.Business, l.Owner, l.TTL)
	if err != nil {
		return false, fmt.Errorf("acquire lease: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// Release gives a lease back.
func (db *DB) Release(ctx context.Context, l work.Lease) error {
	_, err := db.pool.Exec(ctx, `DELETE FROM business_leases WHERE business = $1 AND owner = $2`, l.Business, l.Owner)
	if err != nil {
		return fmt.Errorf("release lease: %w", err)
	}
	return nil
}

// prolongLease prolongs a lease for its holder and returns a row, or none where another
// process has the business.
const prolongLease = `UPDATE business_leases SET until = now() + $3::interval WHERE business = $1 AND owner = $2 AND until > now() RETURNING business`

// prolong is Acquire for a holder, inside its transaction.
func prolong(ctx context.Context, tx pgx.Tx, l work.Lease) error {
	tag, err := tx.Exec(ctx, prolongLease, l.Business, l.Owner, l.TTL)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return work.ErrLeaseLost
	}
	return nil
}

// holds returns work.ErrLeaseLost where another process has the business.
func (db *DB) holds(ctx context.Context, l work.Lease) error {
	var ours bool
	err := db.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM business_leases WHERE business = $1 AND owner = $2 AND until > now())`, l.Business, l.Owner).Scan(&ours)
	if err == nil && !ours {
		return work.ErrLeaseLost
	}
	return err
}
