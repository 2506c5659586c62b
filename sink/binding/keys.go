package binding

import (
	"context"
	"errors"

	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A Seal says how the tokens of one binding are sealed, and whether they open.
type Seal struct {
	Binding string
	KeyID   string         // of the key that they are sealed with; "" for bytes that nobody sealed
	Fault   *auth.KeyError // why they do not open; nil where they do
	Renewed bool           // they were sealed anew just now
}

// VerifyKeys opens the tokens of every binding that has some, with the keys of a ring, and
// changes nothing.
func VerifyKeys(ctx context.Context, s Store, tokens SealedStore, keys *auth.Keyring) ([]Seal, error) {
	return eachSeal(ctx, s, func(t TokenStore) (Seal, bool, error) {
		held, err := tokens.Tokens(ctx, t.Binding)
		if err != nil || held.Version == 0 {
			return Seal{}, false, err
		}
		seal, _, err := t.examine(held)
		return seal, true, err
	}, TokenStore{Store: tokens, Keys: keys})
}

// RotateKeys seals the tokens of every binding anew that are not sealed with the first key of
// a ring. Each binding's pair is locked, written and unlocked by itself, so that sinks go
// on refreshing, and that one which was interrupted can be repeated. Tokens that do not open
// stay as they are; their Seal has the fault.
func RotateKeys(ctx context.Context, s Store, tokens SealedStore, keys *auth.Keyring) ([]Seal, error) {
	return eachSeal(ctx, s, func(t TokenStore) (seal Seal, there bool, err error) {
		err = tokens.Reseal(ctx, t.Binding, func(held work.SealedTokens) (*work.SealedTokens, error) {
			if there = held.Version != 0; !there {
				return nil, nil
			}
			var pair auth.TokenPair
			if seal, pair, err = t.examine(held); err != nil || seal.Fault != nil || seal.KeyID == keys.Primary() {
				return nil, err
			}
			next, err := t.seal(pair)
			if err == nil {
				seal.KeyID, seal.Renewed = keys.Primary(), true
			}
			return &next, err
		})
		return seal, there, err
	}, TokenStore{Store: tokens, Keys: keys})
}

// eachSeal looks at the tokens of each binding; there is false for one that has none.
func eachSeal(ctx context.Context, s Store, look func(TokenStore) (seal Seal, there bool, err error), t TokenStore) (seals []Seal, err error) {
	all, err := s.Bindings(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		t.Binding, t.Business = b.Name, b.Business
		seal, there, err := look(t)
		if err != nil {
			return seals, err
		}
		if there {
			seals = append(seals, seal)
		}
	}
	return seals, nil
}

// examine opens a pair and says how it is sealed. Both tokens of a pair are sealed together,
// so one key is named: of two that differ the one that is not the first of the ring.
func (t TokenStore) examine(held work.SealedTokens) (Seal, auth.TokenPair, error) {
	seal := Seal{Binding: t.Binding, KeyID: auth.KeyOf(held.Refresh)}
	if seal.KeyID == t.Keys.Primary() {
		seal.KeyID = auth.KeyOf(held.Access)
	}
	pair, err := t.open(held)
	if errors.As(err, &seal.Fault) {
		return seal, auth.TokenPair{}, nil
	}
	return seal, pair, err
}
