package assemble

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/testenv/fixture"
)

// invoice assembles invoice 1 of order 7.
func invoice(t *testing.T, rows ...Row) *canonical.Invoice {
	t.Helper()
	a, err := Assemble(Input{Root: "order/7", Rows: rows}, somewhere{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range a.Entities {
		if i, is := e.(*canonical.Invoice); is {
			return i
		}
	}
	t.Fatalf("%v; want an invoice", ids(a))
	return nil
}

func TestTheAddressesOfADocument(t *testing.T) {
	address := func(id int, kind string) Row {
		return row("sales_order_address", id, fmt.Sprintf(`{"entity_id":%d,"address_type":%q,"city":"City %d"}`, id, kind, id))
	}
	order := row("sales_order", 7, `{"entity_id":7}`)
	for name, c := range map[string]struct {
		rows              []Row
		columns           string
		billing, shipping string
	}{
		"are those that it names":        {[]Row{order, address(1, "billing"), address(3, "billing"), address(2, "shipping")}, `"billing_address_id":3,"shipping_address_id":2`, "City 3", "City 2"},
		"else the order's first of each": {[]Row{order, address(3, "billing"), address(1, "billing"), address(2, "shipping")}, `"state":1`, "City 1", "City 2"},
		"also where the one is gone":     {[]Row{order, address(1, "billing")}, `"billing_address_id":9`, "City 1", ""},
		"are there without the order":    {[]Row{address(1, "billing"), address(2, "shipping")}, `"state":1`, "City 1", "City 2"},
		"of a virtual order have no shipping": {
			[]Row{row("sales_order", 7, `{"entity_id":7,"is_virtual":1}`), address(1, "billing"), address(2, "shipping")}, `"state":1`, "City 1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := invoice(t, append(c.rows, row("sales_invoice", 1, `{"entity_id":1,`+c.columns+`}`))...)
			city := func(a *canonical.Address) string {
				if a == nil {
					return ""
				}
				return a.City
			}
			if city(e.BillingAddress) != c.billing || city(e.ShippingAddress) != c.shipping {
				t.Errorf("billing %q, shipping %q; want %q and %q", city(e.BillingAddress), city(e.ShippingAddress), c.billing, c.shipping)
			}
		})
	}
}

func TestTheCustomerOfADocumentIsTheOneOfItsOrder(t *testing.T) {
	billing := row("sales_order_address", 1, `{"entity_id":1,"address_type":"billing","email":"b@example.com","firstname":"Bill","vat_id":"GB1","company":"Looms","telephone":"1"}`)
	document := row("sales_invoice", 1, `{"entity_id":1}`)
	for name, c := range map[string]struct {
		order string
		want  canonical.Contact
	}{
		"a registered one has id and group": {
			`{"customer_id":5,"customer_group_id":1,"customer_email":"a@example.com","customer_firstname":"Ada","customer_taxvat":"GB5","created_at":"2026-01-01T00:00:00Z"}`,
			canonical.Contact{MagentoID: 5, GroupCode: "Trade", Email: "a@example.com", FirstName: "Ada", VATNumber: "GB5"}},
		"a guest has the order's time, and the name of the bill": {
			`{"customer_is_guest":1,"customer_id":5,"created_at":"2026-01-01T00:00:00Z"}`,
			canonical.Contact{Email: "b@example.com", FirstName: "Bill", VATNumber: "GB1", CreatedAt: "2026-01-01T00:00:00Z"}},
		"customer 0 is a guest": {
			`{"customer_id":0,"customer_email":"a@example.com","customer_lastname":"Byron"}`,
			canonical.Contact{Email: "a@example.com", LastName: "Byron", VATNumber: "GB1"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := invoice(t, row("sales_order", 7, c.order), billing, document).Customer
			if got.MagentoID != c.want.MagentoID || got.GroupCode != c.want.GroupCode || got.Email != c.want.Email || got.FirstName != c.want.FirstName ||
				got.LastName != c.want.LastName || got.VATNumber != c.want.VATNumber || got.CreatedAt != c.want.CreatedAt {
				t.Errorf("customer %+v\nwant %+v", got, c.want)
			}
			if got.Company != "Looms" || got.Phone != "1" || len(got.Addresses) != 1 {
				t.Errorf("company %q, phone %q, %d addresses; want those of the bill", got.Company, got.Phone, len(got.Addresses))
			}
		})
	}
}

func TestCurrenciesAreTheOrdersWhereTheDocumentHasNone(t *testing.T) {
	order := row("sales_order", 7, `{"order_currency_code":"EUR","base_currency_code":"GBP"}`)
	e := invoice(t, order, row("sales_invoice", 1, `{"entity_id":1}`))
	if e.Currency != "EUR" || e.BaseCurrency != "GBP" {
		t.Errorf("currencies %s and %s, want the order's", e.Currency, e.BaseCurrency)
	}
	e = invoice(t, order, row("sales_invoice", 1, `{"entity_id":1,"order_currency_code":"USD","base_currency_code":"CHF"}`))
	if e.Currency != "USD" || e.BaseCurrency != "CHF" {
		t.Errorf("currencies %s and %s, want the document's own", e.Currency, e.BaseCurrency)
	}
}

// An import may leave columns NULL that Magento fills. What comes of it follows the schemas even so.
func TestASaleWithoutCurrencyAndStateFollowsItsSchema(t *testing.T) {
	a, err := Assemble(Input{Root: "order/7", Rows: []Row{row("sales_order", 7, `{"entity_id":7}`), row("sales_order_payment", 7, `{"entity_id":7,"parent_id":7}`),
		row("sales_invoice", 1, `{"entity_id":1,"order_id":7}`), row("sales_creditmemo", 1, `{"entity_id":1,"order_id":7}`)}}, somewhere{})
	if err != nil || len(a.Entities) != 4 {
		t.Fatalf("%v, %v; want four entities", ids(a), err)
	}
	schemas := fixture.Schemas(t)
	for _, e := range a.Entities {
		head := e.Head()
		head.Schema, head.Version, head.OccurredAt = canonical.SchemaName(e.ID().Kind()), change.Version{Epoch: 1}, "2026-01-02T03:04:05Z"
		head.Source = canonical.Source{Name: "shop", Root: "order/7"}
		value, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		fixture.Validate(t, schemas[e.ID().Kind()], string(e.ID()), value)
	}
}

func TestStatesOfAnInvoice(t *testing.T) {
	for name, c := range map[string]struct {
		columns, state, captured string
	}{
		"open":                           {`"state":1`, canonical.Open, ""},
		"paid, when it was written last": {`"state":2,"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-02T00:00:00Z"`, canonical.Paid, "2026-01-02T00:00:00Z"},
		"paid, and refunded since":       {`"state":2,"base_total_refunded":"1.0000","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-02-02T00:00:00Z"`, canonical.Paid, "2026-01-01T00:00:00Z"},
		"paid, with nothing refunded":    {`"state":2,"base_total_refunded":"0.0000","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-02T00:00:00Z"`, canonical.Paid, "2026-01-02T00:00:00Z"},
		"paid at a time that is a zero":  {`"state":2,"updated_at":"0000-00-00T00:00:00Z"`, canonical.Paid, ""},
		"of a column with more digits":   {`"state":2,"updated_at":"2026-01-02T10:20:30.000000Z"`, canonical.Paid, "2026-01-02T10:20:30Z"},
		"of a column without a zone":     {`"state":2,"updated_at":"2026-01-02T10:20:30.123"`, canonical.Paid, "2026-01-02T10:20:30Z"},
		"of a column without a time":     {`"state":2,"updated_at":"2026-01-02"`, canonical.Paid, "2026-01-02"},
		"cancelled":                      {`"state":3`, canonical.Cancelled, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := invoice(t, row("sales_invoice", 1, `{"entity_id":1,`+c.columns+`}`))
			if e.State != c.state || (e.Payment != nil) != (c.state == canonical.Paid) {
				t.Fatalf("state %s, payment %+v; want %s", e.State, e.Payment, c.state)
			}
			if e.Payment != nil && e.Payment.CapturedAt != c.captured {
				t.Errorf("captured at %q, want %q", e.Payment.CapturedAt, c.captured)
			}
		})
	}
}

