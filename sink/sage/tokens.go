package sage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

// A TokenPair is an access token and the refresh token that came with it. Each refresh
// token works once; its successor comes with the answer.
type TokenPair struct {
	Access           secret.String
	Refresh          secret.String
	AccessExpiresAt  time.Time
	RefreshExpiresAt time.Time
	// RefreshInFlight says that this refresh token was presented before and the answer
	// was lost: it may be spent.
	RefreshInFlight bool
}

// A TokenStore keeps the pair of one binding for all processes.
type TokenStore interface {
	// Load returns the pair; the zero TokenPair when there is none.
	Load(ctx context.Context) (TokenPair, error)
	// Rotate locks the pair, and stores what rotate returns before it unlocks it;
	// nil stores nothing. mark writes down, for good and at once, that the pair's
	// refresh token is about to be presented.
	Rotate(ctx context.Context, rotate func(held TokenPair, mark func() error) (*TokenPair, error)) error
}

const (
	// refreshEarly is how much life a token must have left: more than a call takes.
	refreshEarly = 75 * time.Second
	// refreshTimeout bounds a refresh. It is not the caller's context: a caller that
	// gives up in the middle would lose the only valid refresh token.
	refreshTimeout = 15 * time.Second
)

// A TokenSource gives the access token of one binding: from memory, from the
// store, or by a refresh under the store's lock, so that of all processes one
// presents a refresh token, once.
type TokenSource struct {
	Network *Network
	Store   TokenStore
	Binding string

	mu     sync.Mutex
	cached TokenPair
}

// Token returns a token that lives long enough for a call.
func (s *TokenSource) Token(ctx context.Context) (secret.String, error) { return s.get(ctx, "") }

// Renew is Token after Sage has refused one before its time.
func (s *TokenSource) Renew(ctx context.Context, refused secret.String) (secret.String, error) {
	return s.get(ctx, refused)
}

func (s *TokenSource) get(ctx context.Context, refused secret.String) (secret.String, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cached.usable(refused) {
		return s.cached.Access, nil
	}
	held, err := s.Store.Load(ctx)
	if err != nil {
		return "", err
	}
	if !held.usable(refused) {
		if held, err = s.refresh(ctx, refused); err != nil {
			return "", err
		}
	}
	s.cached = held
	return held.Access, nil
}

// usable tells whether a pair's access token can be used.
func (p TokenPair) usable(refused secret.String) bool {
	return p.Access != "" && p.Access != refused && time.Until(p.AccessExpiresAt) > refreshEarly
}

// refresh gets the next pair, unless another process has got it in the meantime.
func (s *TokenSource) refresh(ctx context.Context, refused secret.String) (TokenPair, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*refreshTimeout)
	defer cancel()
	var got TokenPair
	err := s.Store.Rotate(ctx, func(held TokenPair, mark func() error) (*TokenPair, error) {
		if held.usable(refused) {
			got = held
			return nil, nil
		}
		if held.Refresh == "" {
			return nil, &ReauthError{s.Binding, "the binding is not connected"}
		}
		next, err := s.refreshWith(ctx, held, mark)
		if err != nil {
			return nil, err
		}
		got = next
		return &next, nil
	})
	return got, err
}

// refreshWith exchanges a refresh token; the mark is committed before it leaves.
func (s *TokenSource) refreshWith(ctx context.Context, held TokenPair, mark func() error) (TokenPair, error) {
	done, err := s.Network.tokens.allow()
	if err != nil {
		return TokenPair{}, err
	}
	if err := mark(); err != nil {
		done(errExcluded)
		return TokenPair{}, err
	}
	next, err := s.Network.exchange(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {held.Refresh.Reveal()}})
	done(err)
	var refusal *grantError
	switch {
	case errors.As(err, &refusal) && held.RefreshInFlight:
		return TokenPair{}, &ReauthError{s.Binding, "the answer to the last refresh was lost, and Sage says " + refusal.code}
	case errors.As(err, &refusal):
		return TokenPair{}, &ReauthError{s.Binding, "Sage has ended the grant: it says " + refusal.code}
	case err != nil: // the call that wanted a token has not left
		return TokenPair{}, &TransportError{"refresh token", false, err}
	}
	return next, nil
}

// grantError is the token endpoint's refusal (RFC 6749 §5.2).
type grantError struct{ code string }

func (e *grantError) Error() string { return "token endpoint: " + e.code }

// exchange posts to the token endpoint, client credentials in the form: Sage
// documents no other way, and trying the other one would present a single-use
// token twice.
func (n *Network) exchange(ctx context.Context, form url.Values) (TokenPair, error) {
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	form.Set("client_id", n.config.ClientID)
	form.Set("client_secret", n.config.ClientSecret.Reveal())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.config.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return TokenPair{}, &TransportError{"exchange token", false, err}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	res, err := n.http.Do(req)
	if err != nil {
		return TokenPair{}, &TransportError{"exchange token", true, withoutURL(err)}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return TokenPair{}, &TransportError{"exchange token", true, err}
	}
	return readPair(res.StatusCode, body)
}

// tokenAnswer is the token endpoint's answer of either kind.
type tokenAnswer struct {
	AccessToken      string `json:"access_token"`
	RefreshToken     string `json:"refresh_token"`
	ExpiresIn        int    `json:"expires_in"`               // seconds, 300 at Sage
	RefreshExpiresIn int    `json:"refresh_token_expires_in"` // seconds, 31 days at Sage
	Error            string `json:"error"`
}

func readPair(status int, body []byte) (TokenPair, error) {
	var a tokenAnswer
	err := json.Unmarshal(body, &a)
	switch {
	case status == http.StatusBadRequest && a.Error != "", status == http.StatusUnauthorized && a.Error != "":
		return TokenPair{}, &grantError{clean(a.Error)}
	case status != http.StatusOK:
		return TokenPair{}, &Error{Op: "exchange token", Status: status, Code: http.StatusText(status)}
	case err != nil || a.AccessToken == "" || a.RefreshToken == "":
		return TokenPair{}, &TransportError{"exchange token", true, fmt.Errorf("the answer holds no pair of tokens")}
	}
	return newPair(a), nil
}

func newPair(a tokenAnswer) TokenPair {
	now := time.Now()
	if a.RefreshExpiresIn == 0 {
		a.RefreshExpiresIn = 31 * 24 * 3600
	}
	return TokenPair{
		Access: secret.String(a.AccessToken), Refresh: secret.String(a.RefreshToken),
		AccessExpiresAt:  now.Add(time.Duration(a.ExpiresIn) * time.Second),
		RefreshExpiresAt: now.Add(time.Duration(a.RefreshExpiresIn) * time.Second),
	}
}
