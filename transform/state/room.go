package state

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// ErrNoRoom is wrapped by Open, Commit and Close when the disk is full and the waiting was ended.
var ErrNoRoom = errors.New("no room on the disk of transform.state_dir")

const (
	// roomPoll is how often a full disk is looked at again.
	roomPoll = time.Second
	// roomBytes is how much has to fit before writing goes on: less would fill up at once.
	roomBytes = 1 << 20
)

// A room is what is left on the disk. While there is none, Pebble's writes wait instead of
// failing: it ends the process when it cannot write.
type room struct {
	ctx  context.Context
	fs   vfs.FS
	dir  string
	full func(bool) // told the beginning and the end

	end   sync.Once
	ended chan struct{} // closed when ctx has ended and there is still no room
}

// await returns when there is room. Whoever waits for a write is let go when ctx ends; the
// write itself goes on waiting, as its failure would end the process.
func (r *room) await() {
	r.full(true)
	over := r.ctx.Done()
	for !hasRoom(r.fs, r.dir) {
		select {
		case <-over:
			r.end.Do(func() { close(r.ended) })
			over = nil
		case <-time.After(roomPoll):
		}
	}
	r.full(false)
}

// do writes. What it wrote to is not used again after ErrNoRoom.
func (r *room) do(write func() error) error {
	done := make(chan error, 1)
	go func() { done <- write() }()
	select {
	case err := <-done:
		return err
	case <-r.ended:
		return ErrNoRoom
	}
}

// hasRoom tries it: what is free for us depends on quotas and reserves.
func hasRoom(fs vfs.FS, dir string) bool {
	name := filepath.Join(dir, "room")
	defer fs.Remove(name)
	f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return !errors.Is(err, syscall.ENOSPC)
	}
	_, err = f.Write(make([]byte, roomBytes))
	err = errors.Join(err, f.Sync(), f.Close())
	return !errors.Is(err, syscall.ENOSPC)
}
