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

// The two kinds of sales documents. A credit note's amounts are positive.
const (
	Invoice    Kind = "SALES_INVOICE"
	CreditNote Kind = "SALES_CREDIT_NOTE"
)

// A DocumentRequest is an invoice or credit note as a client writes it.
type DocumentRequest struct {
	ContactID           string         `json:"contact_id"`
	Date                string         `json:"date"`
	DueDate             string         `json:"due_date"`
	OriginalInvoiceDate string         `json:"original_invoice_date"`
	Reference           string         `json:"reference"`
	Notes               string         `json:"notes"`
	Terms               string         `json:"terms_and_conditions"`
	ContactName         string         `json:"contact_name"`
	ContactReference    string         `json:"contact_reference"`
	ShippingNet         decimal.Number `json:"shipping_net_amount"`
	ShippingTaxRate     string         `json:"shipping_tax_rate_id"`
	Currency            string         `json:"currency_id"`
	ExchangeRate        decimal.Number `json:"exchange_rate"`
	InverseRate         decimal.Number `json:"inverse_exchange_rate"`
	Status              string         `json:"status_id"`
	Sent                bool           `json:"sent"`
	Main                Address        `json:"main_address"`
	Delivery            Address        `json:"delivery_address"`
	InvoiceLines        []LineRequest  `json:"invoice_lines"`
	CreditNoteLines     []LineRequest  `json:"credit_note_lines"`
}

// Lines are the requested lines under whichever name they came.
func (r DocumentRequest) Lines() []LineRequest {
	return slices.Concat(r.InvoiceLines, r.CreditNoteLines)
}

// A TaxSum is what a document holds at one tax rate, shipping included.
type TaxSum struct {
	Rate chart.TaxRate
	Sums
}

// A Document is an invoice or a credit note.
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
	Transaction string    // ledger transaction; empty for drafts
	zeroUnpaid  bool
}

// Status is the document's state in Sage's words.
func (d *Document) Status() string {
	switch {
	case d.State != posted:
		return d.State
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
	if kind == CreditNote {
		return b.CreditNotes
	}
	return b.Invoices
}

// CreateDocument makes a document and posts it unless it is to be a draft.
func (b *Business) CreateDocument(kind Kind, r DocumentRequest) (*Document, error) {
	d, err := b.compute(kind, r)
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
	}
	d.Record = b.newRecord(string(kind), r.ContactID)
	b.nameParts(d)
	if d.State == "" {
		if err := b.enter(d); err != nil {
			return nil, err
		}
	}
	if d.Number == "" {
		d.Number = b.prefix(kind) + "DRAFT"
	}
	b.Shelf(kind).add(d)
	contact, _ := b.Contacts.Get(r.ContactID)
	contact.uses++
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
	d := &Document{Kind: kind, Request: r, Name: r.ContactName, ContactRef: r.ContactReference, zeroUnpaid: b.Rules.ZeroTotalUnpaid}
	d.Currency, d.Rate, err = b.exchange(contact, r.Currency, r.ExchangeRate, b.BusinessRate(contact.Currency(b.Base)))
	if err != nil {
		return nil, err
	}
	d.Request.Currency, d.Request.ExchangeRate = d.Currency, d.Rate
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
	if err := d.Main.check("main_address"); err != nil {
		return err
	}
	return d.Delivery.check("delivery_address")
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
	if kind == CreditNote {
		return b.Invoicing.CreditNotePrefix
	}
	return b.Invoicing.InvoicePrefix
}

// nextNumber takes the next number: both kinds share one sequence unless the
// settings say otherwise.
func (b *Business) nextNumber(kind Kind) string {
	next := &b.Invoicing.NextInvoice
	if kind == CreditNote && b.Invoicing.SeparateNumbers {
		next = &b.Invoicing.NextCreditNote
	}
	number := b.prefix(kind) + strconv.Itoa(*next)
	*next++
	return number
}
