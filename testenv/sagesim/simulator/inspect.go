package simulator

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
	"github.com/mage2sage/mage2sage/testenv/sagesim/wire"
)

// A Document is one thing in the books, flat, for people and for checks.
// Amounts have two decimals and are in Currency.
type Document struct {
	Kind        string         `json:"kind"` // invoice, credit_note, estimate, quote, payment, refund, allocation or contact
	Number      string         `json:"number"`
	Reference   string         `json:"reference"`
	Date        string         `json:"date"`
	Currency    string         `json:"currency"`
	Net         string         `json:"net"`
	Tax         string         `json:"tax"`
	TaxByRate   map[string]Tax `json:"tax_by_rate"` // by tax rate id, shipping included
	Total       string         `json:"total"`
	Outstanding string         `json:"outstanding"`
	Status      string         `json:"status"`  // Sage's; DELETED for deleted things, ACTIVE for contacts
	Contact     string         `json:"contact"` // the contact's reference
	ContactName string         `json:"contact_name"`
	ID          string         `json:"id"`
	CreatedAt   string         `json:"created_at"`
	Business    string         `json:"business"`
	Sequence    int            `json:"sequence"` // order of posting within the business
}

// Tax is what a document holds at one rate.
type Tax struct {
	Net string `json:"net"`
	Tax string `json:"tax"`
}

// Documents returns everything in all businesses, drafts, voided and deleted
// things included, in the order in which it was made.
func (s *Server) Documents() []Document {
	out := []Document{}
	for _, c := range s.companies {
		out = append(out, c.documents()...)
	}
	return out
}

func (c *company) documents() []Document {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var out []Document
	for _, contact := range c.books.Contacts.All() {
		out = append(out, c.contact(contact))
	}
	for kind := range documentKinds {
		for _, d := range c.books.Shelf(kind).All() {
			out = append(out, c.document(d))
		}
	}
	for _, p := range c.books.Payments.All() {
		out = append(out, c.payment(p))
	}
	for _, a := range c.books.Allocations.All() {
		out = append(out, c.allocation(a))
	}
	slices.SortFunc(out, func(a, b Document) int { return a.Sequence - b.Sequence })
	return out
}

// documentKinds are what documents are called here.
var documentKinds = map[books.Kind]string{books.Invoice: "invoice", books.CreditNote: "credit_note", books.Estimate: "estimate", books.Quote: "quote"}

func (c *company) row(kind, status string, r *books.Record) Document {
	if r.Gone() {
		status = "DELETED"
	}
	return Document{
		Kind: kind, Status: status, ID: r.ID, CreatedAt: wire.Time(r.Created), Business: c.books.ID, Sequence: r.Sequence,
		Net: "0.00", Tax: "0.00", Total: "0.00", Outstanding: "0.00", TaxByRate: map[string]Tax{},
	}
}

func (c *company) contact(contact *books.Contact) Document {
	row := c.row("contact", "ACTIVE", contact.Meta())
	row.Reference, row.Contact, row.ContactName = contact.Reference, contact.Reference, contact.Name
	row.Currency, row.Outstanding = contact.Currency(c.books.Base), contact.Balance.Fixed(2)
	return row
}

func (c *company) document(d *books.Document) Document {
	row := c.row(documentKinds[d.Kind], d.Status(), d.Meta())
	row.Number, row.Reference, row.Date, row.Currency = d.Number, d.Request.Reference, d.Request.Date, d.Currency
	row.Net, row.Tax, row.Total = d.Total.Net.Fixed(2), d.Total.Tax.Fixed(2), d.Total.Total().Fixed(2)
	row.Outstanding, row.Contact, row.ContactName = d.Outstanding().Fixed(2), d.ContactRef, d.Name
	for _, t := range d.Taxes {
		row.TaxByRate[t.Rate.ID] = Tax{t.Net.Fixed(2), t.Tax.Fixed(2)}
	}
	return row
}

