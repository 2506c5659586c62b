package sink

import (
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// amt is a money literal.
func amt(s string) money.Amount { return money.MustParse(s) }

var london = &canonical.StoreView{StoreID: 1, Code: "uk", Name: "UK", WebsiteID: 1, Timezone: "Europe/London"}

func intp(n int) *int { return &n }

// soldTo is a document over two mugs at 10.00 and shipping at 5.00, with 20 % on
// both: 30.00 in all.
func soldTo(person canonical.Contact, id uint64, number string) canonical.Document {
	return canonical.Document{
		MagentoID: id, IncrementID: number, OrderID: id, OrderIncrementID: number, State: canonical.Open,
		Currency: "GBP", BaseCurrency: "GBP", BaseToOrderRate: amt("1"), CreatedAt: "2026-01-31T23:30:00Z", Store: london,
		Customer:        person,
		BillingAddress:  &canonical.Address{Kind: "billing", FirstName: "Ada", LastName: "Example", Street: []string{"1 Test Street"}, City: "Leeds", Postcode: "LS1 1AA", CountryID: "GB"},
		ShippingAddress: &canonical.Address{Kind: "shipping", FirstName: "Bob", LastName: "Example", Street: []string{"2 Other Road", "Flat 3"}, City: "York", Postcode: "YO1 1AA", CountryID: "GB"},
		Lines: []canonical.Line{{
			LineID: id * 10, OrderItemID: id * 10, SKU: "MUG", Name: "Blue mug", ProductType: "simple", Qty: amt("2.0000"), UnitPrice: amt("10.0000"),
			LineSubtotal: amt("20.0000"), NetAmount: amt("20.0000"), LineTax: amt("4.0000"), LineTotal: amt("24.0000"),
			Tax: canonical.Tax{TaxPercent: "20.00", TaxRate: amt("0.2")},
		}},
		Shipping: &canonical.Charge{Description: "Flat Rate", NetAmount: amt("5.0000"), TaxAmount: amt("1.0000"), Tax: canonical.Tax{TaxPercent: "20.00"}},
		Subtotal: amt("20.0000"), ShippingAmount: amt("5.0000"), ShippingTaxAmount: amt("1.0000"), TaxAmount: amt("5.0000"), GrandTotal: amt("30.0000"),
		BaseTaxAmount: amt("5.0000"), BaseGrandTotal: amt("30.0000"), TaxRatesComplete: true, PaymentMethod: "stripe",
		Balance: canonical.Balance{OK: true},
	}
}

func head(kind canonical.Kind, id uint64, root change.Root) canonical.Envelope {
	return canonical.Envelope{Schema: canonical.SchemaName(kind), MagentoEntityID: id, WebsiteID: intp(1), StoreID: intp(1), Source: canonical.Source{Name: "shop", Root: root}}
}

// ada is a registered customer.
var ada = canonical.Contact{MagentoID: 5, Email: "ada@example.test", FirstName: "Ada", LastName: "Example"}

// invoiceOf is an unpaid invoice; paid pays it.
func invoiceOf(id uint64, person canonical.Contact) *canonical.Invoice {
	return &canonical.Invoice{Envelope: head(canonical.KindInvoice, id, change.NewRoot("order", id)), Document: soldTo(person, id, fmt.Sprintf("%09d", id))}
}

func paid(i *canonical.Invoice) *canonical.Invoice {
	i.State = canonical.Paid
	i.Payment = &canonical.Payment{Method: i.PaymentMethod, TransactionID: "tx", CapturedAt: "2026-02-01T10:00:00Z"}
	return i
}

// creditOf credits an invoice in full.
func creditOf(id uint64, i *canonical.Invoice) *canonical.CreditMemo {
	d := soldTo(i.Customer, id, fmt.Sprintf("C%08d", id))
	d.OrderID, d.State, d.CreatedAt = i.OrderID, canonical.Refunded, "2026-02-02T09:00:00Z"
	return &canonical.CreditMemo{
		Envelope: head(canonical.KindCreditMemo, id, i.Source.Root), Document: d,
		InvoiceID: i.MagentoID, InvoiceIncrementID: i.IncrementID, InvoiceCreatedAt: i.CreatedAt, Invoices: []uint64{i.MagentoID},
	}
}

func customerOf(c canonical.Contact) *canonical.Customer {
	return &canonical.Customer{Envelope: head(canonical.KindCustomer, c.MagentoID, change.NewRoot("customer", c.MagentoID)), Contact: c, IsActive: true, Store: london}
}
