package binding

import (
	"context"
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A DisconnectRequest is one run of disconnect.
type DisconnectRequest struct {
	Config  sage.Config
	Store   Store
	Tokens  SealedStore
	Binding string
	By      string // who decides it, for the audit trail
	// Forget deletes the tokens without asking Sage: the grant runs out by itself.
	Forget bool
}

// A KeptError is returned for tokens that were kept, because the grant could not be revoked
// at Sage. No call is made with them; the binding is disconnected all the same.
type KeptError struct {
	Binding string
	Ends    time.Time // when the grant ends by itself, UTC
	Err     error
}

func (e *KeptError) Error() string {
	return fmt.Sprintf("binding %s is disconnected and no call is made for it, but its grant was not revoked at Sage (%v), so its tokens are kept sealed: "+
		"run mage2sage binding disconnect %s again, or with --forget to delete them now; without a revocation the grant ends by itself on %s",
		e.Binding, e.Err, e.Binding, e.Ends.UTC().Format(time.DateOnly))
}

func (e *KeptError) Unwrap() error { return e.Err }

// Disconnect stops the calls of a binding, revokes its grant at Sage and deletes its tokens,
// in that order: what stops the calls needs no answer of Sage's. A running sink makes no
// further call within seconds; of what is under way the answer is recorded, and what is in
// doubt stays so. ended is "" where there were no tokens. It may be repeated, and returns a
// KeptError where the grant was not revoked.
func Disconnect(ctx context.Context, r DisconnectRequest) (ended work.Ended, err error) {
	b, err := r.Store.Binding(ctx, r.Binding)
	if err != nil {
		return "", err
	}
	if err := notPurged(b); err != nil {
		return "", err
	}
	if b.Business == "" {
		return "", fmt.Errorf("binding %s is not connected to a business, so there is nothing to disconnect: see mage2sage binding list", b.Name)
	}
	hint := fmt.Sprintf("by a person since %s: mage2sage connect --binding %s", time.Now().UTC().Format(time.RFC3339), b.Name)
	if err := r.Store.Disconnect(ctx, b.Name, r.By, hint); err != nil {
		return "", err
	}
	err = r.Tokens.EndTokens(ctx, b.Name, func(held work.SealedTokens) (work.Ended, error) {
		ended, err = r.end(ctx, b, held)
		return ended, err
	})
	return ended, err
}

// end revokes a grant, or says why it was not.
func (r DisconnectRequest) end(ctx context.Context, b work.Binding, held work.SealedTokens) (work.Ended, error) {
	if r.Forget || r.Config.RevokeURL == "" {
		return work.NotRevoked, nil
	}
	if err := r.revoke(ctx, b, held); err != nil {
		return "", &KeptError{b.Name, held.RefreshExpiresAt, err}
	}
	return work.Revoked, nil
}

func (r DisconnectRequest) revoke(ctx context.Context, b work.Binding, held work.SealedTokens) error {
	keys, err := auth.NewKeyring(r.Config.EncryptionKeys)
	if err != nil {
		return err
	}
	pair, err := TokenStore{r.Tokens, keys, b.Name, b.Business}.open(held)
	if err != nil {
		return err
	}
	network := sage.NewNetwork(r.Config)
	defer network.Close()
	return network.App().Revoke(ctx, pair.Refresh)
}
