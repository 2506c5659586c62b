package books

import (
	"cmp"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
)

// A ContactRequest is a contact as a client writes it; laid over the present
// one for a PUT.
type ContactRequest struct {
	Name        string   `json:"name"`
	Types       []string `json:"contact_type_ids"`
	Reference   string   `json:"reference"`
	CurrencyID  string   `json:"currency_id"`
	TaxNumber   string   `json:"tax_number"`
	Notes       string   `json:"notes"`
	Locale      string   `json:"locale"`
	CreditDays  *int     `json:"credit_days"`
	CreditTerms string   `json:"credit_terms"`
	SourceGUID  string   `json:"source_guid"`
	Account     string   `json:"default_sales_ledger_account_id"`
	TaxRate     string   `json:"default_sales_tax_rate_id"`
	Main        Address  `json:"main_address"`
	Delivery    Address  `json:"delivery_address"`
	Person      Person   `json:"main_contact_person"`
}

// A Contact is a customer or vendor.
type Contact struct {
	Record
	ContactRequest
	Balance decimal.Number // what the contact owes, in base currency
	uses    int            // documents and payments ever made for it
}

// Title is the name with the reference in brackets.
func (c *Contact) Title() string {
	if c.Reference == "" {
		return c.Name
	}
	return c.Name + " (" + c.Reference + ")"
}

// Currency is the contact's own currency, else the base currency.
func (c *Contact) Currency(base string) string {
	if c.CurrencyID == "" {
		return base
	}
	return c.CurrencyID
}

// Deletable says whether the contact was never used.
func (c *Contact) Deletable() bool { return c.uses == 0 }

// CreateContact adds a contact.
func (b *Business) CreateContact(r ContactRequest) (*Contact, error) {
	if err := b.checkContact(nil, r); err != nil {
		return nil, err
	}
	c := &Contact{Record: b.newRecord("contact", ""), ContactRequest: r}
	b.Contacts.add(c)
	b.reserve(c)
	b.shelve(c)
	return c, nil
}

// Draft returns a copy of the contact's fields that a PUT may write over.
func (c *Contact) Draft() ContactRequest {
	r := c.ContactRequest
	r.Types, r.Person.Types = slices.Clone(r.Types), slices.Clone(r.Person.Types)
	if r.CreditDays != nil {
		days := *r.CreditDays
		r.CreditDays = &days
	}
	return r
}

// ChangeContact replaces the fields of a contact.
func (b *Business) ChangeContact(c *Contact, r ContactRequest) error {
	if err := b.checkContact(c, r); err != nil {
		return err
	}
	if !strings.EqualFold(c.Reference, r.Reference) {
		delete(b.references, strings.ToLower(c.Reference))
	}
	c.ContactRequest, c.Updated = r, b.Clock()
	b.reserve(c)
	b.shelve(c)
	return nil
}

// DeleteContact removes a contact that was never used; its reference stays
// reserved for ever.
func (b *Business) DeleteContact(c *Contact) error {
	if !c.Deletable() {
		return Invalid("base", "You cannot delete this contact because it has transactions.")
	}
	c.Deleted = b.Clock()
	c.Updated = c.Deleted
	b.unshelve(c)
	return nil
}

func (b *Business) reserve(c *Contact) {
	if c.Reference != "" {
		b.references[strings.ToLower(c.Reference)] = c
	}
}

func (b *Business) checkContact(old *Contact, r ContactRequest) error {
	if len(r.Types) != 1 {
		return Invalid("contact_type_ids", "A contact has exactly one type.")
	}
	if _, ok := chart.Find(chart.ContactTypes, r.Types[0]); !ok {
		return Missing("contact_type_ids")
	}
	if r.CurrencyID != "" {
		if _, ok := chart.FindCurrency(r.CurrencyID); !ok {
			return Missing("currency_id")
		}
	}
	if other := b.references[strings.ToLower(r.Reference)]; r.Reference != "" && other != nil && other != old {
		return Invalid("reference", "%s", cmp.Or(b.Rules.TakenMessage, "The reference has already been taken."))
	}
	if !b.Rules.FreeContactCurrency && old != nil && old.uses > 0 && r.CurrencyID != "" && r.CurrencyID != old.Currency(b.Base) {
		return Invalid("currency_id", "The currency of a contact with transactions cannot be changed.")
	}
	return b.checkContactDetails(r)
}

func (b *Business) checkContactDetails(r ContactRequest) error {
	if r.CurrencyID != "" && r.CurrencyID != b.Base && !b.Financial.MultiCurrency {
		return Invalid("currency_id", "Multi-currency is not enabled for this business.")
	}
	if r.TaxNumber != "" && !taxNumber.MatchString(r.TaxNumber) {
		return Invalid("tax_number", "The tax number is not valid.")
	}
	if r.Account != "" {
		if _, ok := chart.FindAccount(r.Account); !ok {
			return Missing("default_sales_ledger_account_id")
		}
	}
	if r.TaxRate != "" {
		if _, ok := chart.FindTaxRate(r.TaxRate); !ok {
			return Missing("default_sales_tax_rate_id")
		}
	}
	if err := b.checkAddress(r.Main, "main_address."); err != nil {
		return err
	}
	return b.checkAddress(r.Delivery, "delivery_address.")
}

// customer returns the contact that a sales document or receipt names.
func (b *Business) customer(id string) (*Contact, error) {
	c, ok := b.Contacts.Get(id)
	if !ok {
		return nil, Missing("contact_id")
	}
	if c.Types[0] != "CUSTOMER" {
		return nil, Invalid("", "Couldn't find Customer.")
	}
	return c, nil
}