func TestACreditMemosAdjustments(t *testing.T) {
	for name, c := range map[string]struct{ columns, refund, fee string }{
		"both columns":                   {`"adjustment_positive":"3.0000","adjustment_negative":"1.0000","adjustment":"2.0000"`, "3", "1"},
		"an old one of more":             {`"adjustment":"2.0000"`, "2", "0"},
		"an old one of less":             {`"adjustment":"-2.0000"`, "0", "2"},
		"none":                           {`"adjustment":"0.0000"`, "0", "0"},
		"the difference is not on top":   {`"adjustment_negative":"1.0000","adjustment":"-1.0000"`, "0", "1"},
		"a fee that eats all the refund": {`"adjustment_positive":"1.0000","adjustment_negative":"1.0000"`, "1", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Assemble(Input{Root: "order/7", Rows: []Row{row("sales_creditmemo", 3, `{"entity_id":3,`+c.columns+`}`)}}, nowhere{})
			if err != nil || len(a.Entities) != 1 {
				t.Fatal(err)
			}
			refund, fee := money.Amount{}, money.Amount{}
			for _, adjustment := range a.Entities[0].(*canonical.CreditMemo).Adjustments {
				switch adjustment.Kind {
				case canonical.AdjustmentRefund:
					refund = adjustment.NetAmount
				case canonical.AdjustmentFee:
					fee = adjustment.NetAmount.Neg()
				}
			}
			if !refund.Equal(money.MustParse(c.refund)) || !fee.Equal(money.MustParse(c.fee)) {
				t.Errorf("refund %s and fee %s, want %s and %s", refund, fee, c.refund, c.fee)
			}
		})
	}
}

