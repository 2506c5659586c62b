package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrNotMigrated is wrapped by Open when the database lacks our tables, or an update of
// them.
var ErrNotMigrated = errors.New("the database is not up to date: run mage2sage migrate")

// Migrate brings the database to the newest version and returns it. It is safe to run
// twice.
func Migrate(ctx context.Context, c Config) (version int64, err error) {
	pool, err := connect(ctx, c, markSize)
	if err != nil {
		return 0, err
	}
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	if err := (&DB{pool: pool}).KeepMonths(ctx); err != nil {
		return 0, err
	}
	return provider.GetDBVersion(ctx)
}

// ErrOldTables is returned by Open for a database that was made before the first
// release, when the tables had other names or columns.
var ErrOldTables = errors.New("the database has tables of a version before the first release: make an empty database, set postgres.url to it and run mage2sage migrate")

// checkVersion compares what is applied with what this program carries.
func (db *DB) checkVersion(ctx context.Context) error {
	entries, err := migrations.ReadDir("migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	var applied int64
	err = db.pool.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&applied)
	if hasCode(err, undefinedTable) {
		return ErrNotMigrated
	}
	if err != nil {
		return fmt.Errorf("read the database's version: %w", err)
	}
	if applied < int64(len(entries)) {
		return ErrNotMigrated
	}
	var ours bool // by what the latest change before the first release has added
	err = db.pool.QueryRow(ctx, `
		SELECT NOT EXISTS (SELECT FROM unnest(ARRAY['sync_items', 'restores', 'duplicates', 'erased', 'holds', 'planning_turn']) name WHERE to_regclass(name) IS NULL)
			AND EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = to_regclass('audit'))
			AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('oauth_refreshes') AND attname = 'refused')`).Scan(&ours)
	if err != nil {
		return fmt.Errorf("read the database's version: %w", err)
	}
	if !ours {
		return ErrOldTables
	}
	var month bool // to write to
	err = db.pool.QueryRow(ctx, `SELECT to_regclass(to_char(now(), '"audit_"YYYY_MM')) IS NOT NULL`).Scan(&month)
	if err != nil {
		return fmt.Errorf("read the months of the audit trail: %w", err)
	}
	if !month {
		return db.KeepMonths(ctx)
	}
	return nil
}
