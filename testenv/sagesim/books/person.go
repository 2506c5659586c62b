package books

import (
	"slices"

	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
)

// A Person is the main contact person; the e-mail lives here.
type Person struct {
	ID        string   `json:"-"`
	Name      string   `json:"name"`
	Types     []string `json:"contact_person_type_ids"`
	JobTitle  string   `json:"job_title"`
	Telephone string   `json:"telephone"`
	Mobile    string   `json:"mobile"`
	Email     string   `json:"email"`
	Fax       string   `json:"fax"`
}

// Blank says whether nobody is named.
func (p Person) Blank() bool { return p.Name == "" && p.Email == "" }

// A PersonRequest is a contact person as a client writes it under /contact_persons.
type PersonRequest struct {
	Person
	AddressID string `json:"address_id"`
	Main      bool   `json:"is_main_contact"`
	Preferred bool   `json:"is_preferred_contact"`
}

// A ContactPerson is somebody at one of a contact's addresses. One of them is the main
// contact person, whose e-mail is the contact's.
type ContactPerson struct {
	Record
	PersonRequest
}

// Draft returns a copy of the person's fields that a PUT may write over.
func (p *ContactPerson) Draft() PersonRequest {
	r := p.PersonRequest
	r.Types = slices.Clone(r.Types)
	return r
}

// CreatePerson adds a person at an address. The first one of a contact is the main one
// whatever it says; a new main one takes the place of the old one.
func (b *Business) CreatePerson(r PersonRequest) (*ContactPerson, error) {
	address, err := b.checkPerson(r)
	if err != nil {
		return nil, err
	}
	contact, _ := b.Contacts.Get(address.Contact)
	p := &ContactPerson{Record: b.newRecord("person", contact.ID), PersonRequest: r}
	p.Main = r.Main || contact.Person.Blank()
	b.Persons.add(p)
	b.mirrorPerson(contact, p)
	return p, nil
}

// ChangePerson replaces the fields of a person.
func (b *Business) ChangePerson(p *ContactPerson, r PersonRequest) error {
	address, err := b.checkPerson(r)
	switch {
	case err != nil && r.AddressID != p.AddressID:
		return err
	case err == nil && address.Contact != p.Contact:
		return Invalid("address_id", "The address belongs to another contact.")
	case p.Main && !r.Main:
		return Invalid("is_main_contact", "Make another person the main contact instead.")
	}
	p.PersonRequest, p.Updated = r, b.Clock()
	contact, _ := b.Contacts.Get(p.Contact)
	b.mirrorPerson(contact, p)
	return nil
}

// DeletePerson removes a person; the main one goes last.
func (b *Business) DeletePerson(p *ContactPerson) error {
	contact, _ := b.Contacts.Get(p.Contact)
	for _, other := range b.Persons.Of(p.Contact) {
		if p.Main && other != p && !other.Gone() {
			return Invalid("base", "You cannot delete the main contact.")
		}
	}
	if p.Main {
		contact.Person = Person{}
	}
	p.Deleted = b.Clock()
	p.Updated = p.Deleted
	return nil
}

func (b *Business) checkPerson(r PersonRequest) (*ContactAddress, error) {
	for _, kind := range r.Types {
		if _, ok := chart.Find(chart.AddressTypes, kind); !ok {
			return nil, Missing("contact_person_type_ids")
		}
	}
	address, ok := b.Addresses.Get(r.AddressID)
	if !ok {
		return nil, Missing("address_id")
	}
	return address, nil
}

// mirrorPerson shows the main contact person on its contact.
func (b *Business) mirrorPerson(contact *Contact, p *ContactPerson) {
	if p.Main {
		for _, other := range b.Persons.Of(contact.ID) {
			other.Main = other == p
		}
		contact.Person = p.Person
		contact.Person.ID = p.Record.ID
	}
	contact.Updated = p.Updated
}

func (b *Business) shelvePerson(c *Contact) {
	if c.Person.Blank() {
		return
	}
	kept, ok := b.Persons.Get(c.Person.ID)
	if !ok {
		kept = &ContactPerson{Record: b.newRecord("person", c.ID)}
		c.Person.ID = kept.ID
		b.Persons.add(kept)
	}
	kept.PersonRequest = PersonRequest{Person: c.Person, AddressID: c.Main.ID, Main: true, Preferred: kept.Preferred}
	kept.Updated = c.Updated
}
