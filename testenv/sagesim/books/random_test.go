package books_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
)

// A clerk does random things to a business with one customer per currency.
type clerk struct {
	t        *rapid.T
	b        *books.Business
	contacts []*books.Contact
	mug      *books.Item    // a stock item
	moved    decimal.Number // what the clerk has moved of it by hand
	refused  int
}

func newClerk(t *rapid.T) *clerk {
	now := time.Date(2026, 3, 16, 0, 0, 0, 0, time.UTC)
	c := &clerk{t: t, b: books.New(chart.ID("business", "1"), "Demo", "GBP", func() time.Time { return now })}
	for _, currency := range []string{"GBP", "EUR"} {
		contact, err := c.b.CreateContact(books.ContactRequest{
			Name: "Ada", Types: []string{"CUSTOMER"}, CurrencyID: currency, Main: books.Address{City: "Leeds", Country: "GB"},
		})
		c.took(err)
		c.contacts = append(c.contacts, contact)
	}
	mug, err := books.CreateItem(books.StockItem)(c.b, books.ItemRequest{Code: "MUG", Description: "Mug", SalesAccount: chart.Sales, PurchaseAccount: chart.Account(5000)})
	c.took(err)
	c.mug = mug
	return c
}

// took accepts refusals, which clerks get often, and nothing else.
func (c *clerk) took(err error) {
	var refusal *books.Refusal
	switch {
	case errors.As(err, &refusal):
		c.refused++
	case err != nil:
		c.t.Fatalf("the books broke: %v", err)
	}
}

func (c *clerk) amount(name string, limit int) decimal.Number {
	pennies := rapid.IntRange(1, limit).Draw(c.t, name)
	return decimal.Must(fmt.Sprintf("%d.%02d", pennies/100, pennies%100))
}

func (c *clerk) contact() *books.Contact {
	return rapid.SampledFrom(c.contacts).Draw(c.t, "contact")
}

// rate is a foreign exchange rate; none for pounds.
func (c *clerk) rate(contact *books.Contact) decimal.Number {
	if contact.CurrencyID == "GBP" {
		return decimal.Number{}
	}
	return decimal.Must(fmt.Sprintf("0.%08d", rapid.IntRange(50000000, 99999999).Draw(c.t, "rate")))
}

func (c *clerk) document() {
	contact := c.contact()
	var lines []books.LineRequest
	for range rapid.IntRange(1, 4).Draw(c.t, "lines") {
		price, quantity, tax := c.amount("price", 20000), decimal.Int(int64(rapid.IntRange(1, 5).Draw(c.t, "quantity"))), c.amount("tax", 900)
		lines = append(lines, books.LineRequest{
			Description: "Mug", Account: chart.Sales, TaxRate: "GB_STANDARD", Quantity: &quantity, UnitPrice: &price, TaxAmount: &tax,
			Product: rapid.SampledFrom([]string{"", c.mug.ID}).Draw(c.t, "product"),
		})
	}
	kind := rapid.SampledFrom([]books.Kind{books.Invoice, books.Invoice, books.CreditNote, books.CreditNote, books.Estimate, books.Quote}).Draw(c.t, "kind")
	_, err := c.b.CreateDocument(kind, books.DocumentRequest{
		ContactID: contact.ID, Date: "2026-03-16", Expiry: "2026-04-16", InvoiceLines: lines, ExchangeRate: c.rate(contact),
		ShippingNet: c.amount("shipping", 900), ShippingTaxRate: "GB_STANDARD",
		Status: rapid.SampledFrom([]string{"", "", "", "DRAFT"}).Draw(c.t, "status"),
	})
	c.took(err)
}

// artefacts are all things of a contact that could be settled, open or not.
func (c *clerk) artefacts(contact *books.Contact) (out []string) {
	for _, kind := range []books.Kind{books.Invoice, books.CreditNote} {
		for _, d := range c.b.Shelf(kind).Of(contact.ID) {
			out = append(out, d.ID)
		}
	}
	for _, p := range c.b.Payments.Of(contact.ID) {
		if p.OnAccount != nil {
			out = append(out, p.OnAccount.ID)
		}
	}
	return append(out, "none")
}

func (c *clerk) requests(contact *books.Contact, limit int) (out []books.AllocationRequest) {
	for range rapid.IntRange(0, limit).Draw(c.t, "allocations") {
		r := books.AllocationRequest{
			Artefact: rapid.SampledFrom(c.artefacts(contact)).Draw(c.t, "artefact"), Amount: c.amount("allocated", 5000),
		}
		if open := c.open(r.Artefact); open.Sign() > 0 && rapid.Bool().Draw(c.t, "all of it") {
			r.Amount = open
		}
		out = append(out, r)
	}
	return out
}

// open is what is outstanding on a document; nothing on anything else.
func (c *clerk) open(id string) decimal.Number {
	for _, kind := range []books.Kind{books.Invoice, books.CreditNote} {
		if d, ok := c.b.Shelf(kind).Get(id); ok {
			return d.Outstanding()
		}
	}
	return decimal.Number{}
}

// restock moves stock by hand, in or out.
func (c *clerk) restock() {
	quantity := decimal.Int(int64(rapid.IntRange(-9, 30).Draw(c.t, "moved")))
	_, err := c.b.CreateMovement(books.MovementRequest{Item: c.mug.ID, Date: "2026-03-16", Quantity: quantity, Cost: c.amount("cost", 900), Details: "Counted"})
	if err == nil {
		c.moved = c.moved.Add(quantity)
	}
	c.took(err)
}