func (c *company) payment(p *books.Payment) Document {
	open := decimal.Number{}
	if p.OnAccount != nil {
		open = p.OnAccount.Outstanding
	}
	contact, _ := c.books.Contacts.Get(p.ContactID)
	kind := "payment"
	if p.Type == books.Refund {
		kind = "refund"
	}
	row := c.row(kind, p.Type, p.Meta())
	row.Reference, row.Date, row.Currency = p.Reference, p.Date, p.Currency
	row.Net, row.Total, row.Outstanding = p.Total.Fixed(2), p.Total.Fixed(2), open.Fixed(2)
	row.Contact, row.ContactName = contact.Reference, contact.Name
	return row
}

// allocation shows what was set against one another, under the reference of the credit note; its
// total is what credits gave.
func (c *company) allocation(a *books.Allocation) Document {
	contact, _ := c.books.Contacts.Get(a.ContactID)
	row := c.row("allocation", a.Type, a.Meta())
	row.Date, row.Currency, row.Contact, row.ContactName = a.Date, contact.Currency(c.books.Base), contact.Reference, contact.Name
	var given decimal.Number
	for _, s := range a.Settled {
		if s.Artefact.Side == books.Credit {
			given = given.Add(s.Amount)
		}
		if d, ok := c.books.CreditNotes.Get(s.Artefact.ID); ok {
			row.Reference = d.Request.Reference
		}
	}
	row.Net, row.Total = given.Fixed(2), given.Fixed(2)
	return row
}

func (s *Server) showDocuments(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("format") != "csv" {
		show(w, s.Documents())
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	table := csv.NewWriter(w)
	table.Write([]string{"sequence", "kind", "number", "reference", "date", "currency", "net", "tax", "total", "outstanding",
		"status", "contact", "contact_name", "id", "created_at", "business"})
	for _, d := range s.Documents() {
		table.Write([]string{strconv.Itoa(d.Sequence), d.Kind, d.Number, d.Reference, d.Date, d.Currency, d.Net, d.Tax, d.Total,
			d.Outstanding, d.Status, d.Contact, d.ContactName, d.ID, d.CreatedAt, d.Business})
	}
	table.Flush()
}

// A Ledger is one business's journal and trial balance, in base currency.
type Ledger struct {
	Business     string         `json:"business"`
	Currency     string         `json:"currency"`
	Balanced     bool           `json:"balanced"`      // debits equal credits over all entries
	DebtorsAgree bool           `json:"debtors_agree"` // the debtors account equals what is open on all artefacts
	Trial        []TrialBalance `json:"trial_balance"`
	Entries      []wire.Object  `json:"entries"`
}

// A TrialBalance is one account's line of the trial balance.
type TrialBalance struct {
	Account string         `json:"ledger_account_id"`
	Nominal int            `json:"nominal_code"`
	Name    string         `json:"name"`
	Debit   decimal.Number `json:"debit"`
	Credit  decimal.Number `json:"credit"`
	Balance decimal.Number `json:"balance"` // debits less credits
}

// Ledgers returns the journals of all businesses.
func (s *Server) Ledgers() []Ledger {
	var out []Ledger
	for _, c := range s.companies {
		out = append(out, c.ledger())
	}
	return out
}

func (c *company) ledger() Ledger {
	c.mu.RLock()
	defer c.mu.RUnlock()
	l := Ledger{
		Business: c.books.ID, Currency: c.books.Base, Entries: []wire.Object{},
		Balanced: c.books.Ledger.Balanced(), DebtorsAgree: c.books.Ledger.Net(chart.Debtors).Equal(c.books.Open()),
	}
	for _, b := range c.books.Ledger.TrialBalance() {
		a, _ := chart.FindAccount(b.Account)
		l.Trial = append(l.Trial, TrialBalance{b.Account, a.Nominal, a.Name, b.Debit, b.Credit, b.Debit.Sub(b.Credit)})
	}
	slices.SortFunc(l.Trial, func(a, b TrialBalance) int { return a.Nominal - b.Nominal })
	for _, e := range c.books.Ledger.Entries() {
		l.Entries = append(l.Entries, wire.LedgerEntry(e))
	}
	return l
}

func (s *Server) showLedger(w http.ResponseWriter, _ *http.Request) { show(w, s.Ledgers()) }
