package plan

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// Sage refuses an invoice without an address whose contact has none.
func TestAnInvoiceWithoutAnyAddressIsParkedBeforeTheCall(t *testing.T) {
	leeds, blank := &canonical.Address{Kind: "billing", City: "Leeds"}, &canonical.Address{Kind: "billing", FirstName: "Ada"}
	withAddress := ada
	withAddress.Addresses = []canonical.Address{*leeds}
	gone := customerOf(withAddress)
	gone.Deleted = true
	contact := func(digests string) *work.Xref {
		return &work.Xref{Type: work.XrefContact, Entity: "customer:5", Currency: "GBP", SageID: "contact-5", SentDigests: json.RawMessage(digests)}
	}
	const missing = "parked address_missing customer:5"
	for name, c := range map[string]struct {
		bill, ship *canonical.Address
		contact    *work.Xref
		customer   *canonical.Customer
		want       string
	}{
		"its own":                              {leeds, nil, nil, nil, "waiting waiting_for_contact customer:5 +create_contact"},
		"that of its goods":                    {nil, leeds, contact(`{}`), nil, "planned +create_invoice"},
		"that of its contact in Sage":          {nil, nil, contact(`{"main_address":"x"}`), nil, "planned +create_invoice"},
		"that of the customer":                 {nil, nil, nil, customerOf(withAddress), "waiting waiting_for_contact customer:5 +create_contact"},
		"none anywhere":                        {nil, nil, nil, nil, missing},
		"none of a contact in Sage":            {nil, nil, contact(`{"name":"x"}`), nil, missing},
		"none yet of a contact in Sage":        {nil, nil, contact(`{"name":"x"}`), customerOf(withAddress), missing},
		"one that says no place, and another":  {blank, blank, contact(`{"main_address":"x"}`), nil, "planned +create_invoice"},
		"one that says no place":               {blank, blank, nil, nil, missing},
		"that of a customer who was deleted":   {nil, nil, nil, gone, missing},
		"none of a customer who is known well": {nil, nil, nil, customerOf(ada), missing},
	} {
		t.Run(name, func(t *testing.T) {
			i := invoiceOf(1, ada)
			i.BillingAddress, i.ShippingAddress = c.bill, c.ship
			q := ask(i)
			q.InSage.Contact, q.InSage.Customer = c.contact, c.customer
			v := q.answer(t)
			if told(v) != c.want || c.want == missing && !strings.Contains(v.Item.Hint, "address") {
				t.Errorf("%q, %q; want %q", told(v), v.Item.Hint, c.want)
			}
			if !anyAddress(c.bill, c.ship) && len(v.Operations) == 1 && v.Operations[0].Kind == work.CreateInvoice && strings.Contains(string(v.Operations[0].Body), "main_address") {
				t.Errorf("sent %s, want the address left to the contact", v.Operations[0].Body)
			}
		})
	}
}

func TestABuyerWithoutAnEMailAddressHasNoAddressInSage(t *testing.T) {
	i := invoiceOf(1, canonical.Contact{Addresses: []canonical.Address{{Kind: "billing", City: "Leeds"}}})
	i.BillingAddress, i.ShippingAddress = nil, nil
	if v := ask(i).answer(t); told(v) != "parked address_missing fallback" {
		t.Errorf("%q, want it parked: the contact of all such buyers has no address", told(v))
	}
}

func TestACreditNoteNeedsNoAddress(t *testing.T) {
	m := creditOf(2, invoiceOf(1, ada))
	m.BillingAddress, m.ShippingAddress, m.Invoices = nil, nil, nil
	if v := ask(m).withContact().answer(t); told(v) != "planned +create_credit_note" {
		t.Errorf("%q, want it planned", told(v))
	}
}

// A blank address that Magento keeps is none, for contacts too.
func TestABlankAddressIsNotSent(t *testing.T) {
	i := invoiceOf(1, ada)
	i.BillingAddress = &canonical.Address{Kind: "billing", FirstName: "Ada"}
	i.ShippingAddress = &canonical.Address{Kind: "shipping", City: "York"}
	main, delivery := documentAddresses(&i.Document)
	if main == nil || main.City != "York" || delivery.City != "York" {
		t.Errorf("%+v and %+v, want York for both", main, delivery)
	}
	i.BillingAddress, i.ShippingAddress = i.ShippingAddress, i.BillingAddress
	if _, delivery = documentAddresses(&i.Document); delivery == nil || delivery.City != "York" {
		t.Errorf("delivered to %+v, want York", delivery)
	}
	buyer := buyerOf(&i.Document, contactInSage{})
	if len(buyer.Addresses) != 1 || buyer.Addresses[0].City != "York" {
		t.Errorf("the contact gets %+v, want York alone", buyer.Addresses)
	}
	known := customerOf(ada)
	known.Addresses = []canonical.Address{{Kind: "billing"}, {Kind: "billing", City: "Leeds"}}
	if billing, _ := addressesOf(known.Addresses); billing == nil || billing.City != "Leeds" {
		t.Errorf("the customer's address is %+v, want the one that says a place", billing)
	}
}
