package snapshot

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A hangingSource gives no connection: the server does not answer.
type hangingSource struct {
	Source
	asked chan struct{}
}

func (hangingSource) Qualified(table string) string { return table }
func (hangingSource) LocksToSee() string            { return "" }

func (s hangingSource) Conn(ctx context.Context) (*sql.Conn, error) {
	close(s.asked)
	<-ctx.Done()
	return nil, ctx.Err()
}

// An idleStream is always at a boundary.
type idleStream struct{ Stream }

func (idleStream) RunAtBoundary(ctx context.Context, _ position.Position, task func(context.Context) error) error {
	return task(ctx)
}
func (idleStream) Watermark() (p position.From, v change.Version) { return p, v }
func (idleStream) Watch(func(string, []byte)) func()              { return func() {} }

func TestASnapshotThatHangsInItsReadingIsNamedThoughTheLogIsRead(t *testing.T) {
	table, _ := magento.ByName("sales_order")
	source, board := hangingSource{asked: make(chan struct{})}, &health.Board{}
	s := &Snapshotter{Source: source, Stream: idleStream{}, Health: board}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := s.chunk(ctx, &worker{number: 1}, &piece{layout: &row.Layout{Table: table}}, newLedger(change.Scope{}, change.Progress{}))
		ended <- err
	}()
	select {
	case <-source.asked:
	case <-time.After(30 * time.Second):
		t.Fatal("the source was not asked")
	}
	board.Prove("log")
	if p := board.Proof(); p.Loop != "snapshot of sales_order (worker 1)" || !p.At.IsZero() || p.Owed.IsZero() {
		t.Errorf("the worst loop is %+v, want the snapshot without any proof", p)
	}
	stop()
	if err := <-ended; err == nil {
		t.Error("it ended without an error")
	}
	if p := board.Proof(); p.Loop != "log" {
		t.Errorf("the worst loop is %+v, want what is still at work", p)
	}
}
