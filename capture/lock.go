package capture

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	lockWait  = 15 * time.Second
	lockCheck = 5 * time.Second
)

// A lock is the right to capture a source under a prefix: one connection of the
// server holds it, and it is gone with the connection.
type lock struct {
	name string
	conn *sql.Conn
}

// acquire waits for the lock, lockWait in production: a predecessor may need that
// long to notice that it has lost it. Who holds it longer is named in a LockedError.
func acquire(ctx context.Context, db *sql.DB, prefix string, wait time.Duration) (*lock, error) {
	l := &lock{name: "mage2sage." + prefix}
	var err error
	if l.conn, err = db.Conn(ctx); err != nil {
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
func (l *lock) holder(ctx context.Context) error {
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

// watch returns errLockLost as soon as a check fails or is late.
func (l *lock) watch(ctx context.Context) error {
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

func (l *lock) check(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, lockCheck)
	defer cancel()
	var mine sql.NullBool
	err := l.conn.QueryRowContext(limited, "SELECT IS_USED_LOCK(?) = CONNECTION_ID()", l.name).Scan(&mine)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return errors.Join(errLockLost, err)
	case !mine.Bool:
		return errLockLost
	}
	return nil
}

// release gives the lock back by closing its connection.
func (l *lock) release() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, _ = l.conn.ExecContext(ctx, "SELECT RELEASE_LOCK(?)", l.name)
	l.conn.Close()
}
