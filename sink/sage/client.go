package sage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A Class groups calls that fail together at Sage. Each has a breaker per binding.
type Class string

// The classes of calls.
const (
	Contacts  Class = "contacts"
	Documents Class = "documents"
	Payments  Class = "payments"
	Catalog   Class = "catalog" // products, services, stock
	Reads     Class = "reads"
)

// Others is what a HeldError holds back when the calls of the day are nearly spent: all that is not
// for documents.
const Others Class = "all that is not for documents"

// Tokens gives access tokens.
type Tokens interface {
	// Token returns a token that stays valid for a call, or an auth.ReauthError when
	// only a person can get one.
	Token(ctx context.Context) (secret.String, error)
	// Renew returns another token than the one that Sage has refused.
	Renew(ctx context.Context, refused secret.String) (secret.String, error)
}

// A Client makes the calls of one binding.
type Client struct {
	network  *Network
	tokens   Tokens
	binding  string
	business string
	breakers map[Class]*breaker
	closed   atomic.Bool
	patience time.Duration
	urgency  work.Urgency
}

// patience is how long a call waits for room in the call rate before it is held back; leasedPatience
// is that of a caller who holds a lease meanwhile.
const (
	patience       = time.Minute
	leasedPatience = 2 * time.Second
)

// ErrClosed is returned for a call through a client that was closed: it was not made.
var ErrClosed = errors.New("the binding is not at work any more: no call is made for it")

// NewClient makes a client of one business. Without one, "", Sage takes the user's
// lead business: that is for the calls that find out which there are.
func NewClient(n *Network, t Tokens, binding, business string) *Client {
	c := &Client{network: n, tokens: t, binding: binding, business: business, breakers: map[Class]*breaker{}, patience: patience}
	for _, class := range []Class{Contacts, Documents, Payments, Catalog, Reads} {
		c.breakers[class] = newBreaker("sage "+string(class)+" of "+binding, n.openFor)
		c.breakers[class].class, c.breakers[class].trouble = class, trouble{n.board, binding}
	}
	n.api.resumedBy(binding)
	n.token.resumedBy(binding)
	return c
}

// HoldsLease has the client's calls held back rather than wait long for room in the call rate:
// others wait for what the caller holds. The breakers that are shown of its binding are its own.
// It returns the client.
func (c *Client) HoldsLease() *Client {
	c.patience = leasedPatience
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	c.network.delivers[c.binding] = c
	return c
}

// As gives the client's calls an urgency; without it they are for documents. It returns the client.
func (c *Client) As(u work.Urgency) *Client {
	c.urgency = u
	return c
}

// Admit waits until the call rate has room and returns a permit; or a HeldError, an
// auth.ReauthError, or ErrClosed. Where a breaker is half-open, a GET is made first to find out
// whether Sage answers again: a document is never the probe.
func (c *Client) Admit(ctx context.Context, class Class) (*Permit, error) {
	return c.AdmitAs(ctx, class, c.urgency)
}

// AdmitAs is Admit for a call of another urgency than the client's.
func (c *Client) AdmitAs(ctx context.Context, class Class, u work.Urgency) (*Permit, error) {
	if c.breakers[class] == nil {
		return nil, fmt.Errorf("admit a call: there is no class %q", class)
	}
	if class != Reads && (c.network.api.needsProbe() || c.breakers[class].needsProbe()) {
		if err := c.probe(ctx, class); err != nil {
			return nil, err
		}
	}
	return c.admit(ctx, class, u)
}

func (c *Client) admit(ctx context.Context, class Class, u work.Urgency) (*Permit, error) {
	if c.closed.Load() { // before a token is renewed for it
		return nil, ErrClosed
	}
	token, err := c.tokens.Token(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.network.wait(ctx, c.business, u, c.patience); err != nil {
		return nil, err
	}
	if c.closed.Load() { // the wait may have been long
		return nil, ErrClosed
	}
	p := &Permit{client: c, token: token}
	for _, b := range []*breaker{c.network.api, c.breakers[class]} {
		report, err := b.allow()
		if err != nil {
			p.Release()
			return nil, err
		}
		p.reports = append(p.reports, report)
	}
	return p, nil
}

// NeedsProbe reports whether the open time of a breaker is over, and no answer has come yet.
func (c *Client) NeedsProbe() bool {
	if c.network.api.needsProbe() {
		return true
	}
	for _, b := range c.breakers {
		if b.needsProbe() {
			return true
		}
	}
	return false
}

// Probe asks Sage whether it answers again, wherever a breaker's open time is over. It is
// for the time when no call is due: calls that are make their own probes.
func (c *Client) Probe(ctx context.Context) {
	for class, b := range c.breakers {
		if b.needsProbe() {
			_ = c.probe(ctx, class) // the breakers keep what came of it
		}
	}
	if c.network.api.needsProbe() {
		_ = c.probe(ctx, Reads)
	}
}

// RetryNow ends the open times of the breakers that hold the client's calls back.
func (c *Client) RetryNow() {
	c.network.api.retryNow()
	c.network.token.retryNow()
	for _, b := range c.breakers {
		b.retryNow()
	}
}

// Close ends the client: a permit that was given is good for its call, and no other one is
// given. It takes the client's troubles from the board.
func (c *Client) Close() {
	c.closed.Store(true)
	c.network.mu.Lock()
	if c.network.delivers[c.binding] == c {
		delete(c.network.delivers, c.binding)
	}
	c.network.mu.Unlock()
	for _, b := range c.breakers {
		c.network.board.Clear(b.name)
	}
}

// probe asks for the user, through the breaker of the class that is to close again.
// Only an answer of Sage's closes it: a page of a gateway is none, and after a 429 the
// document would be the next try.
func (c *Client) probe(ctx context.Context, class Class) error {
	p, err := c.admit(ctx, class, work.ForDocuments)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.network.config.RequestTimeout)
	defer cancel()
	err = p.call(ctx, request{op: "read user", method: http.MethodGet, path: "user"}, &resource.User{})
	if resultOf(err) == answered {
		return nil
	}
	return &HeldError{Breaker: c.breakers[class].name, Wait: c.network.openFor, Class: class}
}

// get reads one resource, or one page.
func (c *Client) get(ctx context.Context, op, path string, out any) error {
	p, err := c.admit(ctx, Reads, c.urgency)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.network.config.RequestTimeout)
	defer cancel()
	return p.call(ctx, request{op: op, method: http.MethodGet, path: path}, out)
}
