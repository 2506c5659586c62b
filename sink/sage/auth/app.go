package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

// An App is our registration with Sage, and the way to Sage's authorization
// endpoints.
type App struct {
	ClientID     string
	ClientSecret secret.String
	AuthorizeURL string // where a person gives consent
	TokenURL     string // exchanges codes and refresh tokens
	RevokeURL    string // ends a grant; empty leaves it to run out
	Callback     string // host:port where a Consent listens
	HTTP         *http.Client
	Breaker      Breaker // of the token endpoint
}

// A Breaker holds refreshes back while the token endpoint does not answer.
type Breaker interface {
	// Allow returns an error while the breaker is open. Otherwise the caller calls
	// report once: with nil when the endpoint answered, with ErrNotCounted when that
	// says nothing of it, and with any other error when it did not answer.
	Allow() (report func(error), err error)
}

// ErrNotCounted tells a Breaker that a request says nothing of the endpoint: it
// was not made, or was answered with 429.
var ErrNotCounted = errors.New("not counted")

// requestTimeout bounds one request to an endpoint of the App. Sage documents no
// time, so this is a trade: a refresh that is given up may have spent the token, so
// the wait must be longer than a slow answer takes; and meanwhile every process
// that needs this binding's token waits for the lock.
const requestTimeout = 15 * time.Second

// largestAnswer is the most that is read of an answer. An access token takes up to
// 2,048 bytes (developer.sage.com/accounting/guides/authenticating/authentication);
// the rest is room.
const largestAnswer = 1 << 20

// An EndpointError is an answer other than 200 of an authorization endpoint (RFC
// 6749 §5.2).
type EndpointError struct {
	Op      string // "exchange token"
	Status  int
	Code    string // such as "invalid_grant", or the status in words
	Refused bool   // the grant itself was refused: asking again does not help
}

func (e *EndpointError) Error() string { return fmt.Sprintf("%s: %d %s", e.Op, e.Status, e.Code) }

// post sends a form with the App's credentials in it and returns the answer's
// status and body. The credentials go in the form and nowhere else: Sage documents
// no other way, and to try another one would present a single-use token twice.
func (a *App) post(ctx context.Context, op, address string, form url.Values) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	form.Set("client_id", a.ClientID)
	form.Set("client_secret", a.ClientSecret.Reveal())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", op, err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	res, err := a.HTTP.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", op, err)
	}
	defer res.Body.Close()
	body, err = io.ReadAll(io.LimitReader(res.Body, largestAnswer))
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", op, err)
	}
	return res.StatusCode, body, nil
}

// invalidGrant says that a grant, or a token of it, has ended (RFC 6749 §5.2).
const invalidGrant = "invalid_grant"

// refusals are the codes with which a token endpoint refuses (RFC 6749 §5.2).
var refusals = []string{"invalid_request", "invalid_client", invalidGrant, "unauthorized_client", "unsupported_grant_type", "invalid_scope"}

// endpointError makes an error of an answer; code is the one in its body, or "". Only a
// code of the RFC with a status of the RFC is a refusal. Anything else is what stands
// before the endpoint, such as a gateway's 401: it says nothing of the grant.
func endpointError(op string, status int, code string) *EndpointError {
	e := &EndpointError{Op: op, Status: status, Code: errorCode(code)}
	e.Refused = slices.Contains(refusals, code) && (status == http.StatusBadRequest || status == http.StatusUnauthorized)
	if e.Code == "" {
		e.Code = http.StatusText(status)
	}
	return e
}

// errorCode returns s if it can be a code of RFC 6749, such as "invalid_grant", and
// otherwise "": what Sage answers can repeat a person's name or address.
func errorCode(s string) string {
	if len(s) > 40 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return ""
	}
	return s
}
