package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Incarnation tells this run of the server, its database and its tables from every other: a
// database cannot be restored without one of them being another afterwards.
func (db *DB) Incarnation(ctx context.Context) (id string, err error) {
	err = db.pool.QueryRow(ctx, `
		SELECT concat_ws('/', pg_postmaster_start_time(), d.oid, 'operations'::regclass::oid) FROM pg_database d WHERE d.datname = current_database()`).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("ask which database this is: %w", err)
	}
	return id, nil
}

// TrailEnd is the number of the audit trail's last entry, 0 before the first.
func (db *DB) TrailEnd(ctx context.Context) (last int64, err error) {
	if err = db.pool.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM audit`).Scan(&last); err != nil {
		return 0, fmt.Errorf("read the end of the audit trail: %w", err)
	}
	return last, nil
}

// NoteRestored writes down that the database is older than what was done with it. From then
// on nothing is sent for a binding until its rebuild from Sage's lists has ended.
func (db *DB) NoteRestored(ctx context.Context, reason string) error {
	err := db.tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO restores (reason) VALUES ($1)`, reason); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{Event: "database restored", Detail: map[string]string{"reason": reason}})
	})
	if err != nil {
		return fmt.Errorf("note that the database was restored: %w", err)
	}
	return nil
}
