package resource

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/money"
)

var (
	yes     = true
	mugItem = ItemHead{
		IdempotencyID: "0f3a6c1de4b24f0f9a7c55d0c1b2a3e4", Description: "Blue mug", Notes: "Of the year 2025", SalesLedgerAccountID: "account4000",
		PurchaseLedgerAccountID: "account5000", SalesTaxRateID: "GB_STANDARD", CostPrice: amount("4.20"), SourceGUID: "product:9", Active: &yes,
	}
	prices   = []SalesPrice{{PriceTypeID: "price1", Price: money.MustParse("10.00")}, {PriceTypeID: "price2", Price: money.MustParse("9.60"), IncludesTax: true}}
	depot    = NewAddress{IdempotencyID: "id", ContactID: "contact1", Name: "Depot", Address: Address{Line1: "2 Sample Street", City: "Bristol", CountryID: "GB", AddressTypeID: DeliveryAddress}}
	bob      = NewContactPerson{IdempotencyID: "id", AddressID: "address1", NewPerson: *ada.MainContactPerson, JobTitle: "Buyer", Mobile: "07700 900000", IsMain: true}
	delivery = NewStockMovement{IdempotencyID: "id", StockItemID: "item1", Date: "2025-06-01", Quantity: money.FromInt(-2), CostPrice: money.MustParse("4.20"), Details: "Broken", Reference: "stock:MUG@17"}
	offer    = OfferHead{head, "2025-06-30", ""}
)

func TestWhatIsSentOfContactsItemsAndOffers(t *testing.T) {
	for name, b := range map[string]body{
		"address":        bodyOf(depot.Body()),
		"contact_person": bodyOf(bob.Body()),
		"product":        bodyOf(NewProduct{mugItem, "MUG-BLUE", prices}.Body()),
		"service":        bodyOf(NewService{mugItem, "WRAP", []SalesRate{{RateTypeID: "rate1", Rate: money.MustParse("2.50")}}}.Body()),
		"stock_item":     bodyOf(NewStockItem{mugItem, "MUG-BLUE", prices[:1]}.Body()),
		"stock_movement": bodyOf(delivery.Body()),
		"estimate":       bodyOf(NewEstimate{offer, []NewLine{mug}}.Body()),
		"quote":          bodyOf(NewQuote{offer, []NewLine{mug}}.Body()),
		"invoice_of_items": bodyOf(NewInvoice{
			DocumentHead: DocumentHead{IdempotencyID: "id", ContactID: "contact1", Date: "2025-06-01", CurrencyID: "GBP"},
			Lines:        []NewLine{{Description: "Blue mug", LedgerAccountID: "a", ProductID: "item1", TaxRateID: "r"}, {Description: "Wrapping", LedgerAccountID: "a", ServiceID: "service1", TaxRateID: "r"}},
		}.Body()),
	} {
		t.Run(name, func(t *testing.T) {
			if b.err != nil {
				t.Fatal(b.err)
			}
			golden(t, name, b.json)
		})
	}
}

