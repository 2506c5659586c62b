package state

import (
	"context"
	"errors"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// fillable is a disk that is full when it is told so.
func fillable(t *testing.T, ctx context.Context) (full *atomic.Bool, told chan bool, p *Partition) {
	t.Helper()
	full, told = &atomic.Bool{}, make(chan bool, 10)
	disk := errorfs.Wrap(vfs.Default, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if full.Load() && (op.Kind == errorfs.OpFileWrite || op.Kind == errorfs.OpCreate) {
			return syscall.ENOSPC
		}
		return nil
	}))
	db, err := openOn(ctx, disk, t.TempDir(), func(is bool) { told <- is })
	if err != nil {
		t.Fatal(err)
	}
	return full, told, db.Partition("sales", 0)
}

// fill writes more than Pebble keeps in memory before it goes to the disk.
func fill(p *Partition) error {
	b := p.Begin()
	defer b.Close()
	for range 4 {
		if err := b.set([]byte("a row"), make([]byte, 1<<20)); err != nil {
			return err
		}
		if err := b.Commit(); err != nil {
			return err
		}
	}
	return nil
}

func TestAFullDiskIsWaitedForAndTold(t *testing.T) {
	full, told, p := fillable(t, t.Context())
	full.Store(true)
	done := make(chan error, 1)
	go func() { done <- fill(p) }()
	expect(t, told, true)
	full.Store(false)
	expect(t, told, false)
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("with room again, it does not write")
	}
	if err := fill(p); err != nil {
		t.Errorf("the next write says %v", err)
	}
}

func TestWhoWaitsForRoomCanBeEnded(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	full, told, p := fillable(t, ctx)
	full.Store(true)
	done := make(chan error, 1)
	go func() {
		for {
			if err := fill(p); err != nil {
				done <- err
				return
			}
		}
	}()
	expect(t, told, true)
	end()
	select {
	case err := <-done:
		if !errors.Is(err, ErrNoRoom) {
			t.Errorf("it ends with %v, want ErrNoRoom", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("it goes on waiting")
	}
}

func expect(t *testing.T, told chan bool, want bool) {
	t.Helper()
	select {
	case is := <-told:
		if is != want {
			t.Fatalf("told that the disk is full: %v, want %v", is, want)
		}
	case <-time.After(time.Minute):
		t.Fatalf("not told that the disk is full: %v", want)
	}
}
