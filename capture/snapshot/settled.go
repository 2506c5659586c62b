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
	s.settling.Lock()
	defer s.settling.Unlock()
	if s.lasting != nil && !s.lasting.overflowed() {
		return s.lasting, nil
	}
	w, before := newWindow(""), s.lasting
	var recent map[string][]string
	err := s.Stream.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		before.end()
		w.stop = s.Stream.Watch(w.touch)
		recent = s.Stream.Recent()
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.lasting = w
	if err := s.see(ctx, recent); err != nil {
		w.full.Store(true) // it proves nothing, and is ended before another one opens
		return nil, err
	}
	return w, nil
}

// see waits until rows that the log brought lately can be seen.
func (s *Snapshotter) see(ctx context.Context, recent map[string][]string) error {
	conn, err := s.Source.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect for a snapshot: %w", err)
	}
	defer conn.Close()
	for name, keys := range recent {
		t, known := magento.ByName(name)
		if !known {
			continue
		}
		if err := await(ctx, s.Source, conn, s.Source.AsKept(t), plain(keys)); err != nil {
			return fmt.Errorf("wait until rows of %s can be seen: %w", name, err)
		}
	}
	return nil
}

// unsettle ends the window that stays: a row that it has may have come before what follows.
func (s *Snapshotter) unsettle(ctx context.Context) error {
	if s.lasting == nil {
		return nil
	}
	return s.Stream.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		s.lasting.end()
		s.lasting = nil
		return nil
	})
}

// settleKeys is how many rows are locked at a time, for the moment of one SELECT.
const settleKeys = 200

// seeing reads the keys of some rows of a table, with a lock.
func seeing(source Source, t magento.Table, keys []string, lock string) (query string, args []any) {
	for _, key := range keys {
		args = append(args, key)
	}
	pk := quote(t.PK[0])
	return fmt.Sprintf("SELECT %s FROM %s WHERE %s IN (?%s)%s", pk, source.Qualified(t.Name), pk, strings.Repeat(",?", len(keys)-1), lock), args
}

// await reads rows until each was granted a lock once, or is in the table no more. It
// takes those that are free and comes back for the others: where a transaction of the shop
// has locked many, none of them waits for all of them.
func await(ctx context.Context, source Source, conn *sql.Conn, t magento.Table, keys []string) error {
	for some := range slices.Chunk(keys, settleKeys) {
		for left := some; ; {
			query, args := seeing(source, t, left, strings.Replace(source.LocksToSee(), "NOWAIT", "SKIP LOCKED", 1))
			free, err := lockedRead(ctx, conn, query, args)
			if err != nil && !source.LockRefused(err) {
				return err
			}
			if left = slices.DeleteFunc(slices.Clone(left), func(key string) bool { return free[key] }); len(left) == 0 {
				break
			}
			query, args = seeing(source, t, left, source.LocksToSee())
			if _, err = lockedRead(ctx, conn, query, args); err == nil {
				break // nobody has them locked, so that those which did not come are gone
			}
			if !source.LockRefused(err) {
				return err
			}
			if err := putOff(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// readCommitted is for the next transaction, so that its locks are on rows alone.
const readCommitted = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"

// lockedRead is a transaction of its own: its locks end with it. It returns the keys that it
// has read.
func lockedRead(ctx context.Context, conn *sql.Conn, query string, args []any) (map[string]bool, error) {
	if _, err := conn.ExecContext(ctx, readCommitted); err != nil {
		return nil, err
	}
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	read := map[string]bool{}
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, err
		}
		read[key] = true
	}
	return read, rows.Err()
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

// plain are primary keys as arguments: texts are without their quotes.
func plain(keys []string) []string {
	all := make([]string, len(keys))
	for i, key := range keys {
		if json.Unmarshal([]byte(key), &all[i]) != nil {
			all[i] = key
		}
	}
	return all
}
