package binding

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

// books is a Store and SealedStore in memory.
type books struct {
	all       map[string]work.Binding
	tokens    map[string]work.SealedTokens
	failWrite error // of the next rotation, after rotate has returned
	marks     int
	// traces are what the first count finds, and atRebind the second.
	traces, atRebind work.Traces
}

// ChangeRate forgets each change: no call of these tests is one too many.
func (b *books) ChangeRate(_ context.Context, _, _ string, change func(*work.CallRate, time.Time)) error {
	change(&work.CallRate{}, time.Now())
	return nil
}

func newBooks() *books {
	return &books{all: map[string]work.Binding{}, tokens: map[string]work.SealedTokens{}}
}

func (b *books) Binding(_ context.Context, name string) (work.Binding, error) {
	if found, ok := b.all[name]; ok {
		return found, nil
	}
	return work.Binding{}, fmt.Errorf("binding %s: %w", name, work.ErrNoBinding)
}

func (b *books) Bindings(context.Context) (all []work.Binding, err error) {
	for _, one := range b.all {
		all = append(all, one)
	}
	return all, nil
}

func (b *books) PutBinding(ctx context.Context, name, source string, policy json.RawMessage) (work.Binding, error) {
	have := b.all[name]
	have.Name, have.Source, have.Policy, have.PolicyVersion = name, source, policy, have.PolicyVersion+1
	b.all[name] = have
	return have, nil
}

func (b *books) Connect(_ context.Context, c work.Connection) error {
	have := b.all[c.Binding]
	have.Business, have.BaseCurrency, have.State = c.Business, c.BaseCurrency, work.Connected
	b.all[c.Binding] = have
	return nil
}

func (b *books) Tokens(_ context.Context, name string) (work.SealedTokens, error) {
	return b.tokens[name], nil
}

func (b *books) PutTokens(_ context.Context, name string, t work.SealedTokens) error {
	t.Version = b.tokens[name].Version + 1
	b.tokens[name] = t
	return nil
}

func (b *books) Rotate(ctx context.Context, name string, rotate func(work.SealedTokens, func(bool) error) (*work.SealedTokens, error)) error {
	next, err := rotate(b.tokens[name], func(bool) error { b.marks++; return nil })
	if err != nil || next == nil {
		return err
	}
	if b.failWrite != nil {
		return b.failWrite
	}
	return b.PutTokens(ctx, name, *next)
}

func (b *books) ReplaceTokens(ctx context.Context, name string, version int64, t work.SealedTokens) error {
	if b.tokens[name].Version != version {
		return work.ErrPairGone
	}
	return b.PutTokens(ctx, name, t)
}

func (b *books) EndTokens(_ context.Context, name string, end func(work.SealedTokens) (work.Ended, error)) error {
	held, there := b.tokens[name]
	if !there {
		return nil
	}
	_, err := end(held)
	if err == nil {
		delete(b.tokens, name)
	}
	return err
}

func (b *books) Disconnect(_ context.Context, name, _, hint string) error {
	have := b.all[name]
	if have.State != work.Disconnected {
		have.State, have.Hint = work.Disconnected, hint
		b.all[name] = have
	}
	return nil
}

func (b *books) Reseal(_ context.Context, name string, reseal func(work.SealedTokens) (*work.SealedTokens, error)) error {
	next, err := reseal(b.tokens[name])
	if err == nil && next != nil {
		next.Version = b.tokens[name].Version
		b.tokens[name] = *next
	}
	return err
}

func (b *books) Traces(context.Context, string) (work.Traces, error) { return b.traces, nil }

func (b *books) Rebind(_ context.Context, name, _ string) error {
	if left := b.atRebind; left.Any() {
		return &work.TracesError{Binding: name, Traces: left}
	}
	have := b.all[name]
	have.Business, have.State, have.Hint = "", work.New, ""
	b.all[name] = have
	return nil
}
