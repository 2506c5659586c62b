package deliver

import (
	"slices"
	"sync"

	"github.com/mage2sage/mage2sage/sink/sage"
)

// Clients holds a client per binding, so that its breakers and its token outlive a call.
type Clients struct {
	Network *sage.Network
	// Tokens makes the source of a binding's tokens at a business.
	Tokens func(binding, business string) sage.Tokens

	mu  sync.Mutex
	all map[string]client // by binding
}

type client struct {
	business string
	*sage.Client
}

// of returns the client of a binding at a business; a binding that was connected to
// another one gets a new client.
func (c *Clients) of(binding, business string) *sage.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	have, ok := c.all[binding]
	if ok && have.business != business {
		have.Close()
	}
	if !ok || have.business != business {
		have = client{business, sage.NewClient(c.Network, c.Tokens(binding, business), binding, business).HoldsLease()}
		if c.all == nil {
			c.all = map[string]client{}
		}
		c.all[binding] = have
	}
	return have.Client
}

// drop closes the client of a binding, so that nothing is called for it any more, not even to
// find out whether Sage answers again.
func (c *Clients) drop(binding string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if have, ok := c.all[binding]; ok {
		have.Close()
		delete(c.all, binding)
	}
}

// at returns the clients of a business.
func (c *Clients) at(business string) (found []*sage.Client) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.all {
		if one.business == business {
			found = append(found, one.Client)
		}
	}
	return found
}

// toProbe lists the businesses some of whose calls wait for a probe.
func (c *Clients) toProbe() (businesses []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.all {
		if one.NeedsProbe() && !slices.Contains(businesses, one.business) {
			businesses = append(businesses, one.business)
		}
	}
	return businesses
}
