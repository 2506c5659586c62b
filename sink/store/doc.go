// Package store keeps in Postgres what the sink must never forget: the newest
// state of every entity, what was asked of Sage, and what stands there.
//
//	entities    newest version of each canonical entity     bookmarks   how far Intake has read
//	documents   what became of each entity, per binding     bindings    which shop goes to which business
//	operations  one row per call, committed before it       xrefs       what stands in Sage, unique both ways
//	audit       append only                                 oauth_tokens, business_leases
//
// Every method is one transaction. A deadlock between two of them is answered by
// repeating the one that Postgres chose to end. The package knows nothing of
// Sage's fields: bodies of calls pass through it unread.
package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config is where Postgres is.
type Config struct {
	// URL is a Postgres URL or key=value string, password included.
	URL secret.String `yaml:"url"`
}

// Validate tells what is missing.
func (c Config) Validate() error {
	if c.URL.Reveal() == "" {
		return errors.New("postgres.url is empty: set it to postgres://user:password@host:5432/database")
	}
	return nil
}

// A Store is a pool of connections. It is safe for concurrent use.
type Store struct {
	pool *pgxpool.Pool
	// marks has connections for what must be committed while another transaction
	// is open: from one pool, everybody could hold a connection and wait for a second.
	marks *pgxpool.Pool
}

// Sizes of the pools, where the URL does not say pool_max_conns.
const (
	poolSize = 16
	markSize = 2
)

// ErrNotMigrated is wrapped by Open when the database lacks our tables, or an
// update of them.
var ErrNotMigrated = errors.New("the database is not up to date: run mage2sage migrate")

// Open connects and refuses a database that was not migrated.
func Open(ctx context.Context, c Config) (*Store, error) {
	pool, err := connect(ctx, c, poolSize)
	if err != nil {
		return nil, err
	}
	marks, err := connect(ctx, c, markSize)
	if err != nil {
		pool.Close()
		return nil, err
	}
	s := &Store{pool, marks}
	if err := s.checkVersion(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close ends all connections.
func (s *Store) Close() { s.pool.Close(); s.marks.Close() }

func connect(ctx context.Context, c Config, size int32) (*pgxpool.Pool, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(c.URL.Reveal())
	if err != nil {
		return nil, errors.New("postgres.url cannot be read: it looks like postgres://user:password@host:5432/database")
	}
	if !strings.Contains(c.URL.Reveal(), "pool_max_conns") {
		config.MaxConns = size
	}
	config.ConnConfig.RuntimeParams["application_name"] = "mage2sage"
	config.ConnConfig.RuntimeParams["timezone"] = "UTC"
	config.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "60s"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("postgres does not answer at %s:%d: start it or correct postgres.url (%s)",
			config.ConnConfig.Host, config.ConnConfig.Port, strings.Join(strings.Fields(err.Error()), " "))
	}
	return pool, nil
}

// Migrate brings the database to the newest version and returns it. It is safe to
// run twice.
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
	return provider.GetDBVersion(ctx)
}

// checkVersion compares what is applied with what this program carries.
func (s *Store) checkVersion(ctx context.Context) error {
	entries, err := migrations.ReadDir("migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	var applied int64
	err = s.pool.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&applied)
	var missing *pgconn.PgError
	if errors.As(err, &missing) && missing.Code == "42P01" {
		return ErrNotMigrated
	}
	if err != nil {
		return fmt.Errorf("read the database's version: %w", err)
	}
	if applied < int64(len(entries)) {
		return ErrNotMigrated
	}
	return nil
}

// tx runs fn in a transaction, again when Postgres ended it to break a deadlock.
func (s *Store) tx(ctx context.Context, fn func(pgx.Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := pgx.BeginFunc(ctx, s.pool, fn)
		var conflict *pgconn.PgError
		if errors.As(err, &conflict) && (conflict.Code == "40P01" || conflict.Code == "40001") && attempt < 5 {
			continue
		}
		return err
	}
}

// planLock names the lock that keeps plans apart from what they depend on.
const planLock = 0x6d325f706c616e

// planning makes a transaction the only one that plans, and keeps Settle and new
// policies out until it ends. A plan that reads "not there yet" and writes "waits
// for it" must not miss the arrival in between: it would wait for ever. It is the
// first statement, so what is read afterwards is read after it.
func planning(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, planLock)
	return err
}

// changing keeps plans out of a transaction that changes what they depend on.
func changing(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock_shared($1)`, planLock)
	return err
}
