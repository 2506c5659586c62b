package binding

import (
	"context"

	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A TokenStore keeps one binding's tokens, sealed. It is an auth.TokenStore.
type TokenStore struct {
	Store             SealedStore
	Keys              *auth.Keyring
	Binding, Business string
}

var _ auth.TokenStore = TokenStore{}

// tokenTable is part of what a sealed token is bound to, so it never changes.
const tokenTable = "oauth_tokens"

func (t TokenStore) sealContext(column string) auth.SealContext {
	return auth.SealContext{Table: tokenTable, Binding: t.Binding, Business: t.Business, Column: column}
}

func (t TokenStore) seal(p auth.TokenPair) (s work.SealedTokens, err error) {
	s.AccessExpiresAt, s.RefreshExpiresAt = p.AccessExpiresAt, p.RefreshExpiresAt
	if s.Access, err = t.Keys.Seal(p.Access, t.sealContext("access_token")); err != nil {
		return s, err
	}
	s.Refresh, err = t.Keys.Seal(p.Refresh, t.sealContext("refresh_token"))
	return s, err
}

func (t TokenStore) open(s work.SealedTokens) (p auth.TokenPair, err error) {
	if s.Version == 0 {
		return p, nil
	}
	p.AccessExpiresAt, p.RefreshExpiresAt = s.AccessExpiresAt, s.RefreshExpiresAt
	p.RefreshInFlight, p.RefreshRefused = s.RefreshInFlight, s.RefreshRefused
	if p.Access, err = t.Keys.Open(s.Access, t.sealContext("access_token")); err != nil {
		return p, err
	}
	p.Refresh, err = t.Keys.Open(s.Refresh, t.sealContext("refresh_token"))
	return p, err
}

// Load implements auth.TokenStore.
func (t TokenStore) Load(ctx context.Context) (auth.TokenPair, error) {
	s, err := t.Store.Tokens(ctx, t.Binding)
	if err != nil {
		return auth.TokenPair{}, err
	}
	return t.open(s)
}

// Put writes the first pair of a grant.
func (t TokenStore) Put(ctx context.Context, p auth.TokenPair) error {
	s, err := t.seal(p)
	if err != nil {
		return err
	}
	return t.Store.PutTokens(ctx, t.Binding, s)
}

// Rotate implements auth.TokenStore. A new pair that could not be written with its lock
// is written once more without, as the old refresh token is spent by then: unless
// somebody has connected or disconnected the binding since.
func (t TokenStore) Rotate(ctx context.Context, rotate func(auth.TokenPair, func(bool) error) (*auth.TokenPair, error)) error {
	var next *auth.TokenPair
	var version int64
	err := t.Store.Rotate(ctx, t.Binding, func(held work.SealedTokens, mark func(refused bool) error) (*work.SealedTokens, error) {
		version = held.Version
		pair, err := t.open(held)
		if err != nil {
			return nil, err
		}
		if next, err = rotate(pair, mark); err != nil || next == nil {
			return nil, err
		}
		sealed, err := t.seal(*next)
		return &sealed, err
	})
	if err == nil || next == nil {
		return err
	}
	sealed, sealErr := t.seal(*next)
	if sealErr != nil {
		return sealErr
	}
	return t.Store.ReplaceTokens(ctx, t.Binding, version, sealed)
}
