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

// A Permit is leave to make one call: breakers are passed, the rate allows it, a
// token is at hand.
type Permit struct {
	client  *Client
	token   secret.String
	reports []func(result)
}

// maxBody is the most that is read of an answer.
const maxBody = 16 << 20

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
