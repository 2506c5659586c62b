package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// buyerOf is the contact that a document is sold to. A customer without default addresses
// has those of the newest order; what is missing then is the document's.
func buyerOf(d *canonical.Document, in contactInSage) canonical.Contact {
	if in.customer == nil || in.customer.Deleted {
		return completed(d.Customer.Contact, d)
	}
	return completed(profileOf(in.customer, in.newest), d)
}

// profileOf is a customer as a contact shows it. newest is what readNewest has found: where
// it is not nil, addresses, company and telephone are those of that order.
func profileOf(c *canonical.Customer, newest *canonical.Document) canonical.Contact {
	if newest == nil {
		return c.Contact
	}
	return completed(c.Contact, newest)
}

// completed is a contact with the addresses of a document for those that it has not.
func completed(c canonical.Contact, d *canonical.Document) canonical.Contact {
	billing, shipping := addressesOf(c.Addresses)
	c.Addresses = slices.Clone(c.Addresses)
	if billing == nil && anyAddress(d.BillingAddress) {
		a := *d.BillingAddress
		a.Kind = "billing"
		c.Addresses = append(c.Addresses, a)
		c.Company, c.Phone = cmp.Or(c.Company, a.Company), cmp.Or(c.Phone, a.Telephone)
	}
	if shipping == nil && anyAddress(d.ShippingAddress) {
		a := *d.ShippingAddress
		a.Kind = "shipping"
		c.Addresses = append(c.Addresses, a)
	}
	return c
}

func hasDefaultAddress(c *canonical.Customer) bool {
	billing, shipping := addressesOf(c.Addresses)
	return anyAddress(billing, shipping)
}

// readNewest reads a document of a customer's newest order, unless the customer is deleted
// or has a default address and needs none.
func readNewest(c *canonical.Customer, s InSage) (*canonical.Document, error) {
	if c.Deleted || hasDefaultAddress(c) {
		return nil, nil
	}
	id, body, err := s.NewestDocument(c.MagentoEntityID)
	if err != nil || body == nil {
		return nil, err
	}
	return readDocument(id, body)
}

// readDocument reads an invoice or a credit memo as far as they are alike.
func readDocument(id canonical.ID, body []byte) (*canonical.Document, error) {
	entity, err := decode(id.Kind(), body)
	if err != nil {
		return nil, err
	}
	switch e := entity.(type) {
	case *canonical.Invoice:
		return &e.Document, nil
	case *canonical.CreditMemo:
		return &e.Document, nil
	}
	return nil, fmt.Errorf("%s is no document", id)
}
