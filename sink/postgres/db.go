package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

// Config is where Postgres is.
type Config struct {
	// URL is a Postgres URL or key=value string, password included.
	URL secret.String `yaml:"url"`
}

// Validate says what is missing.
func (c Config) Validate() error {
	if c.URL.Reveal() == "" {
		return errors.New("postgres.url is empty: set it to postgres://user:password@host:5432/database")
	}
	return nil
}

// A DB is a pool of connections. It is safe for concurrent use.
type DB struct {
	pool session
	// marks has connections for what must be committed while another transaction is open.
	// From one pool, every goroutine could hold a connection and wait for a second.
	marks *pgxpool.Pool
	close func()
	// rehearsal says that all happens in one transaction that is rolled back.
	rehearsal bool
}

// A session is a pool, or a transaction in which everything happens that is asked of a DB.
type session interface {
	querier
	Begin(ctx context.Context) (pgx.Tx, error)
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	sender
}

// A sender sends statements in one round trip: a pool makes a transaction of them.
type sender interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// An execer is what takes a statement without an answer.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

const (
	// poolSize is enough for the three loops and a call in each of some ten businesses;
	// Postgres allows 100 connections unless told otherwise. pool_max_conns in the URL
	// overrides it.
	poolSize = 16
	// markSize is small because a mark is one statement.
	markSize = 2
	// connectTimeout is how long a server may take to answer before a person is told.
	connectTimeout = 10 * time.Second
	// idleInTransaction ends transactions of a process that hangs, so that their locks do
	// not stop the others. No transaction of ours waits for Sage, except the one that
	// refreshes a token, which takes at most 30 s. The URL overrides it.
	idleInTransaction = "60s"
	idleTimeout       = "idle_in_transaction_session_timeout"
	// transactionAttempts is how often a transaction is tried that Postgres ends to break
	// a deadlock. The winner of each round has finished, so a few are enough.
	transactionAttempts = 5
)

// Open connects and refuses a database that was not migrated.
func Open(ctx context.Context, c Config) (*DB, error) {
	pool, err := connect(ctx, c, poolSize)
	if err != nil {
		return nil, err
	}
	marks, err := connect(ctx, c, markSize)
	if err != nil {
		pool.Close()
		return nil, err
	}
	db := &DB{pool: pool, marks: marks, close: func() { pool.Close(); marks.Close() }}
	if err := db.checkVersion(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// Close ends all connections.
func (db *DB) Close() { db.close() }

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
	if _, own := config.ConnConfig.RuntimeParams[idleTimeout]; !own {
		config.ConnConfig.RuntimeParams[idleTimeout] = idleInTransaction
	}
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		scanAmounts(conn.TypeMap())
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, unusable(config.ConnConfig, err)
	}
	return pool, nil
}

// unusable says why a server cannot be used: one that refuses has answered.
func unusable(c *pgx.ConnConfig, err error) error {
	at := fmt.Sprintf("%s:%d", c.Host, c.Port)
	var refusal *pgconn.PgError
	switch {
	case hasCode(err, invalidPassword, invalidAuthorization):
		return fmt.Errorf("postgres at %s refuses the login of user %q: correct user and password in postgres.url, or let the user in by pg_hba.conf", at, c.User)
	case hasCode(err, noSuchDatabase):
		return fmt.Errorf("postgres at %s has no database %q: create it, or correct postgres.url", at, c.Database)
	case errors.As(err, &refusal):
		return fmt.Errorf("postgres at %s answers, and refuses the connection: %s (SQLSTATE %s): %s", at, refusal.Message, refusal.Code, refusalHint(refusal))
	}
	return fmt.Errorf("postgres does not answer at %s: start it or correct postgres.url (%s)", at, strings.Join(strings.Fields(err.Error()), " "))
}

// Codes of Postgres's errors (its manual, appendix A).
const (
	deadlockDetected     = "40P01"
	serializationFailure = "40001"
	undefinedTable       = "42P01"
	invalidPassword      = "28P01"
	invalidAuthorization = "28000"
	noSuchDatabase       = "3D000"
)

func hasCode(err error, codes ...string) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	for _, code := range codes {
		if e.Code == code {
			return true
		}
	}
	return false
}

// tx runs fn in a transaction, again when Postgres ended it to break a deadlock.
func (db *DB) tx(ctx context.Context, fn func(pgx.Tx) error) error {
	return again(func() error { return pgx.BeginFunc(ctx, db.pool, fn) })
}

// atOnce sends the statements that fill queues as one transaction, in one round trip; again
// when Postgres ended it to break a deadlock.
func (db *DB) atOnce(ctx context.Context, fill func(*pgx.Batch) error) error {
	return again(func() error { return sendIn(ctx, db.pool, fill) })
}

// sendIn sends the statements that fill queues in one round trip.
func sendIn(ctx context.Context, s sender, fill func(*pgx.Batch) error) error {
	b := &pgx.Batch{}
	if err := fill(b); err != nil {
		return err
	}
	return s.SendBatch(ctx, b).Close()
}

// again makes a transaction once more that Postgres has ended to break a deadlock.
func again(transaction func() error) error {
	for attempt := 1; ; attempt++ {
		err := transaction()
		if hasCode(err, deadlockDetected, serializationFailure) && attempt < transactionAttempts {
			continue
		}
		return err
	}
}

// lockForPlanning makes a transaction the only one that plans, and keeps new policies and a
// person's decisions out until it ends. It is the first statement, and LOCK TABLE takes no
// snapshot: all that is read afterwards is one state of the database, after what was written
// under the lock before. Results of calls are written meanwhile: a plan sees all of a result
// or nothing, and Postgres refuses a verdict that would overwrite one.
// In a rehearsal, whose plans are thrown away, a plan may see a result in part.
func (db *DB) lockForPlanning(ctx context.Context, tx pgx.Tx) error {
	return sendIn(ctx, tx, func(b *pgx.Batch) error {
		if !db.rehearsal {
			b.Queue(`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`)
		}
		b.Queue(`LOCK TABLE planning_turn IN EXCLUSIVE MODE`)
		return nil
	})
}

// lockOutPlanning keeps plans out of a transaction that changes what they depend on.
// Several of those go side by side.
func lockOutPlanning(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `LOCK TABLE planning_turn IN SHARE MODE`)
	return err
}
