package snapshot

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// Where the server does not tell what a read view has (MySQL without GTIDs), a view is
// made certain once for many chunks: a window opens at a boundary and stays open, and each
// row that the log brought lately is read with a lock. A transaction that is in the log
// and cannot be seen holds its locks, so that when all were granted every view from then
// on has what the log brought before the window, and the window has the rest.

// settle opens a window that stays, unless one is open that has room.
func (s *Snapshotter) settle(ctx context.Context) (*window, error) {
	if s.lasting != nil && !s.lasting.overflowed() {
		return s.lasting, nil
	}
	w := newWindow("")
	var recent map[string][]string
	err := s.Stream.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		s.Stream.Watch(w.touch)
		recent = s.Stream.Recent()
		return nil
	})
	if err != nil {
		return nil, err
	}
	conn, err := s.Source.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect for a snapshot: %w", err)
	}
	defer conn.Close()
	for name, keys := range recent {
		t, known := magento.ByName(name)
		if !known {
			continue
		}
		if err := await(ctx, s.Source, conn, seeing(s.Source, t), keys); err != nil {
			return nil, fmt.Errorf("wait until rows of %s can be seen: %w", name, err)
		}
	}
	s.lasting = w
	return w, nil
}

// settleKeys is how many rows are locked at a time, for the moment of one SELECT.
const settleKeys = 200

// seeing reads a number of rows, and is refused while one of them cannot be seen.
func seeing(source Source, t magento.Table) func(n int) string {
	return func(n int) string {
		return fmt.Sprintf("SELECT %s FROM %s WHERE %s IN (?%s)%s", quote(t.PK[0]), source.Qualified(t.Name), quote(t.PK[0]), strings.Repeat(",?", n-1), source.LocksToSee())
	}
}

// await reads all keys; those that are refused are put off, half as many at a time.
func await(ctx context.Context, views Views, conn *sql.Conn, query func(n int) string, keys []string) error {
	queue := slices.Collect(slices.Chunk(keys, settleKeys))
	for len(queue) > 0 {
		some := queue[0]
		queue = queue[1:]
		args := make([]any, len(some))
		for i, key := range some {
			args[i] = plain(key)
		}
		err := lockedRead(ctx, conn, query(len(some)), args)
		switch {
		case views.LockRefused(err):
			half := (len(some) + 1) / 2
			queue = append(queue, some[:half])
			if half < len(some) {
				queue = append(queue, some[half:])
			}
			if err := putOff(ctx); err != nil {
				return err
			}
		case err != nil:
			return err
		}
	}
	return nil
}

// readCommitted is for the next transaction, so that its locks are on rows alone.
const readCommitted = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"

// lockedRead is a transaction of its own: its locks end with it.
func lockedRead(ctx context.Context, conn *sql.Conn, query string, args []any) error {
	if _, err := conn.ExecContext(ctx, readCommitted); err != nil {
		return err
	}
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() { //nolint:revive // what is read does not matter
	}
	return rows.Err()
}

// granted reads until no lock is refused, where there are such.
func granted(ctx context.Context, views Views, conn *sql.Conn, read func() error) error {
	for {
		if views.LocksToSee() != "" {
			if _, err := conn.ExecContext(ctx, readCommitted); err != nil {
				return err
			}
		}
		if err := read(); !views.LockRefused(err) {
			return err
		}
		if err := putOff(ctx); err != nil {
			return err
		}
	}
}

// putOffFor is how long a row is left to who has locked it.
const putOffFor = 5 * time.Millisecond

func putOff(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(putOffFor):
		return nil
	}
}

// plain is a primary key as an argument: a text without its quotes.
func plain(key string) string {
	var text string
	if json.Unmarshal([]byte(key), &text) == nil {
		return text
	}
	return key
}
