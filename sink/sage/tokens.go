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

// A Pair is an access token and the refresh token that came with it. Each refresh
// token works once; its successor comes with the answer.
type Pair struct {
	Access           secret.String
	Refresh          secret.String
	AccessExpiresAt  time.Time
	RefreshExpiresAt time.Time
	// Presented says that this refresh token was presented before and the answer
	// was lost: it may be spent.
	Presented bool
}

// A Vault keeps the pair of one binding for all processes.
type Vault interface {
	// Load returns the pair; the zero Pair when there is none.
	Load(ctx context.Context) (Pair, error)
	// Rotate locks the pair, and stores what rotate returns before it unlocks it;
	// nil stores nothing. mark writes down, for good and at once, that the pair's
	// refresh token is about to be presented.
	Rotate(ctx context.Context, rotate func(held Pair, mark func() error) (*Pair, error)) error
}

const (
	// refreshEarly is how much life a token must have left: more than a call takes.
	refreshEarly = 75 * time.Second
	// refreshTimeout bounds a refresh. It is not the caller's context: a caller that
	// gives up in the middle would lose the only valid refresh token.
	refreshTimeout = 15 * time.Second
)

// A TokenSource gives the access token of one binding: from memory, from the
// vault, or by a refresh under the vault's lock, so that of all processes one
// presents a refresh token, once.
type TokenSource struct {
	Network *Network
	Vault   Vault
	Binding string

	mu     sync.Mutex
	cached Pair
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
	if s.cached.good(refused) {
		return s.cached.Access, nil
	}
	held, err := s.Vault.Load(ctx)
	if err != nil {
		return "", err
	}
	if !held.good(refused) {
		if held, err = s.refresh(ctx, refused); err != nil {
			return "", err
		}
	}
	s.cached = held
	return held.Access, nil
}

// good tells whether a pair's access token can be used.
func (p Pair) good(refused secret.String) bool {
	return p.Access != "" && p.Access != refused && time.Until(p.AccessExpiresAt) > refreshEarly
}

// refresh gets the next pair, unless another process has got it in the meantime.
func (s *TokenSource) refresh(ctx context.Context, refused secret.String) (Pair, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*refreshTimeout)
	defer cancel()
	var got Pair
	err := s.Vault.Rotate(ctx, func(held Pair, mark func() error) (*Pair, error) {
		if held.good(refused) {
			got = held
			return nil, nil
		}
		if held.Refresh == "" {
			return nil, &ReauthError{s.Binding, "the binding is not connected"}
		}
		next, err := s.present(ctx, held, mark)
		if err != nil {
			return nil, err
		}
		got = next
		return &next, nil
	})
	return got, err
}

// present exchanges a refresh token; the mark is committed before it leaves.
func (s *TokenSource) present(ctx context.Context, held Pair, mark func() error) (Pair, error) {
	done, err := s.Network.tokens.allow()
	if err != nil {
		return Pair{}, err
	}
	if err := mark(); err != nil {
		done(errExcluded)
		return Pair{}, err
	}
	next, err := s.Network.exchange(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {held.Refresh.Reveal()}})
	done(err)
	var refusal *grantError
	switch {
	case errors.As(err, &refusal) && held.Presented:
		return Pair{}, &ReauthError{s.Binding, "the answer to the last refresh was lost, and Sage says " + refusal.code}
	case errors.As(err, &refusal):
		return Pair{}, &ReauthError{s.Binding, "Sage has ended the grant: it says " + refusal.code}
	case err != nil: // the call that wanted a token has not left
		return Pair{}, &TransportError{"refresh token", false, err}
	}
	return next, nil
}

// grantError is the token endpoint's refusal (RFC 6749 §5.2).
type grantError struct{ code string }

func (e *grantError) Error() string { return "token endpoint: " + e.code }

// exchange posts to the token endpoint, client credentials in the form: Sage
// documents no other way, and trying the other one would present a single-use
// token twice.
func (n *Network) exchange(ctx context.Context, form url.Values) (Pair, error) {
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	form.Set("client_id", n.config.ClientID)
	form.Set("client_secret", n.config.ClientSecret.Reveal())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.config.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return Pair{}, &TransportError{"exchange token", false, err}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	res, err := n.http.Do(req)
	if err != nil {
		return Pair{}, &TransportError{"exchange token", true, withoutURL(err)}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return Pair{}, &TransportError{"exchange token", true, err}
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

func readPair(status int, body []byte) (Pair, error) {
	var a tokenAnswer
	err := json.Unmarshal(body, &a)
	switch {
	case status == http.StatusBadRequest && a.Error != "", status == http.StatusUnauthorized && a.Error != "":
		return Pair{}, &grantError{clean(a.Error)}
	case status != http.StatusOK:
		return Pair{}, &Error{Op: "exchange token", Status: status, Code: http.StatusText(status)}
	case err != nil || a.AccessToken == "" || a.RefreshToken == "":
		return Pair{}, &TransportError{"exchange token", true, fmt.Errorf("the answer holds no pair of tokens")}
	}
	return newPair(a), nil
}

func newPair(a tokenAnswer) Pair {
	now := time.Now()
	if a.RefreshExpiresIn == 0 {
		a.RefreshExpiresIn = 31 * 24 * 3600
	}
	return Pair{
		Access: secret.String(a.AccessToken), Refresh: secret.String(a.RefreshToken),
		AccessExpiresAt:  now.Add(time.Duration(a.ExpiresIn) * time.Second),
		RefreshExpiresAt: now.Add(time.Duration(a.RefreshExpiresIn) * time.Second),
	}
}
