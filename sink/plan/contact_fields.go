package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// Lengths of fields in Sage, in characters.
const (
	nameLength       = 100
	addressLength    = 50 // of a line, a city, a region; of a person's name and telephone too
	postalCodeLength = 10
	emailLength      = 100
	taxNumberLength  = 255
)

// contactOf is the contact of a document: the buyer's, or the one of all buyers without
// an e-mail address.
func contactOf(k contactKey, buyer canonical.Contact, p policy.Policy, history work.History) resource.NewContact {
	if k.Entity == fallbackEntity {
		return fallbackContact(p)
	}
	return newContact(buyer, p, history)
}

// newContact is a person or company as Sage is sent it. history has what Sage has
// refused of the contact.
func newContact(c canonical.Contact, p policy.Policy, history work.History) resource.NewContact {
	billing, shipping := addressesOf(c.Addresses)
	name, person := names(c, p)
	out := resource.NewContact{
		Name: resource.Sanitize(name, nameLength), ContactTypeIDs: []string{"CUSTOMER"}, TaxNumber: resource.Whole(c.VATNumber, taxNumberLength),
		Notes: unfit(c, name),
		MainContactPerson: &resource.NewPerson{
			Name: personName(cmp.Or(person, name)), ContactPersonTypeIDs: []string{"ACCOUNTS"},
			Telephone: resource.Whole(c.Phone, addressLength), Email: resource.Email(c.Email, emailLength),
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
	withoutRefusedTaxNumber(&out, history)
	return out
}

// withoutRefusedTaxNumber moves a VAT number that Sage has refused into the notes: a
// typo of a buyer must not keep an invoice out of the books.
func withoutRefusedTaxNumber(contact *resource.NewContact, history work.History) {
	for _, o := range history {
		if o.State == work.Refused && strings.Contains(o.SourceField, "tax_number") && resource.SentTaxNumber(o.Body, contact.TaxNumber) {
			contact.Notes = strings.TrimSpace(fmt.Sprintf("VAT number given in the shop, refused by Sage: %s\n%s", contact.TaxNumber, contact.Notes))
			contact.TaxNumber = ""
			return
		}
	}
}

// fallbackContact is the contact of buyers without an e-mail address. It has no address:
// the documents have theirs.
func fallbackContact(p policy.Policy) resource.NewContact {
	name := resource.Sanitize(p.B2C.FallbackContactName, nameLength)
	return resource.NewContact{
		Name: name, ContactTypeIDs: []string{"CUSTOMER"},
		MainContactPerson: &resource.NewPerson{
			Name: resource.Truncate(name, addressLength), ContactPersonTypeIDs: []string{"ACCOUNTS"}, Email: resource.Email(p.B2C.FallbackContactEmail, emailLength),
		},
	}
}

// names are the contact's and its person's, in full. A contact without any name is named by
// its e-mail address.
func names(c canonical.Contact, p policy.Policy) (contact, person string) {
	whole := func(s string) string { return resource.Sanitize(s, len(s)) }
	person, company := whole(strings.Join([]string{c.Prefix, c.FirstName, c.MiddleName, c.LastName, c.Suffix}, " ")), whole(c.Company)
	if p.PersonFirst() {
		return cmp.Or(person, company, resource.Email(c.Email, nameLength), "Unknown"), person
	}
	return cmp.Or(company, person, resource.Email(c.Email, nameLength), "Unknown"), person
}

// personName is a name of a person as it fits. An address that does not is not a name.
func personName(name string) string {
	if strings.Contains(name, "@") {
		return cmp.Or(resource.Whole(name, addressLength), "Unknown")
	}
	return resource.Sanitize(name, addressLength)
}

// notesLength keeps what a buyer typed from filling the notes of a contact.
const notesLength = 500

// unfit notes in full what is too long for its field: a name is cut there, a telephone
// number is left out.
func unfit(c canonical.Contact, name string) string {
	var all []string
	if len([]rune(name)) > nameLength {
		all = append(all, "Name in the shop: "+resource.Sanitize(name, notesLength))
	}
	if c.Phone != "" && resource.Whole(c.Phone, addressLength) == "" {
		all = append(all, "Telephone in the shop: "+resource.Sanitize(c.Phone, notesLength))
	}
	return strings.Join(all, "\n")
}

func addressesOf(all []canonical.Address) (billing, shipping *canonical.Address) {
	for i := range all {
		switch {
		case !anyAddress(&all[i]):
		case all[i].Kind == "billing" && billing == nil:
			billing = &all[i]
		case all[i].Kind == "shipping" && shipping == nil:
			shipping = &all[i]
		}
	}
	return billing, shipping
}

func addressOf(a canonical.Address, kind string) *resource.Address {
	return addressWith(a, a.Street, kind)
}

// addressWith is an address with other lines than its street. A postal code that does not
// fit its field stands behind the city: cut, it would be another place's.
func addressWith(a canonical.Address, lines []string, kind string) *resource.Address {
	line1, line2 := resource.Flow(lines, addressLength)
	postcode := resource.Whole(a.Postcode, postalCodeLength)
	if postcode == "" && a.Postcode != "" {
		a.City += " " + a.Postcode
	}
	return &resource.Address{
		Line1: line1, Line2: line2, City: resource.Sanitize(a.City, addressLength), Region: resource.Sanitize(a.Region, addressLength),
		PostalCode: postcode, CountryID: a.CountryID, AddressTypeID: kind,
	}
}

// documentAddresses are both addresses of a document: left out, Sage would copy one
// into the other. A document's address has no name of its own, so the name of a
// recipient who is not the buyer goes into the first line.
func documentAddresses(d *canonical.Document) (main, delivery *resource.Address) {
	bill, ship := d.BillingAddress, d.ShippingAddress
	if !anyAddress(bill) {
		bill = ship
	}
	if !anyAddress(bill) {
		return nil, nil
	}
	if !anyAddress(ship) {
		ship = bill
	}
	main, delivery = addressOf(*bill, "ACCOUNTS"), addressOf(*ship, "DELIVERY")
	if to := recipient(*ship); to != "" && to != recipient(*bill) {
		delivery = addressWith(*ship, slices.Concat([]string{to}, ship.Street), "DELIVERY")
	}
	return main, delivery
}

func recipient(a canonical.Address) string {
	return resource.Sanitize(cmp.Or(a.Company, a.FirstName+" "+a.LastName), addressLength)
}