func (c *clerk) payment() {
	contact := c.contact()
	kind := rapid.SampledFrom([]string{books.Receipt, books.Refund}).Draw(c.t, "type")
	requests := c.requests(contact, 2)
	total := c.amount("rest", 3000)
	if kind == books.Refund {
		total = decimal.Number{}
	}
	for _, r := range requests {
		total = total.Add(r.Amount)
	}
	_, err := c.b.CreatePayment(books.PaymentRequest{
		Type: kind, ContactID: contact.ID, Bank: chart.BankAccounts("GBP")[0].ID, Date: "2026-03-16",
		Total: total, ExchangeRate: c.rate(contact), Allocations: requests,
	})
	c.took(err)
}

func (c *clerk) setOff() {
	contact := c.contact()
	amount := c.amount("set off", 3000)
	all := c.artefacts(contact)
	_, err := c.b.CreateAllocation(books.ContactAllocationRequest{
		Type: books.CustomerAllocation, ContactID: contact.ID,
		Artefacts: []books.AllocationRequest{
			{Artefact: rapid.SampledFrom(all).Draw(c.t, "debit"), Amount: amount},
			{Artefact: rapid.SampledFrom(all).Draw(c.t, "credit"), Amount: amount.Neg()},
		},
	})
	c.took(err)
}

func (c *clerk) takeBack() {
	contact := c.contact()
	for _, kind := range []books.Kind{books.Invoice, books.CreditNote} {
		if all := c.b.Shelf(kind).Of(contact.ID); len(all) > 0 {
			d := rapid.SampledFrom(all).Draw(c.t, "document")
			if !d.Gone() {
				c.took(c.b.Void(d, "mistake"))
			}
		}
	}
	if all := c.b.Payments.Of(contact.ID); len(all) > 0 {
		if p := rapid.SampledFrom(all).Draw(c.t, "payment"); !p.Gone() {
			c.took(c.b.DeletePayment(p))
		}
	}
	if all := c.b.Allocations.Of(contact.ID); len(all) > 0 {
		if a := rapid.SampledFrom(all).Draw(c.t, "allocation"); !a.Gone() {
			c.took(c.b.DeleteAllocation(a))
		}
	}
}

func (c *clerk) change() {
	contact := c.contact()
	if all := c.b.Payments.Of(contact.ID); len(all) > 0 {
		if p := rapid.SampledFrom(all).Draw(c.t, "payment"); !p.Gone() {
			c.took(c.b.Reallocate(p, c.requests(contact, 2)))
		}
	}
	if all := c.b.Invoices.Of(contact.ID); len(all) > 0 {
		if d := rapid.SampledFrom(all).Draw(c.t, "invoice"); !d.Gone() {
			line := d.Lines[0].LineRequest.Clone()
			price := c.amount("new price", 9000)
			line.UnitPrice = &price
			quantity := decimal.Int(int64(rapid.IntRange(1, 5).Draw(c.t, "new quantity")))
			line.Quantity = &quantity
			c.took(c.b.ChangeDocument(d, d.Request, []books.LineRequest{line}))
		}
		if d := rapid.SampledFrom(all).Draw(c.t, "draft"); !d.Gone() {
			c.took(c.b.Release(d))
		}
	}
}

// check holds the books against the ledger.
func (c *clerk) check() {
	if !c.b.Ledger.Balanced() {
		c.t.Fatal("the ledger does not balance")
	}
	debtors := c.b.Ledger.Net(chart.Debtors)
	if open := c.b.Open(); !debtors.Equal(open) {
		c.t.Fatalf("debtors hold %s, but %s is open", debtors, open)
	}
	var owed decimal.Number
	for _, contact := range c.contacts {
		owed = owed.Add(contact.Balance)
		for _, kind := range []books.Kind{books.Invoice, books.CreditNote} {
			for _, d := range c.b.Shelf(kind).Of(contact.ID) {
				if d.Open != nil && (d.Open.Outstanding.Sign() < 0 || d.Open.Outstanding.IsZero() && !d.Open.BaseOutstanding.IsZero()) {
					c.t.Fatalf("%s has %s open, %s in base", d.Number, d.Open.Outstanding, d.Open.BaseOutstanding)
				}
			}
		}
	}
	c.checkStock()
	if !owed.Equal(debtors) {
		c.t.Fatalf("the contacts owe %s, but debtors hold %s", owed, debtors)
	}
}

// checkStock counts the stock anew: what was moved by hand, less what invoices took, and what credit
// notes brought back. Nothing else moves any.
func (c *clerk) checkStock() {
	want := c.moved
	for _, contact := range c.contacts {
		for _, kind := range []books.Kind{books.Invoice, books.CreditNote} {
			for _, d := range c.b.Shelf(kind).Of(contact.ID) {
				for _, l := range d.Lines {
					switch {
					case d.Open == nil || l.Product == "":
					case kind == books.Invoice:
						want = want.Sub(l.Quantity)
					default:
						want = want.Add(l.Quantity)
					}
				}
			}
		}
	}
	if got := c.mug.Stock.Quantity; !got.Equal(want) || got.Sign() < 0 {
		c.t.Fatalf("%s in stock, want %s, and never less than none", got, want)
	}
}

func TestWhateverAClerkDoesTheBooksAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newClerk(t)
		work := []func(){c.document, c.document, c.payment, c.payment, c.setOff, c.takeBack, c.change, c.restock, c.restock}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			work[rapid.IntRange(0, len(work)-1).Draw(t, "work")]()
			c.check()
		}
	})
}
