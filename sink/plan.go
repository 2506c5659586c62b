package sink

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/store"
)

// A planner says, for each document that is due, what is lacking in Sage. It reads
// the books and writes the verdict in one transaction with the document locked.
type planner struct {
	store   *store.Store
	metrics *metrics
	planned func() // an operation may be due
	now     func() time.Time
}

// step plans what is due, and tells of an operation once it is committed.
func (p *planner) step(ctx context.Context) error {
	for {
		var v store.Verdict
		any, err := p.store.PlanNext(ctx, func(t *store.Planning) (store.Verdict, error) {
			c, err := p.read(t)
			if err != nil {
				return store.Verdict{}, err
			}
			v, err = Decide(c)
			return v, err
		})
		if err != nil || !any {
			return err
		}
		p.metrics.planned.WithLabelValues(string(v.Document.State)).Inc()
		if len(v.Operations) > 0 {
			p.planned()
		}
	}
}

// read gathers what Decide depends on.
func (p *planner) read(t *store.Planning) (c Case, err error) {
	c = Case{Now: p.now(), Binding: t.Binding, Document: t.Document}
	if c.Entity, err = canonical.Decode(t.Document.ID.Kind(), t.Entity); err != nil {
		return c, err
	}
	if c.Policy, err = policyOf(t.Binding); err != nil {
		return c, err
	}
	switch e := c.Entity.(type) {
	case *canonical.Invoice:
		err = c.readInvoice(t, e)
	case *canonical.CreditMemo:
		err = c.readCreditMemo(t, e)
	case *canonical.Customer:
		err = c.readCustomer(t)
	}
	return c, err
}

// policyOf is the policy as it is kept.
func policyOf(b store.Binding) (Policy, error) {
	policy := DefaultPolicy()
	if err := json.Unmarshal(b.Policy, &policy); err != nil {
		return policy, fmt.Errorf("read policy of binding %s: %w", b.Name, err)
	}
	return policy, nil
}

func (c *Case) readInvoice(t *store.Planning, i *canonical.Invoice) (err error) {
	id := string(c.Document.ID)
	if c.Books.Self, err = t.History(store.Thing{Kind: store.CreateInvoice, Entity: id}); err != nil {
		return err
	}
	if c.Books.Payments, err = t.History(store.Thing{Kind: store.CreatePayment, Entity: id}); err != nil {
		return err
	}
	return c.readContact(t, &i.Document)
}

func (c *Case) readCreditMemo(t *store.Planning, m *canonical.CreditMemo) (err error) {
	if c.Books.Self, err = t.History(store.Thing{Kind: store.CreateCreditNote, Entity: string(c.Document.ID)}); err != nil {
		return err
	}
	ids := make([]canonical.ID, len(m.Invoices))
	for n, number := range m.Invoices {
		ids[n] = canonical.NewID(canonical.KindInvoice, number)
	}
	if c.Books.Invoices, err = t.Siblings(ids); err != nil {
		return err
	}
	return c.readContact(t, &m.Document)
}

func (c *Case) readContact(t *store.Planning, d *canonical.Document) error {
	if c.Document.SageID != "" {
		return nil
	}
	key := keyOf(c.Binding.Source, d.Customer, d.Currency)
	found, err := t.Xrefs("contact", key.Entity)
	if err != nil {
		return err
	}
	for _, x := range found {
		if x.Currency == key.Currency {
			c.Books.Contact = &x
			return nil
		}
	}
	if c.Books.ContactHistory, err = t.History(store.Thing{Kind: store.CreateContact, Entity: key.Entity, Currency: key.Currency}); err != nil {
		return err
	}
	body, err := t.Other(canonical.ID(key.Entity))
	if err != nil || body == nil {
		return err
	}
	known, err := canonical.Decode(canonical.KindCustomer, body)
	if err != nil {
		return err
	}
	c.Books.Customer, _ = known.(*canonical.Customer)
	return nil
}

func (c *Case) readCustomer(t *store.Planning) (err error) {
	entity := string(c.Document.ID)
	if c.Books.Contacts, err = t.Xrefs("contact", entity); err != nil {
		return err
	}
	c.Books.Changes, c.Books.Creates = map[string][]store.Operation{}, map[string][]store.Operation{}
	for _, x := range c.Books.Contacts {
		c.Books.Creates[x.Currency], err = t.History(store.Thing{Kind: store.CreateContact, Entity: entity, Currency: x.Currency})
		if err != nil {
			return err
		}
		c.Books.Changes[x.Currency], err = t.History(store.Thing{Kind: store.ChangeContact, Entity: entity, Currency: x.Currency})
		if err != nil {
			return err
		}
	}
	return nil
}
