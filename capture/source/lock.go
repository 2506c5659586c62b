package source

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// The times of a lock, from which follows that two captures never write at once, and
// that a successor waits for a bounded time. A holder that hangs, or whose host is gone,
// is dropped by the server after serverDrops; it has stopped writing by itself before
// that, Lease after its last check.
const (
	// lockCheck is how often the holder proves that it has the lock. A question every 2 s
	// costs nothing.
	lockCheck = 2 * time.Second
	// Lease is how long a check is good for: four of them may be late or lost, as on a
	// busy machine. A new holder waits that long where its predecessor may still write.
	Lease = 8 * time.Second
	// serverDrops is the lock connection's wait_timeout: longer than Lease, so that who
	// is dropped has stopped, with time for the last request to reach Kafka.
	serverDrops = 12 * time.Second
	// LockWait is how long a new capture waits for the lock: until the server has dropped
	// a silent holder.
	LockWait = serverDrops + lockCheck + time.Second
)

// A Lock is the right to capture a source under a prefix: one connection of the
// server holds it, and it is gone with the connection. While Watch runs it is proven
// again and again.
type Lock struct {
	name  string
	conn  *sql.Conn
	until atomic.Pointer[time.Time] // the last proof holds until then
}

// Lock waits for the lock, LockWait in production. Who holds it longer is alive, and is
// named in a LockedError.
func (d *Database) Lock(ctx context.Context, prefix string, wait time.Duration) (*Lock, error) {
	l := &Lock{name: "mage2sage." + prefix}
	var err error
	if l.conn, err = d.db.Conn(ctx); err != nil {
		return nil, fmt.Errorf("lock the source: %w", err)
	}
	if err := l.take(ctx, wait); err != nil {
		l.conn.Close()
		return nil, err
	}
	return l, nil
}

func (l *Lock) take(ctx context.Context, wait time.Duration) error {
	if _, err := l.conn.ExecContext(ctx, "SET SESSION wait_timeout = ?", int(serverDrops/time.Second)); err != nil {
		return fmt.Errorf("lock the source: %w", err)
	}
	var got sql.NullInt64
	if err := l.conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, ?)", l.name, int(wait/time.Second)).Scan(&got); err != nil {
		return fmt.Errorf("lock the source: %w", err)
	}
	if got.Int64 != 1 {
		return l.holder(ctx)
	}
	return l.check(ctx) // the answer may have been long under way
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

// Held returns ErrLockLost when the last proof is too old: the process was stopped, or
// the server does not answer, and another capture may have the lock by now. It asks
// nobody, so it may be called before every write.
func (l *Lock) Held() error {
	until, now := *l.until.Load(), time.Now()
	// Round strips the monotonic clock, which stands still while a machine sleeps; the
	// clock on the wall may be set back. Each sees what the other does not.
	if now.Before(until) && now.Round(0).Before(until.Round(0)) {
		return nil
	}
	return ErrLockLost
}

// Watch returns ErrLockLost as soon as a check fails, or none was answered in time. It
// calls held after each check that the server answered well.
func (l *Lock) Watch(ctx context.Context, held func()) error {
	tick := time.NewTicker(lockCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if err := l.Held(); err != nil {
			return err
		}
		if err := l.check(ctx); err != nil {
			return err
		}
		held()
	}
}

// check asks the server whether the lock is ours. A proof counts from the moment of the
// question: at any time after it the lock may have been lost.
func (l *Lock) check(ctx context.Context) error {
	until := time.Now().Add(Lease)
	limited, cancel := context.WithTimeout(ctx, Lease-lockCheck)
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
	l.until.Store(&until)
	return nil
}

// Release gives the lock back by closing its connection.
func (l *Lock) Release() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, _ = l.conn.ExecContext(ctx, "SELECT RELEASE_LOCK(?)", l.name)
	l.conn.Close()
}
