package source

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	// LockWait is what a new capture grants its predecessor: two checks and their
	// answers, after which a capture that has lost its lock has stopped publishing.
	LockWait = 15 * time.Second
	// lockCheck is how often the lock is looked at, and how long a look may take: two
	// captures may overlap for at most twice that, a question every 5 s costs nothing.
	lockCheck = 5 * time.Second
)

// A Lock is the right to capture a source under a prefix: one connection of the
// server holds it, and it is gone with the connection.
type Lock struct {
	name string
	conn *sql.Conn
}

// Lock waits for the lock, LockWait in production: a predecessor may need that long
// to notice that it has lost it. Who holds it longer is named in a LockedError.
func (d *Database) Lock(ctx context.Context, prefix string, wait time.Duration) (*Lock, error) {
	l := &Lock{name: "mage2sage." + prefix}
	var err error
	if l.conn, err = d.db.Conn(ctx); err != nil {
		return nil, fmt.Errorf("lock the source: %w", err)
	}
	var got sql.NullInt64
	err = l.conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, ?)", l.name, int(wait/time.Second)).Scan(&got)
	if err == nil && got.Int64 != 1 {
		err = l.holder(ctx)
	}
	if err != nil {
		l.conn.Close()
		return nil, err
	}
	return l, nil
}

// holder says who has the lock.
func (l *Lock) holder(ctx context.Context) error {
	e := &LockedError{Lock: l.name, By: "unknown connection"}
	var id sql.NullInt64
	if err := l.conn.QueryRowContext(ctx, "SELECT IS_USED_LOCK(?)", l.name).Scan(&id); err != nil {
		return fmt.Errorf("lock the source: %w", err)
	}
	e.By = fmt.Sprintf("connection %d", id.Int64)
	var user, host string
	err := l.conn.QueryRowContext(ctx, "SELECT user, host FROM information_schema.PROCESSLIST WHERE id = ?", id.Int64).Scan(&user, &host)
	if err == nil {
		e.By += " of " + user + " from " + host
	}
	return e
}

// Watch returns ErrLockLost as soon as a check fails or is late.
func (l *Lock) Watch(ctx context.Context) error {
	tick := time.NewTicker(lockCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if err := l.check(ctx); err != nil {
			return err
		}
	}
}

func (l *Lock) check(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, lockCheck)
	defer cancel()
	var mine sql.NullBool
	err := l.conn.QueryRowContext(limited, "SELECT IS_USED_LOCK(?) = CONNECTION_ID()", l.name).Scan(&mine)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return errors.Join(ErrLockLost, err)
	case !mine.Bool:
		return ErrLockLost
	}
	return nil
}

// Release gives the lock back by closing its connection.
func (l *Lock) Release() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, _ = l.conn.ExecContext(ctx, "SELECT RELEASE_LOCK(?)", l.name)
	l.conn.Close()
}
