// Package state is transform's memory on disk: what it knows of each raw partition,
// in Pebble, so that an aggregate is one range scan away and a restart goes on where
// the last run ended.
//
//	s <domain> <partition>                        ScanState: bookmark, last marker, snapshot, ends
//	a <domain> <partition> <root> e <entity>      Emitted: version, hash and state of an entity
//	a <domain> <partition> <root> r <table> <pk>  Row: the newest state of a row, or of its deletion
//	f                                             the format of all of this
//	d <domain> <partition> <root>                 Dirty: a root that has to be assembled, and where it was touched
//	t <domain> <partition> <time> <root>          a root that has to be assembled at a Unix time
//	g <domain> <partition> <version> <root> <table> <pk>  a row that was deleted, until it is forgotten
//	o <domain> <partition> <entity>               an entity that was noted once
//	x <topic> <partition> <offset>                Aside: a record that was set aside
//
// Everything of one Batch becomes visible together, and no batch is synced to disk. A
// crash of the machine can lose the last batches, a tail of them or all, but never one
// from the middle: rows, bookmark and what was emitted go back together. The rows are
// then read again from the older bookmark, and what was emitted since is read from the
// canonical topic, whose end is above the remembered one.
//
// The package does not know what rows mean. It is the only one that knows Pebble.
package state

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/folder"
)

// A DB is one folder, open in one process at a time.
type DB struct {
	pebble *pebble.DB
	room   *room
}

const (
	// cacheBytes holds the hot blocks of all partitions together. A live shop comes
	// back to the orders of the last days, and their blocks fit.
	cacheBytes = 64 << 20
	// memTableBytes is what Pebble collects before it writes a file. A larger table
	// makes fewer files while a topic is read from its start, and takes that much
	// memory twice.
	memTableBytes = 16 << 20
	// bloomBits per key let about 1 of 100 look-ups of a row that is not there read a
	// block in vain; most rows of a first reading are not there.
	bloomBits = 10
)

// Open opens or makes the folder, which only its owner may read. It fails when another
// process has it open. While the disk is full, all that writes waits.
func Open(dir string) (*DB, error) {
	return OpenTelling(context.Background(), dir, func(bool) {})
}

// OpenTelling is Open, and tells when the disk becomes full, and when there is room again.
// Nobody waits for room once ctx has ended.
func OpenTelling(ctx context.Context, dir string, full func(bool)) (*DB, error) {
	return openOn(ctx, vfs.Default, dir, full)
}

func openOn(ctx context.Context, fs vfs.FS, dir string, full func(bool)) (*DB, error) {
	if err := folder.Private(dir); err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrOpen, dir, err)
	}
	room := &room{ctx: ctx, fs: fs, dir: dir, full: full, ended: make(chan struct{})}
	cache := pebble.NewCache(cacheBytes)
	defer cache.Unref()
	options := &pebble.Options{
		FS:           vfs.OnDiskFull(fs, room.await),
		Cache:        cache,
		MemTableSize: memTableBytes,
		Merger:       newest,
		Logger:       silent{},
	}
	options.Levels[0].FilterPolicy = bloom.FilterPolicy(bloomBits)
	var db *pebble.DB
	err := room.do(func() (err error) {
		db, err = pebble.Open(dir, options)
		return err
	})
	if err != nil && strings.Contains(err.Error(), "merger name") { // of format 2 and before
		return nil, fmt.Errorf("%w %s: %w", ErrOpen, dir, ErrOtherFormat)
	}
	if err != nil {
		return nil, fmt.Errorf("%w %s (is another transform running on it? stop that first): %w", ErrOpen, dir, err)
	}
	if err := checkFormat(db); err != nil {
		db.Close()
		return nil, fmt.Errorf("%w %s: %w", ErrOpen, dir, err)
	}
	return &DB{db, room}, nil
}

// format names the form of keys and values. It changes when an older folder cannot be
// read any more; the folder is then thrown away, because the topics have it all.
const format = "3"

// ErrOpen is wrapped by every error of Open.
var ErrOpen = errors.New("open state in")

// ErrOtherFormat is wrapped by Open for a folder that another version has written.
var ErrOtherFormat = errors.New("it was written by another version: delete the folder (transform.state_dir) and start again; it is made anew from the topics")

func checkFormat(db *pebble.DB) error {
	key := []byte{'f'}
	value, closer, err := db.Get(key)
	if err == nil {
		defer closer.Close()
		if string(value) != format {
			return ErrOtherFormat
		}
		return nil
	}
	if !errors.Is(err, pebble.ErrNotFound) {
		return err
	}
	it, err := db.NewIter(nil)
	if err != nil {
		return err
	}
	defer it.Close()
	if it.First() {
		return ErrOtherFormat
	}
	return errors.Join(it.Error(), db.Set(key, []byte(format), pebble.Sync))
}

// BelongTo makes the state that of one pipeline. What another pipeline has left is another
// history, and none of its versions say anything about this one's: it is removed. It
// reports whether it was.
func (db *DB) BelongTo(pipeline string) (removed bool, err error) {
	key := []byte{'p'}
	value, closer, err := db.pebble.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return false, db.pebble.Set(key, []byte(pipeline), pebble.Sync)
	}
	if err != nil {
		return false, fmt.Errorf("read the state's pipeline: %w", err)
	}
	defer closer.Close()
	if string(value) == pipeline {
		return false, nil
	}
	if err := db.clear(key, []byte(pipeline)); err != nil {
		return false, fmt.Errorf("remove the state of another pipeline: %w", err)
	}
	return true, nil
}

// Clear removes all that was read and emitted. The folder stays that of its pipeline.
func (db *DB) Clear() error {
	if err := db.clear(nil, nil); err != nil {
		return fmt.Errorf("clear state: %w", err)
	}
	return nil
}

// clear removes everything but the format and the pipeline, and sets one key, if there is one,
// in the same moment.
func (db *DB) clear(key, value []byte) error {
	b := db.pebble.NewBatch()
	defer b.Close()
	for _, kind := range []byte("adgostx") {
		if err := b.DeleteRange([]byte{kind}, []byte{kind + 1}, nil); err != nil {
			return err
		}
	}
	if key != nil {
		if err := b.Set(key, value, nil); err != nil {
			return err
		}
	}
	return b.Commit(pebble.Sync)
}

// Close writes to disk what is in memory and releases the folder.
func (db *DB) Close() error {
	if err := db.room.do(db.pebble.Close); err != nil {
		return fmt.Errorf("close state: %w", err)
	}
	return nil
}

// Partition gives access to one partition of a domain's topic.
func (db *DB) Partition(d change.Domain, n int) *Partition {
	tail := append([]byte(d), 0)
	tail = binary.BigEndian.AppendUint16(tail, uint16(n))
	return &Partition{
		db:    db.pebble,
		room:  db.room,
		scan:  append([]byte{'s'}, tail...),
		roots: append([]byte{'a'}, tail...),
		dirty: append([]byte{'d'}, tail...),
		times: append([]byte{'t'}, tail...),
		gone:  append([]byte{'g'}, tail...),
		once:  append([]byte{'o'}, tail...),
	}
}

// silent keeps Pebble's own messages out of the log: none of them asks a person to
// do something, and failures come back as errors.
type silent struct{}

func (silent) Infof(string, ...any)  {}
func (silent) Errorf(string, ...any) {}
func (silent) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf("state: "+format, args...))
}
