package sage

import (
	"context"
	"fmt"
	"net/http"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

// A Class groups calls that fail together; each has a breaker per binding.
type Class string

// The classes of calls.
const (
	Contacts  Class = "contacts"
	Documents Class = "documents"
	Payments  Class = "payments"
	Reads     Class = "reads"
)

// A Tokens source gives access tokens.
type Tokens interface {
	// Token returns a token that is valid for the length of a call. It returns a
	// ReauthError when that takes a person.
	Token(ctx context.Context) (secret.String, error)
	// Renew is Token after Sage has refused one.
	Renew(ctx context.Context, refused secret.String) (secret.String, error)
}

// A Client makes the calls of one binding.
type Client struct {
	network  *Network
	tokens   Tokens
	business string
	breakers map[Class]*breaker
}

// NewClient makes a client of one business; business may be "" before one is
// chosen.
func NewClient(n *Network, t Tokens, binding, business string) *Client {
	c := &Client{network: n, tokens: t, business: business, breakers: map[Class]*breaker{}}
	for _, class := range []Class{Contacts, Documents, Payments, Reads} {
		c.breakers[class] = newBreaker("sage "+string(class)+" of "+binding, n.openFor)
	}
	return c
}

// Admit waits for its turn and returns a permit, or a HeldError or ReauthError.
// Where a breaker is about to try whether Sage answers again, a GET tries first: a
// document is never the probe.
func (c *Client) Admit(ctx context.Context, class Class) (*Permit, error) {
	if class != Reads && (c.network.api.needsProbe() || c.breakers[class].needsProbe()) {
		if err := c.probe(ctx, class); err != nil {
			return nil, err
		}
	}
	return c.admit(ctx, class)
}

func (c *Client) admit(ctx context.Context, class Class) (*Permit, error) {
	token, err := c.tokens.Token(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.network.wait(ctx); err != nil {
		return nil, err
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

// probe asks who we are, through the breaker of the class that is to open again.
func (c *Client) probe(ctx context.Context, class Class) error {
	p, err := c.admit(ctx, class)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.network.config.RequestTimeout)
	defer cancel()
	err = p.call(ctx, request{op: "read user", method: http.MethodGet, path: "user"}, nil)
	if o := Classify(err); o == Ambiguous || o == NotSent {
		return &HeldError{"sage api", c.network.openFor}
	}
	return nil
}

// get reads one resource, or one page.
func (c *Client) get(ctx context.Context, op, path string, out any) error {
	p, err := c.admit(ctx, Reads)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.network.config.RequestTimeout)
	defer cancel()
	return p.call(ctx, request{op: op, method: http.MethodGet, path: path}, out)
}
