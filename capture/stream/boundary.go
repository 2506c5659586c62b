package stream

import (
	"context"
	"sync/atomic"

	"github.com/mage2sage/mage2sage/capture/position"
)

// A boundaryTask runs on the streaming goroutine between two transactions, once the
// log has reached after. Whoever claims it decides: the goroutine runs it, or who waits for it
// has withdrawn it.
type boundaryTask struct {
	after   position.Position
	do      func(ctx context.Context) error
	claimed atomic.Bool
	ran     chan struct{} // closed when do has returned
	err     error         // of do; known once ran is closed
}

// claim reports whether the task is the caller's to run or to withdraw.
func (t *boundaryTask) claim() bool { return t.claimed.CompareAndSwap(false, true) }

// run runs the task, unless it was withdrawn.
func (t *boundaryTask) run(ctx context.Context) error {
	if !t.claim() {
		return nil
	}
	defer close(t.ran)
	t.err = t.do(ctx)
	return t.err
}

// RunAtBoundary runs do on the streaming goroutine where no transaction is open and
// the log has reached after, and waits for it. An error of do ends the stream, and with it ctx.
// Once RunAtBoundary has returned do is not running and will not run, so that the two may share
// variables.
func (s *Streamer) RunAtBoundary(ctx context.Context, after position.Position, do func(context.Context) error) error {
	t := newTask(after, do)
	select {
	case s.tasks <- t:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-t.ran:
	case <-ctx.Done():
		if t.claim() {
			return ctx.Err()
		}
		<-t.ran
	}
	if t.err == nil {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func newTask(after position.Position, do func(context.Context) error) *boundaryTask {
	return &boundaryTask{after: after, do: do, ran: make(chan struct{})}
}

// AtBoundary has do run like RunAtBoundary does, and does not wait for it. It is called before
// Run: nothing that lies behind after is published before do has run.
func (s *Streamer) AtBoundary(after position.Position, do func(context.Context) error) {
	s.waiting = append(s.waiting, newTask(after, do))
}

// boundary is where no transaction is open: the position moves, and tasks whose
// position is reached run.
func (s *Streamer) boundary(ctx context.Context, at position.Position, created int64) error {
	s.position, s.placed = at, true
	s.checkpoint.ServerID, s.checkpoint.ServerUUID, s.checkpoint.ByGTID = s.server.id, s.server.uuid, false
	s.checkpoint.File, s.checkpoint.Pos, s.checkpoint.LogCreated = at.File, at.Pos, created
	s.pending.moved = true
	s.settleDoubts()
	s.takeTasks()
	if s.flushOverdue() {
		if err := s.dispatch(ctx); err != nil {
			return err
		}
	}
	return s.runDueTasks(ctx)
}

// settleDoubts takes out the tables of which the log is read again from here on. Their columns
// are known again, too. One that was emptied may be empty, whatever rows were read before.
func (s *Streamer) settleDoubts() {
	for table, d := range s.checkpoint.Doubts {
		if s.position.Reached(position.Position{File: d.From.File, Pos: d.From.Pos}) {
			delete(s.filled, d.Emptied)
		}
		if !s.position.Reached(position.Position{File: d.Until.File, Pos: d.Until.Pos}) {
			continue
		}
		delete(s.checkpoint.Doubts, table)
		if delete(s.checkpoint.Layouts, table); d.Layout != "" && s.checkpoint.Layouts != nil {
			s.checkpoint.Layouts[table] = d.Layout
		}
	}
}

// takeTasks takes the tasks that are being offered, without waiting for one.
func (s *Streamer) takeTasks() {
	for {
		select {
		case t := <-s.tasks:
			s.waiting = append(s.waiting, t)
		default:
			return
		}
	}
}

// runDueTasks runs the waiting tasks whose position is reached. Before the log has named a
// place none is: the one at hand may be another server's.
func (s *Streamer) runDueTasks(ctx context.Context) error {
	for i := 0; i < len(s.waiting) && !s.open && s.placed; {
		t := s.waiting[i]
		if !s.position.Reached(t.after) {
			i++
			continue
		}
		s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
		if err := t.run(ctx); err != nil {
			return err
		}
	}
	return nil
}
