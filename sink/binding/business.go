package binding

import (
	"context"
	"fmt"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
)

// OpenBusiness returns a client of the business that a binding is connected to, and what
// closes it. It calls Sage with the binding's tokens, which it shares with a running sink.
func OpenBusiness(ctx context.Context, c sage.Config, s Store, tokens SealedStore, name string) (client *sage.Client, done func(), err error) {
	b, err := s.Binding(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	if b.Business == "" {
		return nil, nil, fmt.Errorf("binding %s has no business yet: run mage2sage connect --binding %s", b.Name, b.Name)
	}
	if err := notPurged(b); err != nil {
		return nil, nil, err
	}
	if b.State == work.Disconnected {
		return nil, nil, fmt.Errorf("binding %s is disconnected, so Sage is not called for it: run mage2sage connect --binding %s", b.Name, b.Name)
	}
	keys, err := auth.NewKeyring(c.EncryptionKeys)
	if err != nil {
		return nil, nil, err
	}
	network := sage.NewNetwork(c)
	network.ShareRates(s)
	source := &auth.TokenSource{App: network.App(), Store: TokenStore{tokens, keys, b.Name, b.Business}, Binding: b.Name}
	client = sage.NewClient(network, source, b.Name, b.Business).As(work.Ordinary)
	return client, func() { client.Close(); network.Close() }, nil
}
