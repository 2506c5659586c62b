package snapshot

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

var errAway = errors.New("the server has gone away")

func TestAWindowEndsWithItsChunk(t *testing.T) {
	s, f := aTableOf(t, 25)
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.opened < 25/s.ChunkRows || len(f.watches) > 0 {
		t.Errorf("of %d windows %d are open behind the snapshot", f.opened, len(f.watches))
	}
}

// viewless is a source that gives one view, for the end of the table, and no more.
type viewless struct {
	ordersAlone
	views atomic.Int32
}

func (v *viewless) OpenView(ctx context.Context, conn *sql.Conn, after position.From) (position.Position, error) {
	if v.views.Add(1) > 1 {
		return position.Position{}, errAway
	}
	return v.ordersAlone.OpenView(ctx, conn, after)
}

// The stream goes on behind a range that could not be read, and notes each row in each window.
func TestAChunkThatCouldNotBeReadLeavesNoWindow(t *testing.T) {
	s, f := aTableOf(t, 25)
	s.Source = &viewless{ordersAlone: s.Source.(ordersAlone)}
	orders, _ := magento.ByName("sales_order")
	_, err := s.Do(t.Context(), Job{Tables: []magento.Table{orders}, Some: func(magento.Table) *Some { return &Some{Column: "entity_id", From: "1"} }})
	if !errors.Is(err, errAway) || f.opened == 0 || len(f.watches) > 0 {
		t.Errorf("it ended with %v, and of %d windows %d are open", err, f.opened, len(f.watches))
	}
}

// connless is a source that gives no connection until it is mended.
type connless struct {
	*unproved
	mended bool
}

func (c *connless) Conn(ctx context.Context) (*sql.Conn, error) {
	if !c.mended {
		return nil, errAway
	}
	return c.unproved.Conn(ctx)
}

func TestAWindowThatProvesNothingIsEndedBeforeAnotherOneOpens(t *testing.T) {
	s, f, u := aSourceWithoutProof(t)
	c := &connless{unproved: u}
	s.Source = c
	if _, err := s.settle(t.Context()); !errors.Is(err, errAway) {
		t.Fatalf("it settled with %v", err)
	}
	c.mended = true
	w, err := s.settle(t.Context())
	if err != nil || w.overflowed() || len(f.watches) != 1 || f.opened != 2 {
		t.Errorf("%d windows of %d are open (%v), want the second one alone", len(f.watches), f.opened, err)
	}
}

// What is left of a window when a job before ended with an error has rows that came before this one.
func TestAJobHasAWindowOfItsOwnAndSavesNothing(t *testing.T) {
	s, f, _ := aSourceWithoutProof(t)
	s.lasting = newWindow("")
	s.lasting.stop = f.Watch(s.lasting.touch)
	s.lasting.touch("sales_order", []byte(`{"table":"sales_order","pk":{"entity_id":2}}`))
	orders, _ := magento.ByName("sales_order")
	p, err := s.Do(t.Context(), Job{Of: change.Scope{Domain: change.Sales}, Tables: []magento.Table{orders},
		Some: func(magento.Table) *Some { return &Some{Column: "entity_id", To: "2"} }})
	if want := []string{"sales_order 1", "sales_order 2"}; err != nil || !slices.Equal(f.did, want) || p.Rows != 2 {
		t.Errorf("published %q with progress %+v (%v), want %q", f.did, p, err, want)
	}
	if len(f.watches) > 0 {
		t.Errorf("%d windows are open behind the job", len(f.watches))
	}
	if len(f.saved) > 0 {
		t.Errorf("saved %+v, which is of a whole domain", f.saved)
	}
}
