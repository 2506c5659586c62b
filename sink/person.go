package sink

import (
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// Lengths of fields in Sage, in characters.
const (
	nameLength       = 100
	addressLength    = 50
	postalCodeLength = 10
	emailLength      = 100
)

// newContact is how a person or company stands in Sage.
func newContact(c canonical.Contact, p Policy) resource.NewContact {
	billing, shipping := addressesOf(c.Addresses)
	name, person := names(c, p)
	out := resource.NewContact{
		Name: name, ContactTypeIDs: []string{"CUSTOMER"}, TaxNumber: plain(c.VATNumber, 255),
		MainContactPerson: &resource.NewPerson{
			Name: plain(or(person, name), addressLength), ContactPersonTypeIDs: []string{"ACCOUNTS"},
			Telephone: plain(c.Phone, addressLength), Email: cut(strings.TrimSpace(c.Email), emailLength),
		},
	}
	if billing == nil {
		billing = shipping
	}
	if billing != nil {
		out.MainAddress = addressOf(*billing, "ACCOUNTS")
	}
	if shipping != nil {
		out.DeliveryAddress = addressOf(*shipping, "DELIVERY")
	}
	return out
}

// fallbackContact is who buys when nobody is named; it has no address, the
// documents have theirs.
func fallbackContact(p Policy) resource.NewContact {
	name := plain(p.B2C.FallbackContactName, nameLength)
	return resource.NewContact{
		Name: name, ContactTypeIDs: []string{"CUSTOMER"},
		MainContactPerson: &resource.NewPerson{
			Name: cut(name, addressLength), ContactPersonTypeIDs: []string{"ACCOUNTS"}, Email: cut(p.B2C.FallbackContactEmail, emailLength),
		},
	}
}

// names are the contact's and its person's. A contact without any name has its
// e-mail address for one.
func names(c canonical.Contact, p Policy) (contact, person string) {
	person = plain(strings.Join([]string{c.Prefix, c.FirstName, c.MiddleName, c.LastName, c.Suffix}, " "), nameLength)
	company := plain(c.Company, nameLength)
	if p.CustomerNamePriority == "Person" {
		return or(person, company, cut(c.Email, nameLength), "Unknown"), person
	}
	return or(company, person, cut(c.Email, nameLength), "Unknown"), person
}

func addressesOf(all []canonical.Address) (billing, shipping *canonical.Address) {
	for i := range all {
		switch {
		case all[i].Kind == "billing" && billing == nil:
			billing = &all[i]
		case all[i].Kind == "shipping" && shipping == nil:
			shipping = &all[i]
		}
	}
	return billing, shipping
}

func addressOf(a canonical.Address, kind string) *resource.Address {
	line1, line2 := streetLines(a.Street)
	return &resource.Address{
		Line1: line1, Line2: line2, City: plain(a.City, addressLength), Region: plain(a.Region, addressLength),
		PostalCode: plain(a.Postcode, postalCodeLength), CountryID: a.CountryID, AddressTypeID: kind,
	}
}

// streetLines has two lines for what Magento keeps in up to four.
func streetLines(street []string) (first, rest string) {
	if len(street) == 0 {
		return "", ""
	}
	return plain(street[0], addressLength), plain(strings.Join(street[1:], ", "), addressLength)
}

// documentAddresses are both addresses of a document: left out, Sage would make
// one of the other. A document's address has no name of its own, so a recipient
// who is not the buyer stands in the first line.
func documentAddresses(d *canonical.Document) (main, delivery *resource.Address) {
	bill, ship := d.BillingAddress, d.ShippingAddress
	if bill == nil {
		bill = ship
	}
	if bill == nil {
		return nil, nil
	}
	if ship == nil {
		ship = bill
	}
	main, delivery = addressOf(*bill, "ACCOUNTS"), addressOf(*ship, "DELIVERY")
	if to := recipient(*ship); to != "" && to != recipient(*bill) {
		delivery.Line1, delivery.Line2 = cut(to, addressLength), plain(strings.Join(ship.Street, ", "), addressLength)
	}
	return main, delivery
}

func recipient(a canonical.Address) string {
	return plain(or(a.Company, a.FirstName+" "+a.LastName), addressLength)
}

// notes of a document: the buyer's own number, and for a credit note what it is
// for.
func notes(d *canonical.Document, credited string) string {
	var all []string
	if d.PONumber != "" {
		all = append(all, "Purchase Order: "+plain(d.PONumber, 200))
	}
	if credited != "" {
		all = append(all, fmt.Sprintf("Credit for invoice %s", plain(credited, 50)))
	}
	return strings.Join(all, "\n")
}
