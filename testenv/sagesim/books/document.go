package books

import (
	"slices"
	"strconv"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
)

// A Kind is what a document is, in the words of Sage's transaction types.
type Kind string

// The kinds of sales documents. A credit note's amounts are positive. Estimates and quotes
// are offers: they are never in the ledger, and move no stock.
const (
	Invoice    Kind = "SALES_INVOICE"
	CreditNote Kind = "SALES_CREDIT_NOTE"
	Estimate   Kind = "SALES_ESTIMATE"
	Quote      Kind = "SALES_QUOTE"
)

// offer says whether a document of the kind is an estimate or a quote.
func (k Kind) offer() bool { return k == Estimate || k == Quote }

// A DocumentRequest is an invoice or credit note as a client writes it.
type DocumentRequest struct {
	ContactID           string          `json:"contact_id"`
	Date                string          `json:"date"`
	DueDate             string          `json:"due_date"`
	OriginalInvoiceDate string          `json:"original_invoice_date"`
	Reference           string          `json:"reference"`
	Notes               string          `json:"notes"`
	Terms               string          `json:"terms_and_conditions"`
	ContactName         string          `json:"contact_name"`
	ContactReference    string          `json:"contact_reference"`
	ShippingNet         decimal.Number  `json:"shipping_net_amount"`
	ShippingTaxRate     string          `json:"shipping_tax_rate_id"`
	NetSent             *decimal.Number `json:"net_amount"`
	TotalSent           *decimal.Number `json:"total_amount"`
	Currency            string          `json:"currency_id"`
	ExchangeRate        decimal.Number  `json:"exchange_rate"`
	InverseRate         decimal.Number  `json:"inverse_exchange_rate"`
	Status              string          `json:"status_id"`
	Sent                bool            `json:"sent"`
	Main                Address         `json:"main_address"`
	Delivery            Address         `json:"delivery_address"`
	InvoiceLines        []LineRequest   `json:"invoice_lines"`
	CreditNoteLines     []LineRequest   `json:"credit_note_lines"`
	EstimateLines       []LineRequest   `json:"estimate_lines"`
	QuoteLines          []LineRequest   `json:"quote_lines"`
	Expiry              string          `json:"expiry_date"`
	OfferID             string          `json:"original_quote_estimate_id"`
}

// Lines are the requested lines under whichever name they came.
func (r DocumentRequest) Lines() []LineRequest {
	return slices.Concat(r.InvoiceLines, r.CreditNoteLines, r.EstimateLines, r.QuoteLines)
}

// A TaxSum is what a document holds at one tax rate, shipping included.
type TaxSum struct {
	Rate chart.TaxRate
	Sums
}

// A Document is an invoice, a credit note, an estimate or a quote.
type Document struct {
	Record
	Kind        Kind
	Request     DocumentRequest // as accepted; a PUT is laid over it
	Number      string          // "SI-48", "SI-DRAFT"
	State       string          // DRAFT, PRO_FORMA, POSTED or VOID
	VoidReason  string
	Name        string // of the contact, when the document was made
	ContactRef  string
	Currency    string
	Rate        decimal.Number
	Due         string
	Main        Address
	Delivery    Address
	Lines       []Line
	Shipping    Sums
	ShipRate    chart.TaxRate
	ShipBase    Sums
	Total       Sums // header, shipping included
	BaseTotal   Sums
	Taxes       []TaxSum
	Open        *Artefact // nil while it is a draft and after it was voided
	Transaction string    // ledger transaction; empty for drafts and offers
	Invoice     *Document // what was made of an offer; nil while nothing was
	zeroUnpaid  bool
	bareNet     bool
	inverse     bool
}

// Header is net and tax as the document's header shows them.
func (d *Document) Header() Sums {
	if d.bareNet {
		return Sums{d.Total.Net.Sub(d.Shipping.Net), d.Total.Tax.Sub(d.Shipping.Tax)}
	}
	return d.Total
}

// Rates are exchange_rate and inverse_exchange_rate as the document shows them.
func (d *Document) Rates() (rate, inverse decimal.Number) {
	inverse = decimal.Int(1).Quo(d.Rate, 10)
	if d.inverse {
		return inverse, d.Rate
	}
	return d.Rate, inverse
}

// Status is the document's state in Sage's words.
func (d *Document) Status() string {
	switch {
	case d.State != posted:
		return d.State // of an offer, too
	case d.Total.Total().IsZero() && !d.zeroUnpaid:
		return "PAID"
	}
	return d.Open.Status()
}

// The states in which a document does not stand in the ledger, and the one in
// which it does.
const (
	draft    = "DRAFT"
	proForma = "PRO_FORMA"
	posted   = "POSTED"
	void     = "VOID"
)

// Outstanding is what is open: nothing on drafts and voided documents.
func (d *Document) Outstanding() decimal.Number {
	if d.Open == nil {
		return decimal.Number{}
	}
	return d.Open.Outstanding
}

// Shelf is where documents of one kind stand.
func (b *Business) Shelf(kind Kind) *Shelf[*Document] {
	switch kind {
	case CreditNote:
		return b.CreditNotes
	case Estimate:
		return b.Estimates
	case Quote:
		return b.Quotes
	}
	return b.Invoices
}

