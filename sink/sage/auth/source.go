package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/mage2sage/mage2sage/schemas/crash"
	"github.com/mage2sage/mage2sage/schemas/secret"
)

// A TokenStore keeps the pair of one binding for all processes.
type TokenStore interface {
	// Load returns the pair; the zero TokenPair when there is none.
	Load(ctx context.Context) (TokenPair, error)
	// Rotate locks the pair, and stores what rotate returns before it unlocks it;
	// nil stores nothing. mark writes down, for good and at once, that the pair's
	// refresh token is about to be presented, or that Sage has refused it.
	Rotate(ctx context.Context, rotate func(held TokenPair, mark func(refused bool) error) (*TokenPair, error)) error
}

// A TokenSource gives the access token of one binding: from memory, from the
// store, or by a refresh under the store's lock, so that of all processes one
// presents a refresh token, once.
type TokenSource struct {
	App     *App
	Store   TokenStore
	Binding string

	mu     sync.Mutex
	cached TokenPair
}

// Token returns a token that lives long enough for a call, or a ReauthError when
// that takes a person.
func (s *TokenSource) Token(ctx context.Context) (secret.String, error) { return s.token(ctx, "") }

// Renew is Token after Sage has refused one before its time.
func (s *TokenSource) Renew(ctx context.Context, refused secret.String) (secret.String, error) {
	return s.token(ctx, refused)
}

func (s *TokenSource) token(ctx context.Context, refused secret.String) (secret.String, error) {
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

// refresh gets the next pair, unless another process has got it in the meantime.
// It does not end with the caller's context: a caller that gives up in the middle
// would lose the only valid refresh token. Its time is twice a request's, so that
// there is as much for the lock and for storing the new pair as for the exchange.
//
// A token that Sage refuses may have been exchanged by another process that lost its lock
// before it had stored the next pair: that one has waited for ours to do so. A second turn
// finds its pair, or the refusal, and presents nothing.
func (s *TokenSource) refresh(ctx context.Context, refused secret.String) (TokenPair, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*requestTimeout)
	defer cancel()
	got, err := s.rotate(ctx, refused)
	var reauth *ReauthError
	if errors.As(err, &reauth) {
		if next, none := s.rotate(ctx, refused); none == nil {
			return next, nil
		}
	}
	return got, err
}

func (s *TokenSource) rotate(ctx context.Context, refused secret.String) (got TokenPair, err error) {
	err = s.Store.Rotate(ctx, func(held TokenPair, mark func(refused bool) error) (*TokenPair, error) {
		if held.usable(refused) {
			got = held
			return nil, nil
		}
		if held.Refresh == "" {
			return nil, &ReauthError{s.Binding, "the binding is not connected"}
		}
		if held.RefreshRefused {
			return nil, &ReauthError{s.Binding, "Sage has refused the refresh token"}
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
func (s *TokenSource) refreshWith(ctx context.Context, held TokenPair, mark func(refused bool) error) (TokenPair, error) {
	report, err := s.App.Breaker.Allow()
	if err != nil {
		return TokenPair{}, err
	}
	if err := mark(false); err != nil {
		report(ErrNotCounted)
		return TokenPair{}, err
	}
	next, err := s.App.refresh(ctx, held.Refresh)
	crash.At(crash.TokenRotated)
	report(silence(err))
	var answer *EndpointError
	switch {
	case errors.As(err, &answer) && answer.Refused:
		if err := mark(true); err != nil {
			return TokenPair{}, err
		}
		return TokenPair{}, refusedGrant(s.Binding, answer.Code, held.RefreshInFlight)
	case err != nil: // the call that wanted a token has not left
		return TokenPair{}, fmt.Errorf("refresh token: not sent: %w", err)
	}
	return next, nil
}

// refusedGrant says why Sage refuses a refresh token.
func refusedGrant(binding, code string, answerLost bool) *ReauthError {
	if answerLost {
		return &ReauthError{binding, "the answer to the last refresh was lost, and Sage says " + code}
	}
	return &ReauthError{binding, "Sage has ended the grant: it says " + code}
}

// silence is what a refresh says of the endpoint: only a pair or a refusal is its own
// answer. A redirect, a 408 or a gateway's page comes from something before it.
func silence(err error) error {
	var answer *EndpointError
	switch {
	case !errors.As(err, &answer):
		return err
	case answer.Refused:
		return nil
	case answer.Status == http.StatusTooManyRequests:
		return ErrNotCounted
	}
	return err
}

// A ReauthError is returned when no token can be had without a person.
type ReauthError struct{ Binding, Cause string }

func (e *ReauthError) Error() string { return e.Cause + ": " + e.Hint() }

// Hint is the command that heals it.
func (e *ReauthError) Hint() string { return "run mage2sage connect --binding " + e.Binding }
