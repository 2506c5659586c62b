// Package state keeps what transform knows of a partition in Pebble, so that a
// document is one range scan away and a restart goes on where it stood.
//
//	s <domain> <partition>                        State: bookmark, last marker, snapshot, ends
//	a <domain> <partition> <root> e <entity>      what was emitted: version, hash, state
//	a <domain> <partition> <root> r <table> <pk>  the newest row, or the trace of its deletion
//	d <domain> <partition> <root>                 a root that has to be assembled
//
// Everything of one step is one Pebble batch, and none is synced to disk. A crash
// of the machine can take the last batches, all of them or a tail, never one from
// the middle: rows, bookmark and what was emitted go back together. The rows are
// read again from the older bookmark, and what was emitted since is read from the
// canonical topic, whose end is then above the remembered one.
//
// The package does not know what rows mean; it is the only one that knows Pebble.
package state

import (
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// A Store is one folder, open in one process at a time.
type Store struct{ db *pebble.DB }

// cacheBytes holds hot blocks of all partitions together.
const cacheBytes = 64 << 20

// Open opens or makes the folder. It fails when another process has it open.
func Open(dir string) (*Store, error) {
	cache := pebble.NewCache(cacheBytes)
	defer cache.Unref()
	options := &pebble.Options{
		Cache:        cache,
		MemTableSize: 16 << 20,
		Logger:       silent{},
	}
	options.Levels[0].FilterPolicy = bloom.FilterPolicy(10)
	db, err := pebble.Open(dir, options)
	if err != nil {
		return nil, fmt.Errorf("open state in %s (is another transform running on it?): %w", dir, err)
	}
	return &Store{db}, nil
}

// Close waits for nothing and flushes what is in memory.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close state: %w", err)
	}
	return nil
}

// Partition gives access to one partition of a domain's topic.
func (s *Store) Partition(d change.Domain, n int) *Partition {
	tail := append([]byte(d), 0)
	tail = binary.BigEndian.AppendUint16(tail, uint16(n))
	return &Partition{
		db:    s.db,
		state: append([]byte{'s'}, tail...),
		roots: append([]byte{'a'}, tail...),
		dirty: append([]byte{'d'}, tail...),
	}
}

// silent keeps Pebble's own messages out of the log: none of them asks anybody to
// do something, and failures come back as errors.
type silent struct{}

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}
func (silent) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf("state: "+format, args...))
}