func TestACreditMemoKnowsTheInvoicesOfItsOrder(t *testing.T) {
	rows := []Row{
		row("sales_invoice", 20, `{"entity_id":20,"increment_id":"I20"}`),
		row("sales_invoice", 3, `{"entity_id":3,"increment_id":"I3","created_at":"2026-01-01T00:00:00Z"}`),
		row("sales_creditmemo", 1, `{"entity_id":1,"invoice_id":3,"state":2}`),
		row("sales_creditmemo", 2, `{"entity_id":2,"state":3}`),
	}
	a, err := Assemble(Input{Root: "order/7", Rows: rows}, nowhere{})
	if err != nil || len(a.Entities) != 4 {
		t.Fatal(ids(a), err)
	}
	of, fromOrder := a.Entities[2].(*canonical.CreditMemo), a.Entities[3].(*canonical.CreditMemo)
	if of.InvoiceIncrementID != "I3" || of.InvoiceID != 3 || of.InvoiceCreatedAt != "2026-01-01T00:00:00Z" || of.State != canonical.Refunded {
		t.Errorf("its invoice is %d %q of %s, state %s", of.InvoiceID, of.InvoiceIncrementID, of.InvoiceCreatedAt, of.State)
	}
	if fromOrder.InvoiceID != 0 || fromOrder.State != canonical.Cancelled {
		t.Errorf("one made from the order has invoice %d, state %s", fromOrder.InvoiceID, fromOrder.State)
	}
	for _, c := range []*canonical.CreditMemo{of, fromOrder} {
		if len(c.Invoices) != 2 || c.Invoices[0] != 3 || c.Invoices[1] != 20 {
			t.Errorf("invoices of the order: %v, want 3 and 20, the oldest first", c.Invoices)
		}
	}
}

func TestADocumentThatLacksReferenceDataSaysSo(t *testing.T) {
	id := 1
	for name, c := range map[string]struct {
		change func(*canonical.Envelope, *canonical.Document)
		want   bool
	}{
		"everything is known":         {func(*canonical.Envelope, *canonical.Document) {}, false},
		"a store that is not known":   {func(_ *canonical.Envelope, d *canonical.Document) { d.Store = nil }, true},
		"Magento has no store for it": {func(e *canonical.Envelope, d *canonical.Document) { e.StoreID, d.Store = nil, nil }, false},
		"a zone that does not exist":  {func(_ *canonical.Envelope, d *canonical.Document) { d.Store.Timezone = "Europe/Londno" }, true},
		"a group that is not known":   {func(_ *canonical.Envelope, d *canonical.Document) { d.Customer.GroupCode = "" }, true},
		"a guest has no group":        {func(_ *canonical.Envelope, d *canonical.Document) { d.Customer.GroupID, d.Customer.GroupCode = nil, "" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			e := canonical.Envelope{MagentoEntityID: 1, StoreID: &id}
			d := canonical.Document{Heading: canonical.Heading{Store: &canonical.StoreView{Timezone: "Europe/London"}, Customer: canonical.Buyer{Contact: canonical.Contact{GroupID: &id, GroupCode: "General"}}}}
			c.change(&e, &d)
			for _, entity := range []canonical.Entity{&canonical.Invoice{Envelope: e, Document: d}, &canonical.CreditMemo{Envelope: e, Document: d}} {
				s, err := Summarize(entity, Previous{})
				if err != nil || s.Lacking != c.want {
					t.Errorf("%s lacks something: %v, %v; want %v", entity.ID(), s.Lacking, err, c.want)
				}
			}
			e.Deleted = true
			if s, err := Summarize(&canonical.Invoice{Envelope: e, Document: d}, Previous{}); err != nil || s.Lacking {
				t.Errorf("one that is deleted lacks something: %v", err)
			}
		})
	}
}
