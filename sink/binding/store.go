package binding

import (
	"context"
	"encoding/json"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A Store keeps bindings, and how fast Sage is called for them.
type Store interface {
	sage.RateStore
	// Binding returns the binding of that name; the error wraps work.ErrNoBinding when
	// there is none.
	Binding(ctx context.Context, name string) (work.Binding, error)
	Bindings(ctx context.Context) ([]work.Binding, error)
	// PutBinding writes a binding and plans again what its policy may change.
	PutBinding(ctx context.Context, name, source string, policy json.RawMessage) (work.Binding, error)
	// Connect writes down the business of a binding.
	Connect(ctx context.Context, c work.Connection) error
	// Disconnect writes down who ends a binding's connection, with a hint that says when; one
	// that is disconnected keeps its hint.
	Disconnect(ctx context.Context, name, by, hint string) error
	// Traces counts what a binding has left in its business, or may have.
	Traces(ctx context.Context, name string) (work.Traces, error)
	// Rebind lets a binding be connected to another business, or returns a work.TracesError.
	Rebind(ctx context.Context, name, by string) error
}

// SealedStore keeps sealed tokens.
type SealedStore interface {
	// Tokens returns the pair of a binding; the zero SealedTokens when it has none.
	Tokens(ctx context.Context, binding string) (work.SealedTokens, error)
	// PutTokens writes the first pair of a new grant.
	PutTokens(ctx context.Context, binding string, t work.SealedTokens) error
	// Rotate locks a binding's pair and writes what rotate returns; nil leaves it alone.
	Rotate(ctx context.Context, binding string, rotate func(held work.SealedTokens, mark func(refused bool) error) (*work.SealedTokens, error)) error
	// ReplaceTokens writes a pair in place of the one of that version. The error wraps
	// work.ErrPairGone where it is another by now, or none.
	ReplaceTokens(ctx context.Context, binding string, version int64, t work.SealedTokens) error
	// EndTokens locks a binding's pair and deletes it once end has returned how it ended; an
	// error of end's keeps it.
	EndTokens(ctx context.Context, binding string, end func(held work.SealedTokens) (work.Ended, error)) error
	// Reseal locks a binding's pair and writes the same tokens as reseal has sealed them
	// anew, under the version that they have; nil leaves them alone.
	Reseal(ctx context.Context, binding string, reseal func(held work.SealedTokens) (*work.SealedTokens, error)) error
}
