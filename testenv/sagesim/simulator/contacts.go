package simulator

import (
	"strings"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/wire"
)

var contacts = collection[*books.Contact]{
	items: func(c *call) []*books.Contact { return c.books.Contacts.All() },
	view:  func(c *call, contact *books.Contact) wire.Object { return wire.Contact(contact, c.books.Base) },
	keep: func(c *call) func(*books.Contact) bool {
		search, email := strings.ToLower(c.query.Get("search")), c.query.Get("email")
		kind := c.query.Get("contact_type_id")
		return func(contact *books.Contact) bool {
			return (kind == "" || contact.Types[0] == kind) &&
				(email == "" || strings.EqualFold(contact.Person.Email, email)) &&
				(search == "" || c.holds(search, contact.Name, contact.Reference, contact.Person.Email))
		}
	},
}

// holds is Sage's search: a part of any of the texts, in any case, or what Search says; search
// is in lower case.
func (c *call) holds(search string, texts ...string) bool {
	for _, text := range texts {
		text = strings.ToLower(text)
		switch {
		case search == "", c.server.o.Search == SearchExact && text == search,
			c.server.o.Search == SearchPrefix && strings.HasPrefix(text, search),
			c.server.o.Search == "" && strings.Contains(text, search):
			return true
		}
	}
	return false
}

var contactThings = things[*books.Contact, books.ContactRequest]{
	collection: contacts,
	shelf:      func(b *books.Business) *books.Shelf[*books.Contact] { return b.Contacts },
	draft:      (*books.Contact).Draft,
	create:     (*books.Business).CreateContact,
	change:     (*books.Business).ChangeContact,
	remove:     (*books.Business).DeleteContact,
}

var addresses = things[*books.ContactAddress, books.AddressRequest]{
	collection: collection[*books.ContactAddress]{
		items: func(c *call) []*books.ContactAddress { return c.books.Addresses.All() },
		view: func(c *call, a *books.ContactAddress) wire.Object {
			contact, _ := c.books.Contacts.Find(a.Contact)
			return wire.ContactAddress(a, contact)
		},
		keep: func(c *call) func(*books.ContactAddress) bool {
			bank := c.query.Get("bank_account_id") // no bank account here has an address
			return func(*books.ContactAddress) bool { return bank == "" }
		},
	},
	shelf:  func(b *books.Business) *books.Shelf[*books.ContactAddress] { return b.Addresses },
	draft:  func(a *books.ContactAddress) books.AddressRequest { return a.AddressRequest },
	create: (*books.Business).CreateAddress,
	change: (*books.Business).ChangeAddress,
	remove: (*books.Business).DeleteAddress,
}

var persons = things[*books.ContactPerson, books.PersonRequest]{
	collection: collection[*books.ContactPerson]{
		items: func(c *call) []*books.ContactPerson { return c.books.Persons.All() },
		view: func(c *call, p *books.ContactPerson) wire.Object {
			address, _ := c.books.Addresses.Find(p.AddressID)
			return wire.ContactPerson(p, address)
		},
		keep: func(c *call) func(*books.ContactPerson) bool {
			address := c.query.Get("address_id")
			return func(p *books.ContactPerson) bool { return address == "" || p.AddressID == address }
		},
	},
	shelf:  func(b *books.Business) *books.Shelf[*books.ContactPerson] { return b.Persons },
	draft:  (*books.ContactPerson).Draft,
	create: (*books.Business).CreatePerson,
	change: (*books.Business).ChangePerson,
	remove: (*books.Business).DeletePerson,
}
