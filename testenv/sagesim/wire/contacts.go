package wire

import (
	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
)

// named is a reference to an entry of one of Sage's fixed lists.
func named(resource string, list []chart.Named, id string) any {
	n, ok := chart.Find(list, id)
	if !ok {
		return nil
	}
	return Ref(resource, n.ID, n.Name)
}

// Account is a reference to a ledger account.
func Account(id string) any {
	a, ok := chart.FindAccount(id)
	if !ok {
		return nil
	}
	return Ref("ledger_accounts", a.ID, a.Title())
}

// Rate is a reference to a tax rate.
func Rate(r chart.TaxRate) any { return Ref("tax_rates", r.ID, r.Name) }

// Currency is a reference to a currency.
func Currency(id string) any {
	c, ok := chart.FindCurrency(id)
	if !ok {
		return nil
	}
	return Ref("currencies", c.ID, c.Name)
}

// record are the fields that everything has.
func record(resource, title string, r books.Record) Object {
	return Object{
		"id": r.ID, "displayed_as": title, "$path": "/" + resource + "/" + r.ID,
		"created_at": Time(r.Created), "updated_at": Time(r.Updated), "deleted_at": moment(r.Deleted),
		"links": []Object{},
	}
}

// Contact is the full form of a contact.
func Contact(c *books.Contact, base string) Object {
	o := record("contacts", c.Title(), c.Record)
	o["name"], o["reference"] = c.Name, text(c.Reference)
	o["contact_types"] = []any{named("contact_types", chart.ContactTypes, c.Types[0])}
	o["email"], o["main_contact_person"] = text(c.Person.Email), person(c.Person)
	o["main_address"], o["delivery_address"] = contactAddress(c.Main, true), contactAddress(c.Delivery, false)
	o["currency"] = Currency(c.Currency(base))
	o["tax_number"], o["notes"], o["locale"] = text(c.TaxNumber), text(c.Notes), text(c.Locale)
	o["credit_days"], o["credit_terms"] = c.CreditDays, text(c.CreditTerms)
	o["source_guid"] = text(c.SourceGUID)
	o["default_sales_ledger_account"] = Account(c.ContactRequest.Account)
	rate, _ := chart.FindTaxRate(c.TaxRate)
	o["default_sales_tax_rate"] = Rate(rate)
	o["balance"], o["deletable"] = c.Balance, c.Deletable()
	o["gdpr_obfuscated"], o["system"], o["is_active"] = false, false, true
	return o
}

func address(a books.Address) Object {
	title := a.Name
	if title == "" {
		title = "Main Address"
	}
	return Object{
		"id": a.ID, "displayed_as": title, "$path": "/addresses/" + a.ID,
		"address_line_1": a.Line1, "address_line_2": a.Line2, "city": a.City, "postal_code": a.PostalCode,
		"region": a.Region, "country": named("countries", chart.Countries, a.Country),
		"address_type": named("address_types", chart.AddressTypes, a.Type), "country_group": nil,
	}
}

func contactAddress(a books.Address, main bool) any {
	if a.Blank() {
		return nil
	}
	o := address(a)
	o["name"], o["is_main_address"] = a.Name, main
	return o
}

func person(p books.Person) any {
	if p.Blank() {
		return nil
	}
	return personFieldsOf(p, true)
}

func personFieldsOf(p books.Person, main bool) Object {
	types := []any{}
	for _, id := range p.Types {
		types = append(types, named("contact_person_types", chart.AddressTypes, id))
	}
	return Object{
		"id": p.ID, "displayed_as": p.Name, "$path": "/contact_persons/" + p.ID, "contact_person_types": types,
		"name": p.Name, "job_title": p.JobTitle, "telephone": p.Telephone, "mobile": p.Mobile,
		"email": p.Email, "fax": p.Fax, "is_main_contact": main, "is_preferred_contact": false,
	}
}

// ContactAddress is the full form of an address under /addresses.
func ContactAddress(a *books.ContactAddress, contact *books.Contact) Object {
	o := record("addresses", a.Name, a.Record)
	shown := a.Address
	shown.ID = a.Record.ID
	for name, value := range address(shown) {
		o[name] = value
	}
	o["displayed_as"], o["name"], o["is_main_address"] = a.Name, a.Name, a.Main
	o["contact"], o["bank_account"] = Ref("contacts", contact.ID, contact.Title()), nil
	return o
}

// ContactPerson is the full form of a contact person; address is the one that it is reached at.
func ContactPerson(p *books.ContactPerson, address *books.ContactAddress) Object {
	o := record("contact_persons", p.Name, p.Record)
	shown := p.Person
	shown.ID = p.Record.ID
	for name, value := range personFieldsOf(shown, p.Main) {
		o[name] = value
	}
	o["is_preferred_contact"], o["address"] = p.Preferred, nil
	if address != nil {
		o["address"] = Ref("addresses", address.ID, address.Name)
	}
	return o
}
