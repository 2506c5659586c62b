package capture

import (
	"context"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// maxTouched bounds the keys that a window remembers; a chunk whose window saw
// more is read again.
const maxTouched = 200_000

// A window notes which rows of a table the stream touches while a chunk of it is
// being read: those come from the stream, not from the chunk.
type window struct {
	table   string
	touched map[string]struct{} // record keys
}

// touch notes a row. A nil window notes nothing.
func (w *window) touch(t magento.Table, img *row.Image) {
	if w != nil && w.table == t.Name && len(w.touched) <= maxTouched {
		w.touched[string(img.Key)] = struct{}{}
	}
}

func (w *window) overflowed() bool { return len(w.touched) > maxTouched }

// An order is work that the snapshot wants done by the pump where no transaction
// is open and the log has reached a place.
type order struct {
	after position.Position
	do    func(ctx context.Context) error
	done  chan struct{} // closed when do has returned nil
}

// serve does the pending orders whose place is reached.
func (p *pump) serve(ctx context.Context) error {
	for i := 0; i < len(p.pending) && !p.open; {
		o := p.pending[i]
		if !p.place.Reached(o.after) {
			i++
			continue
		}
		p.pending = append(p.pending[:i], p.pending[i+1:]...)
		if err := o.do(ctx); err != nil {
			return err
		}
		close(o.done)
	}
	return nil
}

// at has an order done and waits for it.
func (p *pump) atBoundary(ctx context.Context, after position.Position, do func(context.Context) error) error {
	o := &order{after, do, make(chan struct{})}
	select {
	case p.orders <- o:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-o.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
