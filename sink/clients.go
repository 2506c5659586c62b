package sink

import (
	"context"
	"sync"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/store"
)

// clients holds a client per binding, so that its breakers and its token outlive
// a call.
type clients struct {
	store   *store.Store
	network *sage.Network
	keys    *auth.Keyring

	mu  sync.Mutex
	all map[string]client // by binding
}

type client struct {
	business string
	*sage.Client
}

func newClients(s *store.Store, n *sage.Network, k *auth.Keyring) *clients {
	return &clients{store: s, network: n, keys: k, all: map[string]client{}}
}

// of returns the client of a binding at a business; a binding that was connected
// to another one has a new client.
func (c *clients) of(binding, business string) *sage.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	have, ok := c.all[binding]
	if !ok || have.business != business {
		tokens := &auth.TokenSource{App: c.network.App(), Store: vault{c.store, c.keys, binding, business}, Binding: binding}
		have = client{business, sage.NewClient(c.network, tokens, binding, business)}
		c.all[binding] = have
	}
	return have.Client
}

// admit asks for leave to make an operation's call.
func (c *clients) admit(ctx context.Context, o store.Operation, business string) (*sage.Permit, error) {
	return c.of(o.Binding, business).Admit(ctx, classOf(o.Kind))
}

func classOf(k store.OperationKind) sage.Class {
	switch k {
	case store.CreateContact, store.ChangeContact:
		return sage.Contacts
	case store.CreatePayment:
		return sage.Payments
	}
	return sage.Documents
}