// CreateDocument makes a document and posts it unless it is to be a draft.
func (b *Business) CreateDocument(kind Kind, r DocumentRequest) (*Document, error) {
	d, err := b.compute(kind, r)
	if err != nil {
		return nil, err
	}
	if kind.offer() {
		return b.createOffer(d)
	}
	from, err := b.original(r)
	if err != nil {
		return nil, err
	}
	switch {
	case r.Status == draft, r.Status == proForma && kind == Invoice:
		d.State = r.Status
	case r.Status != "" && r.Status != "UNPAID":
		return nil, Invalid("status_id", NotListed)
	default:
		if err := b.checkPeriod(r.Date); err != nil {
			return nil, err
		}
		if err := b.checkStock(d, nil); err != nil {
			return nil, err
		}
	}
	d.Record = b.newRecord(string(kind), r.ContactID)
	b.nameParts(d)
	if d.State == "" {
		if err := b.enter(d); err != nil {
			return nil, err
		}
	}
	d.useItems()
	if d.Number == "" {
		d.Number = b.prefix(kind) + "DRAFT"
	}
	b.Shelf(kind).add(d)
	contact, _ := b.Contacts.Get(r.ContactID)
	contact.uses++
	if from != nil {
		from.Invoice, from.Updated = d, b.Clock()
	}
	return d, nil
}

// compute checks a request and works out everything that the document shows.
func (b *Business) compute(kind Kind, r DocumentRequest) (*Document, error) {
	contact, err := b.customer(r.ContactID)
	if err != nil {
		return nil, err
	}
	if r.ExchangeRate.IsZero() {
		r.ExchangeRate = decimal.Int(1).Quo(r.InverseRate, 10)
	}
	d := &Document{Kind: kind, Request: r, Name: r.ContactName, ContactRef: r.ContactReference,
		zeroUnpaid: b.Rules.ZeroTotalUnpaid, bareNet: b.Rules.NetWithoutShipping, inverse: b.Rules.InverseRates}
	d.Currency, d.Rate, err = b.exchange(contact, r.Currency, r.ExchangeRate, b.BusinessRate(contact.Currency(b.Base)))
	if err != nil {
		return nil, err
	}
	d.Request.Currency = d.Currency
	d.Request.ExchangeRate, _ = d.Rates()
	if err := b.address(d, contact); err != nil {
		return nil, err
	}
	if err := b.sum(d, contact); err != nil {
		return nil, err
	}
	b.fill(d, contact)
	return d, nil
}

// fill takes from the contact what the request left out.
func (b *Business) fill(d *Document, contact *Contact) {
	if d.Name == "" {
		d.Name = contact.Name
	}
	if d.ContactRef == "" {
		d.ContactRef = contact.Reference
	}
	d.Due = d.Request.DueDate
	if d.Due == "" {
		days := b.Invoicing.CreditDays
		if contact.CreditDays != nil {
			days = *contact.CreditDays
		}
		date, _ := time.Parse(day, d.Request.Date)
		d.Due = date.AddDate(0, 0, days).Format(day)
	}
}

// address takes the document's addresses from the request, else the contact. A
// missing delivery address becomes a copy of the billing address, as in Sage.
func (b *Business) address(d *Document, contact *Contact) error {
	d.Main, d.Delivery = d.Request.Main, d.Request.Delivery
	if d.Main.Empty() {
		d.Main = contact.Main
	}
	if d.Main.Empty() && d.Kind == Invoice {
		return Invalid("main_address", "Invoice Address is required")
	}
	if d.Delivery.Empty() {
		d.Delivery = d.Main
	}
	if err := b.checkAddress(d.Main, "main_address."); err != nil {
		return err
	}
	return b.checkAddress(d.Delivery, "delivery_address.")
}

// nameParts gives ids to the lines and addresses that have none yet.
func (b *Business) nameParts(d *Document) {
	for i := range d.Lines {
		if d.Lines[i].ID == "" {
			d.Lines[i].ID = b.newRecord("line", "").ID
		}
	}
	d.Main.ID, d.Delivery.ID = b.newRecord("address", "").ID, b.newRecord("address", "").ID
}

func (b *Business) prefix(kind Kind) string {
	return map[Kind]string{
		Invoice: b.Invoicing.InvoicePrefix, CreditNote: b.Invoicing.CreditNotePrefix,
		Estimate: b.Invoicing.EstimatePrefix, Quote: b.Invoicing.QuotePrefix,
	}[kind]
}

// nextNumber takes the next number. Invoices and credit notes share one sequence unless the
// settings say otherwise; estimates and quotes share one of their own.
func (b *Business) nextNumber(kind Kind) string {
	next := &b.Invoicing.NextInvoice
	switch {
	case kind.offer():
		next = &b.Invoicing.NextQuote
	case kind == CreditNote && b.Invoicing.SeparateNumbers:
		next = &b.Invoicing.NextCreditNote
	}
	number := b.prefix(kind) + strconv.Itoa(*next)
	*next++
	return number
}
