package simulator

import (
	"net/http"
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
				(search == "" || holds(search, contact.Name, contact.Reference, contact.Person.Email))
		}
	},
}

// holds is Sage's search: a case-insensitive part of any of the texts.
func holds(search string, texts ...string) bool {
	for _, text := range texts {
		if strings.Contains(strings.ToLower(text), search) {
			return true
		}
	}
	return false
}

func createContact(c *call) (int, any, error) {
	var r books.ContactRequest
	if err := c.read(&r); err != nil {
		return 0, nil, err
	}
	contact, err := c.books.CreateContact(r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, wire.Contact(contact, c.books.Base), nil
}

func getContact(c *call) (int, any, error) {
	contact, ok := c.books.Contacts.Get(c.id)
	if !ok {
		return 0, nil, books.Missing("")
	}
	return http.StatusOK, wire.Contact(contact, c.books.Base), nil
}

func changeContact(c *call) (int, any, error) {
	contact, ok := c.books.Contacts.Get(c.id)
	if !ok {
		return 0, nil, books.Missing("")
	}
	r := contact.Draft()
	if err := c.read(&r); err != nil {
		return 0, nil, err
	}
	if err := c.books.ChangeContact(contact, r); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, wire.Contact(contact, c.books.Base), nil
}

func deleteContact(c *call) (int, any, error) {
	contact, ok := c.books.Contacts.Get(c.id)
	if !ok {
		return 0, nil, books.Missing("")
	}
	return http.StatusNoContent, nil, c.books.DeleteContact(contact)
}
