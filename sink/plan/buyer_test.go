package plan

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// boughtFrom is an invoice of ada's with another billing address than usual.
func boughtFrom(order uint64, city, company string) *canonical.Invoice {
	i := paid(invoiceOf(order, ada))
	billing := *i.BillingAddress
	billing.City, billing.Company, billing.Telephone = city, company, "0113 496 0000"
	i.BillingAddress = &billing
	return i
}

// madeOf is ada's contact in Sage as it was made.
func madeOf(t *testing.T, c canonical.Contact) work.Xref {
	t.Helper()
	contact := newContact(c, testPolicy(), nil)
	fields, err := contact.Fields()
	if err != nil {
		t.Fatal(err)
	}
	digests, err := fieldDigests(fields)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := json.Marshal(digests)
	if err != nil {
		t.Fatal(err)
	}
	return work.Xref{Type: work.XrefContact, Entity: "customer:5", Currency: "GBP", SageID: "contact-5", SentDigests: sent}
}

func withDefault(c canonical.Contact) *canonical.Customer {
	c.Addresses = []canonical.Address{{Kind: "shipping", City: "Hull"}}
	return customerOf(c)
}

func departed(c *canonical.Customer) *canonical.Customer {
	c.Deleted = true
	return c
}

func TestAContactHasTheAddressesOfTheNewestOrderWhereTheShopHasNoDefault(t *testing.T) {
	old, recent := boughtFrom(1, "Ripon", "Old Ltd"), boughtFrom(2, "Selby", "New Ltd")
	for name, c := range map[string]struct {
		customer *canonical.Customer
		newest   canonical.Entity
		want     []string
	}{
		"of the newest":                      {customerOf(ada), recent, []string{`"name":"New Ltd"`, `"city":"Selby"`, `"telephone":"0113 496 0000"`}},
		"of a credit memo of the newest":     {customerOf(ada), creditMemoOf(recent), []string{`"name":"New Ltd"`, `"city":"Selby"`}},
		"of its own where nothing is newer":  {customerOf(ada), nil, []string{`"name":"Old Ltd"`, `"city":"Ripon"`}},
		"the shop's default, and the rest":   {withDefault(ada), recent, []string{`"name":"Old Ltd"`, `"city":"Ripon"`, `"city":"Hull"`}},
		"its own of a customer that is gone": {departed(customerOf(ada)), recent, []string{`"name":"Old Ltd"`, `"city":"Ripon"`}},
	} {
		t.Run(name, func(t *testing.T) {
			q := ask(old)
			q.InSage.Customer, q.InSage.Newest = c.customer, c.newest
			v := q.answer(t)
			if len(v.Operations) != 1 || v.PlanToo != "" {
				t.Fatalf("%q and plans %q, want the contact alone", told(v), v.PlanToo)
			}
			for _, want := range c.want {
				if !strings.Contains(string(v.Operations[0].Body), want) {
					t.Errorf("%s lacks %s", v.Operations[0].Body, want)
				}
			}
		})
	}
}

func creditMemoOf(i *canonical.Invoice) *canonical.CreditMemo {
	m := creditOf(9, i)
	m.BillingAddress = i.BillingAddress
	return m
}

func TestACustomersContactFollowsTheNewestOrder(t *testing.T) {
	old, recent := boughtFrom(1, "Ripon", "Old Ltd"), boughtFrom(2, "Selby", "New Ltd")
	was := madeOf(t, completed(ada, &old.Document))
	for name, c := range map[string]struct {
		customer *canonical.Customer
		newest   canonical.Entity
		want     string // in the change's body; "" is no change
	}{
		"another address":                     {customerOf(ada), recent, `"city":"Selby"`},
		"the company as well":                 {customerOf(ada), recent, `"name":"New Ltd"`},
		"the same as before":                  {customerOf(ada), old, ""},
		"the shop's default from now on":      {withDefault(ada), recent, `"city":"Hull"`},
		"a name that comes from the document": {customerOf(ada), boughtFrom(3, "Ripon", ""), `"name":"Ada Example"`},
	} {
		t.Run(name, func(t *testing.T) {
			q := ask(c.customer)
			q.InSage.Contacts, q.InSage.Newest = []work.Xref{was}, c.newest
			v := q.answer(t)
			switch {
			case c.want == "" && len(v.Operations) != 0:
				t.Errorf("%q changes %s, want nothing", told(v), v.Operations[0].Body)
			case c.want != "" && (len(v.Operations) != 1 || !strings.Contains(string(v.Operations[0].Body), c.want)):
				t.Errorf("%q %+v, want a change with %s", told(v), v.Operations, c.want)
			}
		})
	}
}

// The customer's version is the same, so the order has to tell two changes apart.
func TestChangesToTheAddressesOfTwoOrdersGoUnderTwoIDs(t *testing.T) {
	ids := map[string]bool{}
	for _, newest := range []canonical.Entity{boughtFrom(2, "Selby", "New Ltd"), boughtFrom(3, "Hull", "New Ltd")} {
		q := ask(customerOf(ada))
		q.InSage.Contacts, q.InSage.Newest = []work.Xref{madeOf(t, ada)}, newest
		v := q.answer(t)
		if len(v.Operations) != 1 {
			t.Fatalf("%q, want a change", told(v))
		}
		ids[v.Operations[0].IdempotencyID] = true
	}
	if len(ids) != 2 {
		t.Error("both go under one id: Sage would make the first only")
	}
}

func TestADocumentOfTheNewestOrderPlansTheCustomerToo(t *testing.T) {
	for name, c := range map[string]struct {
		sold     canonical.Entity
		customer *canonical.Customer
		want     canonical.ID
	}{
		"of the newest order":            {boughtFrom(2, "Selby", ""), customerOf(ada), "customer:5"},
		"its credit memo":                {alone(creditMemoOf(boughtFrom(2, "Selby", ""))), customerOf(ada), "customer:5"},
		"of an older order":              {boughtFrom(1, "Selby", ""), customerOf(ada), ""},
		"of a customer with a default":   {boughtFrom(2, "Selby", ""), withDefault(ada), ""},
		"of a customer that is not read": {boughtFrom(2, "Selby", ""), nil, ""},
		"of a customer that is gone":     {boughtFrom(2, "Selby", ""), departed(customerOf(ada)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			q := ask(c.sold).withContact()
			q.InSage.Customer, q.InSage.Newest = c.customer, boughtFrom(2, "Selby", "")
			if v := q.answer(t); len(v.Operations) != 1 || v.PlanToo != c.want {
				t.Errorf("%q plans %q too, want %q", told(v), v.PlanToo, c.want)
			}
		})
	}
}

// alone is a memo whose order has no invoices.
func alone(m *canonical.CreditMemo) *canonical.CreditMemo {
	m.Invoices = nil
	return m
}

// An invoice without an address is posted to a contact that gets one of another order.
func TestAnAddressOfTheNewestOrderIsEnoughForAnInvoiceWithoutOne(t *testing.T) {
	i := paid(invoiceOf(1, ada))
	i.BillingAddress, i.ShippingAddress = nil, nil
	q := ask(i)
	q.InSage.Customer, q.InSage.Newest = customerOf(ada), boughtFrom(2, "Selby", "")
	if v := q.answer(t); told(v) != "waiting waiting_for_contact customer:5 +create_contact" {
		t.Errorf("%q, want the contact made", told(v))
	}
}
