package sink

import (
	"context"

	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/store"
)

// A vault keeps one binding's tokens in Postgres, sealed. It is a auth.TokenStore.
type vault struct {
	store             *store.Store
	keys              *auth.Keyring
	binding, business string
}

func (v vault) sealContext(column string) auth.SealContext {
	return auth.SealContext{Table: "oauth_tokens", Binding: v.binding, Business: v.business, Column: column}
}

func (v vault) seal(p auth.TokenPair) (t store.Tokens, err error) {
	t.AccessExpiresAt, t.RefreshExpiresAt = p.AccessExpiresAt, p.RefreshExpiresAt
	if t.Access, err = v.keys.Seal(p.Access, v.sealContext("access_token")); err != nil {
		return t, err
	}
	t.Refresh, err = v.keys.Seal(p.Refresh, v.sealContext("refresh_token"))
	return t, err
}

func (v vault) open(t store.Tokens) (p auth.TokenPair, err error) {
	if t.Version == 0 {
		return p, nil
	}
	p.AccessExpiresAt, p.RefreshExpiresAt, p.RefreshInFlight = t.AccessExpiresAt, t.RefreshExpiresAt, t.Presented
	if p.Access, err = v.keys.Open(t.Access, v.sealContext("access_token")); err != nil {
		return p, err
	}
	p.Refresh, err = v.keys.Open(t.Refresh, v.sealContext("refresh_token"))
	return p, err
}

// Load is auth.TokenStore's.
func (v vault) Load(ctx context.Context) (auth.TokenPair, error) {
	t, err := v.store.Tokens(ctx, v.binding)
	if err != nil {
		return auth.TokenPair{}, err
	}
	return v.open(t)
}

// Store writes the first pair of a grant.
func (v vault) Store(ctx context.Context, p auth.TokenPair) error {
	t, err := v.seal(p)
	if err != nil {
		return err
	}
	return v.store.PutTokens(ctx, v.binding, t)
}

// Rotate is auth.TokenStore's. A new pair that could not be written with its lock is
// written once more without: the old refresh token is spent by then.
func (v vault) Rotate(ctx context.Context, rotate func(auth.TokenPair, func() error) (*auth.TokenPair, error)) error {
	var next *auth.TokenPair
	err := v.store.Rotate(ctx, v.binding, func(held store.Tokens, mark func() error) (*store.Tokens, error) {
		pair, err := v.open(held)
		if err != nil {
			return nil, err
		}
		if next, err = rotate(pair, mark); err != nil || next == nil {
			return nil, err
		}
		sealed, err := v.seal(*next)
		return &sealed, err
	})
	if err != nil && next != nil {
		return v.Store(ctx, *next)
	}
	return err
}
