package sage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

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

// maxBody is the most that is read of an answer.
const maxBody = 16 << 20

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

// A Permit is leave to make one call: breakers are passed, the rate allows it, a
// token is at hand.
type Permit struct {
	client  *Client
	token   secret.String
	reports []func(result)
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

// Release gives back a permit that is not used. After a call it does nothing.
func (p *Permit) Release() { p.report(notCounted) }

func (p *Permit) report(r result) {
	for _, report := range p.reports {
		report(r)
	}
}

// request is one call.
type request struct {
	op     string // "create sales invoice"
	method string
	path   string // below the base, without a leading slash
	body   json.RawMessage
}

// call makes the call, once more after a 401, and decodes the answer into out.
func (p *Permit) call(ctx context.Context, r request, out any) error {
	err := p.send(ctx, r, out)
	var refusal *Error
	if errors.As(err, &refusal) && Classify(err) == Unauthorized {
		var token secret.String
		if token, err = p.client.tokens.Renew(ctx, p.token); err == nil {
			p.token = token
			err = p.send(ctx, r, out)
		}
	}
	p.client.network.adapt(Classify(err))
	p.report(resultOf(err))
	return err
}

// send makes the call once.
func (p *Permit) send(ctx context.Context, r request, out any) error {
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	req, err := p.build(traced, r)
	if err != nil {
		return &TransportError{r.op, false, err}
	}
	res, err := p.client.network.http.Do(req)
	if err != nil {
		return &TransportError{r.op, connected.Load(), withoutURL(err)}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return errorOf(r.op, res, body)
	}
	if err != nil {
		return &TransportError{r.op, true, err}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return &TransportError{r.op, true, errors.New("the answer is not the JSON that was expected")}
	}
	return nil
}

func (p *Permit) build(ctx context.Context, r request) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, p.client.network.config.base()+"/"+r.path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+p.token.Reveal())
	req.Header.Set("Accept", "application/json")
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if p.client.business != "" {
		req.Header.Set("X-Business", p.client.business)
	}
	return req, nil
}

// withoutURL drops what net/http puts around an error: addresses can hold ids.
func withoutURL(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
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

// create posts a resource and insists on an id in the answer: an answer without
// one does not say what was made.
func create[T identified](ctx context.Context, p *Permit, op, path string, body json.RawMessage) (T, error) {
	return write[T](ctx, p, request{op: op, method: http.MethodPost, path: path, body: body})
}

func write[T identified](ctx context.Context, p *Permit, r request) (T, error) {
	var out T
	err := p.call(ctx, r, &out)
	if err == nil && out.ResourceID() == "" {
		err = &TransportError{r.op, true, errors.New("the answer has no id")}
	}
	return out, err
}

type identified interface{ ResourceID() string }
