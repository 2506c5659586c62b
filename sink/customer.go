package sink

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/store"
)

// decideCustomer changes the contacts that a customer has in Sage. It never makes
// one: that is for the first document that needs it. A deleted customer's contacts
// stay as they are.
func decideCustomer(c Case, e *canonical.Customer) (store.Verdict, error) {
	v := c.verdict(store.DocumentPosted, "", "")
	v.Wake = true
	switch {
	case e.Deleted:
		v = c.skip(IsDeleted)
		return v, nil
	case len(c.Books.Contacts) == 0:
		v = c.skip(NoContactYet)
		v.Wake = true
		return v, nil
	}
	v.Document.Payment = store.Paid // nothing that a new policy must plan again
	for _, x := range c.Books.Contacts {
		o, needed, err := c.changeOf(e, x)
		if err != nil {
			return v, err
		}
		if needed && c.again(c.Books.Changes[x.Currency], o.BodyHash) {
			before, _ := last(c.Books.Changes[x.Currency])
			v = c.park(ContactRefused, before.Hint)
			v.Wake = true
		} else if needed {
			v = c.perform(v, o)
		} else {
			v.Cancel = true
		}
	}
	return v, nil
}

// changeOf compares a contact with what was last sent of it and makes the change
// of the fields that differ.
func (c Case) changeOf(e *canonical.Customer, x store.Xref) (o store.Operation, needed bool, err error) {
	history := c.Books.Changes[x.Currency]
	if before, ok := last(history); ok && before.State.UnderWay() {
		return o, false, nil // its outcome has the customer planned again
	}
	contact := newContact(e.Contact, c.Policy)
	withoutRefusedTaxNumber(&contact, slices.Concat(c.Books.Creates[x.Currency], history))
	fields, err := contact.Fields()
	if err != nil {
		return o, false, err
	}
	sent := map[string]string{}
	if err := json.Unmarshal(x.Facts, &sent); err != nil {
		return o, false, fmt.Errorf("read facts of contact: %w", err)
	}
	changed := resource.ContactFields{}
	for name, digest := range digests(fields) {
		if sent[name] != digest {
			changed[name] = fields[name]
		}
	}
	if len(changed) == 0 {
		return o, false, nil
	}
	o, err = c.changeOperation(e, x, changed)
	return o, true, err
}

func (c Case) changeOperation(e *canonical.Customer, x store.Xref, changed resource.ContactFields) (store.Operation, error) {
	rev := revision(c.Books.Changes[x.Currency])
	o := store.Operation{
		Thing: store.Thing{Kind: store.ChangeContact, Entity: x.Entity, Currency: x.Currency}, Revision: rev, Priority: contactLast,
		Target: x.SageID, Reference: x.Reference,
		IdempotencyID: idempotencyID(c.Binding.Business, "change", "contact", c.Binding.Source, x.Entity+"/"+x.Currency,
			e.Version.String(), strconv.Itoa(rev)),
	}
	var err error
	if o.BodyHash, err = hashOf(changed); err != nil {
		return o, err
	}
	if o.Facts, err = json.Marshal(digests(changed)); err != nil {
		return o, err
	}
	o.Body, err = changed.Body(o.IdempotencyID)
	return o, err
}
