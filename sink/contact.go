package sink

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/store"
)

// Priorities of operations: lower goes first. What is in doubt goes before all.
const (
	paymentFirst  = 1
	documentOrder = 2 // documents and the contacts they need, in the order of planning
	contactLast   = 3
)

// contactFor is the contact of a document: its id in Sage, or a verdict to wait for
// it, with the operation that makes it.
func (c Case) contactFor(d *canonical.Document) (sageID string, v *store.Verdict, err error) {
	if c.Books.Contact != nil {
		return c.Books.Contact.SageID, nil, nil
	}
	key := keyOf(c.Binding.Source, d.Customer, d.Currency)
	before, ok := last(c.Books.ContactHistory)
	waiting := c.wait(WaitsForContact, key.Entity, "")
	if ok && (before.State.UnderWay() || before.State == store.Planned) {
		return "", &waiting, nil
	}
	if ok && before.State == store.Parked {
		return "", c.withoutContact(key, before), nil
	}
	o, err := c.newContactOperation(key, d)
	if err != nil {
		return "", nil, err
	}
	if c.again(c.Books.ContactHistory, o.BodyHash) {
		return "", c.withoutContact(key, before), nil
	}
	waiting = c.perform(waiting, o)
	return "", &waiting, nil
}

// withoutContact parks a document whose contact Sage has refused. It still waits
// for the contact: a change of the customer may heal it.
func (c Case) withoutContact(key contactKey, refused store.Operation) *store.Verdict {
	v := c.park(ContactRefused, "its contact was refused: "+refused.Hint)
	v.Document.WaitsFor = key.Entity
	return &v
}

// newContactOperation makes a contact from the customer where the shop knows it,
// else from the order's own columns.
func (c Case) newContactOperation(key contactKey, d *canonical.Document) (store.Operation, error) {
	history := c.Books.ContactHistory
	var contact resource.NewContact
	if key.Entity == fallbackEntity {
		contact = fallbackContact(c.Policy)
	} else {
		contact = newContact(personOf(d, c.Books.Customer), c.Policy)
	}
	contact.CurrencyID = key.Currency
	contact.Reference = key.reference(c.Policy, c.Binding.Source, c.Binding.BaseCurrency, refusals(history, "reference"))
	withoutRefusedTaxNumber(&contact, history)
	rev := revision(history)
	contact.IdempotencyID = idempotencyID(c.Binding.Business, "create", "contact", c.Binding.Source, key.Entity+"/"+key.Currency, strconv.Itoa(rev))
	return contactOperation(contact, store.Operation{
		Thing: store.Thing{Kind: store.CreateContact, Entity: key.Entity, Currency: key.Currency}, Revision: rev, Priority: documentOrder,
	})
}

// contactOperation fills in body, hashes and facts.
func contactOperation(contact resource.NewContact, o store.Operation) (store.Operation, error) {
	fields, err := contact.Fields()
	if err != nil {
		return o, err
	}
	o.Reference, o.IdempotencyID = contact.Reference, contact.IdempotencyID
	if o.BodyHash, err = hashOf(fields); err != nil {
		return o, err
	}
	if o.Facts, err = json.Marshal(digests(fields)); err != nil {
		return o, err
	}
	o.Body, err = fields.Body(contact.IdempotencyID)
	return o, err
}

// digests are what is kept of a contact's fields: enough to see that one has
// changed, and nothing that could be read.
func digests(fields resource.ContactFields) map[string]string {
	out := map[string]string{}
	for name, value := range fields {
		out[name], _ = hashOf(value)
	}
	return out
}

// personOf is who buys. Addresses that the customer has not are the order's.
func personOf(d *canonical.Document, known *canonical.Customer) canonical.Contact {
	person := d.Customer
	if known != nil && !known.Deleted {
		person = known.Contact
	}
	billing, shipping := addressesOf(person.Addresses)
	person.Addresses = append([]canonical.Address(nil), person.Addresses...)
	if billing == nil && d.BillingAddress != nil {
		a := *d.BillingAddress
		a.Kind = "billing"
		person.Addresses = append(person.Addresses, a)
		person.Company, person.Phone = or(person.Company, a.Company), or(person.Phone, a.Telephone)
	}
	if shipping == nil && d.ShippingAddress != nil {
		a := *d.ShippingAddress
		a.Kind = "shipping"
		person.Addresses = append(person.Addresses, a)
	}
	return person
}

// refusals counts how often Sage has refused a field.
func refusals(history []store.Operation, field string) (n int) {
	for _, o := range history {
		if o.State == store.Refused && strings.Contains(o.SourceField, field) {
			n++
		}
	}
	return n
}

// withoutRefusedTaxNumber moves a VAT number that Sage has refused into the notes:
// a typo of a buyer must not keep an invoice out of the books.
func withoutRefusedTaxNumber(contact *resource.NewContact, history []store.Operation) {
	number, err := json.Marshal(contact.TaxNumber)
	if err != nil || contact.TaxNumber == "" {
		return
	}
	for _, o := range history {
		if o.State == store.Refused && strings.Contains(o.SourceField, "tax_number") && bytes.Contains(o.Body, append([]byte(`"tax_number":`), number...)) {
			contact.Notes = fmt.Sprintf("VAT number given in the shop, refused by Sage: %s", contact.TaxNumber)
			contact.TaxNumber = ""
			return
		}
	}
}
