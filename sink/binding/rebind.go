package binding

import (
	"context"
	"fmt"

	"github.com/mage2sage/mage2sage/sink/work"
)

// Rebind takes a binding from the business that it was connected to by mistake: it disconnects
// it and has everything planned anew for the business that it is connected to next. It
// returns a work.TracesError where anything was posted, or may have been; that is asked before
// anything is done, and once more when no call can leave any more. It may be repeated.
func Rebind(ctx context.Context, r DisconnectRequest) (ended work.Ended, err error) {
	b, err := r.Store.Binding(ctx, r.Binding)
	if err != nil {
		return "", err
	}
	if err := notPurged(b); err != nil {
		return "", err
	}
	if b.Business == "" {
		return "", fmt.Errorf("binding %s is bound to no business: run mage2sage connect --binding %s", b.Name, b.Name)
	}
	left, err := r.Store.Traces(ctx, b.Name)
	if err != nil {
		return "", err
	}
	if left.Any() {
		return "", &work.TracesError{Binding: b.Name, Traces: left}
	}
	if ended, err = Disconnect(ctx, r); err != nil {
		return "", fmt.Errorf("not bound anew yet: %w", err)
	}
	return ended, r.Store.Rebind(ctx, b.Name, r.By)
}
