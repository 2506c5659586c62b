package books

import (
	"slices"

	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
)

// An Address of a contact or a document.
type Address struct {
	ID         string `json:"-"`
	Line1      string `json:"address_line_1"`
	Line2      string `json:"address_line_2"`
	City       string `json:"city"`
	PostalCode string `json:"postal_code"`
	Region     string `json:"region"`
	Country    string `json:"country_id"`
	Type       string `json:"address_type_id"`
	Name       string `json:"name"`
}

// Empty says whether the address says where somebody is.
func (a Address) Empty() bool { return a.Line1 == "" && a.City == "" && a.PostalCode == "" }

// Blank says whether the address does not even have a country.
func (a Address) Blank() bool { return a.Empty() && a.Country == "" }

// An AddressRequest is an address of a contact as a client writes it under /addresses.
type AddressRequest struct {
	Address
	ContactID string `json:"contact_id"`
	Main      bool   `json:"is_main_address"`
}

// A ContactAddress is one of a contact's addresses. One of them is the main one, and
// that is the contact's main_address.
type ContactAddress struct {
	Record
	AddressRequest
}

// checkAddress checks what no shape knows; prefix is "" or "main_address.".
func (b *Business) checkAddress(a Address, prefix string) error {
	if _, ok := chart.Find(chart.Countries, a.Country); a.Country != "" && !ok {
		return Missing(prefix + "country_id")
	}
	if _, ok := chart.Find(chart.AddressTypes, a.Type); a.Type != "" && !ok {
		return Missing(prefix + "address_type_id")
	}
	if b.Rules.StrictRegions && a.Region != "" && !chart.KnownRegion(a.Country, a.Region) {
		return Invalid(prefix+"region", NotListed)
	}
	return nil
}

// CreateAddress gives a contact another address. The first one is the main one whatever
// it says; a new main one takes the place of the old one.
func (b *Business) CreateAddress(r AddressRequest) (*ContactAddress, error) {
	contact, ok := b.Contacts.Get(r.ContactID)
	if !ok {
		return nil, Missing("contact_id")
	}
	if err := b.checkAddress(r.Address, ""); err != nil {
		return nil, err
	}
	if b.Rules.OneAddress && slices.ContainsFunc(b.Addresses.Of(contact.ID), func(a *ContactAddress) bool { return !a.Gone() }) {
		return nil, Invalid("base", "A contact has one address in this edition.")
	}
	a := &ContactAddress{Record: b.newRecord("address", contact.ID), AddressRequest: r}
	a.Main = r.Main || contact.Main.Blank()
	b.Addresses.add(a)
	b.mirrorAddress(contact, a)
	return a, nil
}

// ChangeAddress replaces the fields of an address.
func (b *Business) ChangeAddress(a *ContactAddress, r AddressRequest) error {
	switch {
	case r.ContactID != a.Contact:
		return Invalid("contact_id", "The contact of an address cannot be changed.")
	case a.Main && !r.Main:
		return Invalid("is_main_address", "Make another address the main address instead.")
	}
	if err := b.checkAddress(r.Address, ""); err != nil {
		return err
	}
	a.AddressRequest, a.Updated = r, b.Clock()
	contact, _ := b.Contacts.Get(a.Contact)
	b.mirrorAddress(contact, a)
	return nil
}

// DeleteAddress removes an address that is not the main one and that nobody is reached at.
func (b *Business) DeleteAddress(a *ContactAddress) error {
	if a.Main {
		return Invalid("base", "You cannot delete the main address.")
	}
	for _, p := range b.Persons.Of(a.Contact) {
		if p.AddressID == a.ID && !p.Gone() {
			return Invalid("base", "You cannot delete an address that has contact persons.")
		}
	}
	contact, _ := b.Contacts.Get(a.Contact)
	if contact.Delivery.ID == a.ID {
		contact.Delivery = Address{}
	}
	a.Deleted = b.Clock()
	a.Updated = a.Deleted
	return nil
}

// mirrorAddress shows an address on its contact: the main one, and the delivery address.
func (b *Business) mirrorAddress(contact *Contact, a *ContactAddress) {
	shown := a.Address
	shown.ID = a.Record.ID
	if a.Main {
		for _, other := range b.Addresses.Of(contact.ID) {
			other.Main = other == a
		}
		contact.Main = shown
		if contact.Delivery.ID == a.ID {
			contact.Delivery = Address{}
		}
	} else if a.Type == "DELIVERY" && (contact.Delivery.Blank() || contact.Delivery.ID == a.ID) {
		contact.Delivery = shown
	}
	contact.Updated = a.Updated
}

// shelve shows a contact's own addresses and person under /addresses and /contact_persons.
func (b *Business) shelve(c *Contact) {
	b.shelveAddress(c, &c.Main, "Main Address", true)
	b.shelveAddress(c, &c.Delivery, "Delivery Address", false)
	b.shelvePerson(c)
}

func (b *Business) shelveAddress(c *Contact, a *Address, name string, main bool) {
	if a.Blank() {
		return
	}
	kept, ok := b.Addresses.Get(a.ID)
	if !ok {
		kept = &ContactAddress{Record: b.newRecord("address", c.ID)}
		a.ID = kept.ID
		b.Addresses.add(kept)
	}
	kept.AddressRequest, kept.Updated = AddressRequest{Address: *a, ContactID: c.ID, Main: main}, c.Updated
	if kept.Name == "" {
		kept.Name = name
	}
}

// unshelve removes what belongs to a deleted contact.
func (b *Business) unshelve(c *Contact) {
	for _, a := range b.Addresses.Of(c.ID) {
		a.Deleted, a.Updated = c.Deleted, c.Deleted
	}
	for _, p := range b.Persons.Of(c.ID) {
		p.Deleted, p.Updated = c.Deleted, c.Deleted
	}
}
