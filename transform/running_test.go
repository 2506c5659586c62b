package transform

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// A running stage.
type running struct {
	w    *world
	stop context.CancelFunc
	done chan error
	once sync.Once
	err  error
}

// start runs a stage on a state folder.
func (w *world) start(dir string) *running {
	return w.startWith(&Stage{Config: Config{StateDir: dir}, Log: zerolog.Nop()})
}

// startWith runs a stage with the settings that tests share.
func (w *world) startWith(s *Stage) *running {
	ctx, stop := context.WithCancel(w.t.Context())
	r := &running{w: w, stop: stop, done: make(chan error, 1)}
	s.Source, s.Names, s.Topics, s.SessionTimeout = "shop", w.names, w.client, 3*time.Second
	s.fetchWait, s.dirtyLimit, s.steady, s.pause = 50*time.Millisecond, 20, 300*time.Millisecond, 100*time.Millisecond
	s.orderPoll = 50 * time.Millisecond
	go func() { r.done <- s.Run(ctx) }()
	w.t.Cleanup(func() { r.end() })
	return r
}

// end stops the stage and returns its error.
func (r *running) end() error {
	r.once.Do(func() {
		r.stop()
		r.err = <-r.done
	})
	return r.err
}

// failed waits until the stage ends by itself and returns its error.
func (r *running) failed() error {
	r.w.t.Helper()
	select {
	case err := <-r.done:
		r.done <- err
		return err
	case <-time.After(30 * time.Second):
		r.w.t.Fatal("the stage goes on")
		return nil
	}
}

// settled waits until the group has been told the end of every raw partition.
func (r *running) settled() {
	r.w.t.Helper()
	deadline := time.Now().Add(2 * time.Minute) // on a slow machine with the race detector, too
	for {
		ok, at := r.w.read()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			r.w.t.Fatalf("stage did not read everything: %s", at)
		}
		select {
		case err := <-r.done:
			r.done <- err
			r.w.t.Fatalf("stage ended: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (w *world) read() (bool, string) {
	var behind []string
	for _, d := range domains() {
		name := w.names.Raw(d)
		ends, err := w.client.EndOffsets(w.t.Context(), name, partitions)
		w.must(err)
		told, err := w.client.GroupOffsets(w.t.Context(), w.names.Group("transform"), name, partitions)
		w.must(err)
		for p := range ends {
			if max(told[p], 0) < ends[p] { // of an empty partition nothing is told
				behind = append(behind, fmt.Sprintf("%s/%d at %d of %d", name, p, told[p], ends[p]))
			}
		}
	}
	return len(behind) == 0, strings.Join(behind, ", ")
}

// until polls until what should come about has.
func (r *running) until(what string, reached func() bool) {
	r.w.t.Helper()
	r.eventually(20*time.Second, what, reached)
}

// eventually is until with a patience of its own.
func (r *running) eventually(patience time.Duration, what string, reached func() bool) {
	r.w.t.Helper()
	deadline := time.Now().Add(patience)
	for !reached() {
		if time.Now().After(deadline) {
			r.w.t.Fatalf("waited in vain until %s", what)
		}
		select {
		case err := <-r.done:
			r.done <- err
			r.w.t.Fatalf("stage ended: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
