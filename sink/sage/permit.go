package sage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

// A Permit allows one call: the breakers let it pass, the rate has room for it, and
// it has a token. Make the call, or Release the permit.
type Permit struct {
	client  *Client
	token   secret.String
	reports []func(result)
}

// largestAnswer is the most that is read of an answer: a page of 200 resources with
// all their fields takes a few megabytes. Whatever goes beyond is cut off, and then
// it is not the JSON that was expected.
const largestAnswer = 16 << 20

// Release gives back a permit that was not used, so that a half-open breaker can
// try another call. After a call it does nothing.
func (p *Permit) Release() { p.report(notCounted) }

func (p *Permit) report(r result) {
	for _, report := range p.reports {
		report(r)
	}
}

// A request is one call to Sage.
type request struct {
	op     string // "create sales invoice"
	method string
	path   string // below the base, without a leading slash
	body   json.RawMessage
}

// call makes the call and decodes the answer into out. After a 401 it gets a new token, and
// a GET is made once more: Sage does not document the body of a 401 for a token that has run
// out, so any of them counts. The grant has ended only when a new token is refused too. A
// write is never repeated here, as it may have passed whatever answered: the user is read
// instead.
func (p *Permit) call(ctx context.Context, r request, out any) error {
	err := p.send(ctx, r, out)
	var refusal *Error
	if errors.As(err, &refusal) && refusal.Status == http.StatusUnauthorized && refusal.Code != NoSubscription {
		token, noToken := p.client.tokens.Renew(ctx, p.token)
		switch {
		case !refusal.FromSage && r.method != http.MethodGet:
		case noToken != nil && (r.method == http.MethodGet || Classify(noToken) == Unauthorized):
			err = noToken
		case noToken != nil:
			err = &TransportError{r.op, true, noToken}
		case r.method != http.MethodGet:
			p.token = token
			p.client.network.owe(p.client.business)
			err = p.asked(ctx, refusal)
		default:
			p.token = token
			p.client.network.owe(p.client.business)
			err = p.send(ctx, r, out)
		}
	}
	p.client.network.adapt(ctx, p.client.business, err)
	p.report(resultOf(err))
	return err
}

// asked is what became of a write whose token was refused: the grant has ended where the new
// token is refused too, else nobody knows.
func (p *Permit) asked(ctx context.Context, refused *Error) error {
	err := p.send(ctx, request{op: refused.Op, method: http.MethodGet, path: "user"}, nil)
	if Classify(err) == Unauthorized {
		return err
	}
	return &TransportError{refused.Op, true, refused}
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
	body, err := io.ReadAll(io.LimitReader(res.Body, largestAnswer))
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

// withoutURL removes the address that net/http puts around an error: it can hold an
// id of a customer's record.
func withoutURL(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}