func TestAChangeHoldsTheFieldsThatAreNamed(t *testing.T) {
	item := mugItem
	item.Notes, item.CostPrice, item.SalesTaxRateID = "", nil, ""
	for name, c := range map[string]struct {
		body body
		want string
	}{
		"one field":                {bodyOf(NewProduct{ItemHead: mugItem, ItemCode: "MUG"}.Change("item_code")), `{"product":{"idempotency_id":"0f3a6c1de4b24f0f9a7c55d0c1b2a3e4","item_code":"MUG"}}`},
		"a text that is emptied":   {bodyOf(NewService{ItemHead: item}.Change("notes")), `{"service":{"idempotency_id":"0f3a6c1de4b24f0f9a7c55d0c1b2a3e4","notes":""}}`},
		"an id and an amount":      {bodyOf(NewStockItem{ItemHead: item}.Change("cost_price", "sales_tax_rate_id")), `{"stock_item":{"cost_price":null,"idempotency_id":"0f3a6c1de4b24f0f9a7c55d0c1b2a3e4","sales_tax_rate_id":null}}`},
		"a field that is embedded": {bodyOf(depot.Change("city", "is_main_address")), `{"address":{"city":"Bristol","idempotency_id":"id","is_main_address":false}}`},
		"a person":                 {bodyOf(bob.Change("email")), `{"contact_person":{"email":"ada@example.test","idempotency_id":"id"}}`},
		"a movement":               {bodyOf(delivery.Change("quantity")), `{"stock_movement":{"idempotency_id":"id","quantity":"-2"}}`},
		"an estimate's status":     {bodyOf(NewEstimate{OfferHead: OfferHead{DocumentHead: DocumentHead{IdempotencyID: "id"}, StatusID: Declined}}.Change("status_id")), `{"sales_estimate":{"idempotency_id":"id","status_id":"DECLINED"}}`},
		"a quote's expiry":         {bodyOf(NewQuote{OfferHead: OfferHead{DocumentHead: DocumentHead{IdempotencyID: "id"}, ExpiryDate: "2025-07-01"}}.Change("expiry_date")), `{"sales_quote":{"expiry_date":"2025-07-01","idempotency_id":"id"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			if c.body.err != nil || string(c.body.json) != c.want {
				t.Errorf("%s, %v; want %s", c.body.json, c.body.err, c.want)
			}
		})
	}
	if text, err := depot.Change("town"); err == nil || !strings.Contains(err.Error(), `address: there is no field "town" to change`) {
		t.Errorf("%s, %v; want the name that is unknown", text, err)
	}
}

func TestTextsAreMadeToFit(t *testing.T) {
	long := func(n int) string { return strings.Repeat("é", n) }
	for name, c := range map[string]struct{ limit, in, want string }{
		"a text at its limit":           {"5", long(5), long(5)},
		"a text that is too long":       {"5", long(6), long(5)},
		"entities":                      {"50", "Caf&eacute; &amp;amp; Bar", "Café & Bar"},
		"control characters":            {"50", "Blue\x00 mug\x1b", "Blue mug"},
		"a break in a text of one line": {"50", "Blue\nmug", "Blue mug"},
		"breaks between lines":          {"50,lines", "Blue &amp; red\nmug\x07", "Blue & red\nmug"},
		"lines that are too long":       {"5,lines", "ab\ncdef", "ab\ncd"},
		"what is left out":              {"5,whole", "BS1 1AA", ""},
		"what fits as a whole":          {"7,whole", "BS1 1AA", "BS1 1AA"},
		"what names something":          {"5,exact", "A&#8;", "A&#8;"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := fitText(c.in, c.limit); err != nil || got != c.want {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
	for name, limit := range map[string]string{"a name that is too long": "5,exact", "a limit that is none": "five"} {
		t.Run(name, func(t *testing.T) {
			if got, err := fitText("Ada Example", limit); err == nil || strings.Contains(err.Error(), "Ada") {
				t.Errorf("%q, %v; want an error that does not repeat the text", got, err)
			}
		})
	}
}

func TestFittingChangesNothingOfItsCallers(t *testing.T) {
	contact := NewContact{Name: "Ada", MainAddress: &Address{City: strings.Repeat("x", 60)}}
	if _, err := contact.Fields(); err != nil || len(contact.MainAddress.City) != 60 {
		t.Errorf("the caller's city has %d characters, %v; want its own 60", len(contact.MainAddress.City), err)
	}
	if _, err := (NewContact{Reference: strings.Repeat("M", 11)}).Fields(); err == nil || !strings.Contains(err.Error(), "reference has more than 10 characters") {
		t.Errorf("%v; want the reference refused: cut, it would be another contact's", err)
	}
}

func TestIdsAndCountsAreReadFromTextsNumbersAndNull(t *testing.T) {
	type both struct {
		Ref   Ref
		Count Count
	}
	for name, c := range map[string]struct {
		text string
		want both
	}{
		"texts":       {`{"ref":{"id":"GOODS","displayed_as":"Goods"},"count":"30"}`, both{Ref{"GOODS", "Goods"}, 30}},
		"numbers":     {`{"ref":{"id":2},"count":30}`, both{Ref{"2", ""}, 30}},
		"null":        {`{"ref":null,"count":null}`, both{}},
		"null within": {`{"ref":{"id":null,"displayed_as":null}}`, both{}},
		"an id alone": {`{"ref":"GOODS"}`, both{Ref{"GOODS", ""}, 0}},
		"empty texts": {`{"ref":"","count":""}`, both{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := read[both](t, c.text); got != c.want {
				t.Errorf("read %+v, want %+v", got, c.want)
			}
		})
	}
	for _, wrong := range []string{`{"ref":true}`, `{"ref":{"id":[]}}`, `{"count":"many"}`, `{"count":1.5}`} {
		var got both
		if err := json.Unmarshal([]byte(wrong), &got); err == nil {
			t.Errorf("%s is read as %+v", wrong, got)
		}
	}
}
