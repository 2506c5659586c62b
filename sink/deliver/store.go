package deliver

import (
	"context"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

// A Store keeps operations, leases and bindings.
type Store interface {
	Queue
	Leases
	Brakes
}

// A Queue holds operations.
type Queue interface {
	// Businesses lists those for which a call is due or was left behind.
	Businesses(ctx context.Context) ([]work.Business, error)
	// Next looks at operations that are due and of none of the kinds that are held back, in
	// the order of their calls; there may be more. One that is in doubt comes alone.
	Next(ctx context.Context, business string, held ...work.OperationKind) ([]work.Operation, error)
	// Claim commits that an operation is about to be sent. ok is false when it is not due
	// any more; the error wraps work.ErrLeaseLost when another process has the business.
	Claim(ctx context.Context, l work.Lease, id int64, timeout time.Duration) (o work.Operation, ok bool, err error)
	// RecordResult commits what came of a call.
	RecordResult(ctx context.Context, r work.CallResult) error
}

// Leases let one process at a time write to a business.
type Leases interface {
	// Acquire takes or prolongs a lease; false when another process holds it.
	Acquire(ctx context.Context, l work.Lease) (bool, error)
	// Release gives a lease back.
	Release(ctx context.Context, l work.Lease) error
	// Recover puts calls in doubt whose sender died. wait is how long Sage may still be
	// at work on them, and its lists not show what it made.
	Recover(ctx context.Context, business string, wait time.Duration) (int, error)
}

// Brakes stop calls.
type Brakes interface {
	// Pause stops the calls of one binding.
	Pause(ctx context.Context, p work.Pause) error
	// PutOff makes no call to a business before that long from now.
	PutOff(ctx context.Context, business string, wait time.Duration) error
}
