// Package books is one simulated Sage business: its contacts, its catalog and stock,
// estimates, quotes, invoices, credit notes, payments and allocations, the rules that
// Sage holds them to, and the ledger that they post to.
//
//	request ──rules──► contact · item · document · payment · allocation
//	                        │            │           │
//	                        └──── artefacts (what is open) ──► ledger.Journal
//
// A request either satisfies every rule and takes effect whole, or returns a
// *Refusal and changes nothing. Afterwards the journal balances, and what is open
// on all artefacts equals the debtors account. The package knows nothing of HTTP
// or JSON bodies; its request types carry Sage's field names only as tags. A
// Business is not safe for concurrent use: its owner locks it.
package books

import (
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/ledger"
)

// Rules are the points on which Sage's behaviour is unknown or a test wants to
// be stricter. The zero value is the likeliest Sage.
type Rules struct {
	StrictTax           bool // refuse a line whose tax is off by more than 0.01 from its rate
	StrictBankCurrency  bool // refuse a payment in a currency that neither the bank nor the books have
	StrictVAT           bool // refuse a positive rate for a customer outside the UK and the EU
	RefuseNegativeLines bool // refuse lines with a negative price or quantity
	ZeroTotalUnpaid     bool // leave a document over 0.00 UNPAID; else it is PAID at once
	RoundProduct        bool // round quantity × price only; else the price is rounded first
	DropAbsentLines     bool // a PUT deletes the lines it does not name; else they stay
	StrictRegions       bool // refuse a region in Canada or the USA that is not the code of one; else it is free text
	OneAddress          bool // a contact has one address, as in the Start edition
	RepeatItemCodes     bool // several items may have one item_code; else it is refused
	FullyAllocated      bool // receipts have to be allocated whole, and there are no refunds, as in the Start edition
	FreeContactCurrency bool // a contact's currency may be changed whatever was posted for it; else it is refused
	NetWithoutShipping  bool // net and tax of the header leave shipping out, and the total has it; else all three have it
	CheckTotals         bool // refuse amounts that were sent and are not what Sage works out; else they are ignored
	RoundQuantity       bool // quantities have two decimals; else as many as were sent
	InclusiveByRate     bool // of a price with tax the rate says what is tax; else the tax that was sent
	InverseRates        bool // an exchange rate is foreign units per base unit; else base units per foreign unit

	OfferStatus   string // status of an estimate or quote that is neither a draft nor declined; "" is UNPAID
	LockedMessage string // what a posting in a locked period is refused with; "" is a placeholder
	TakenMessage  string // what a reference that somebody has is refused with; "" is a placeholder
}

// A Business is one company's books.
type Business struct {
	ID        string
	Name      string
	Base      string // ISO code of the currency that the books are kept in
	Created   time.Time
	Rules     Rules
	Clock     func() time.Time
	Financial Financial
	Invoicing Invoicing
	Rates     map[string]Rate // own exchange rates by currency

	Contacts    *Shelf[*Contact]
	Addresses   *Shelf[*ContactAddress]
	Persons     *Shelf[*ContactPerson]
	Items       *Shelf[*Item]
	Movements   *Shelf[*Movement]
	PriceTypes  *Shelf[*PriceType]
	RateTypes   *Shelf[*PriceType]
	Invoices    *Shelf[*Document]
	CreditNotes *Shelf[*Document]
	Estimates   *Shelf[*Document]
	Quotes      *Shelf[*Document]
	Payments    *Shelf[*Payment]
	Allocations *Shelf[*Allocation]
	Ledger      *ledger.Journal

	references map[string]*Contact  // by lower-case reference, deleted contacts too
	artefacts  map[string]*Artefact // everything that can be paid or allocated
	sequence   int
}

// New returns an empty business with the British chart of accounts, whose
// accounts start on the first day of the year before last.
func New(id, name, base string, clock func() time.Time) *Business {
	now := clock()
	b := &Business{
		ID: id, Name: name, Base: base, Created: now, Clock: clock,
		Financial:   newFinancial(base, now),
		Invoicing:   newInvoicing(),
		Rates:       map[string]Rate{},
		Contacts:    newShelf[*Contact](),
		Addresses:   newShelf[*ContactAddress](),
		Persons:     newShelf[*ContactPerson](),
		Items:       newShelf[*Item](),
		Movements:   newShelf[*Movement](),
		Invoices:    newShelf[*Document](),
		CreditNotes: newShelf[*Document](),
		Estimates:   newShelf[*Document](),
		Quotes:      newShelf[*Document](),
		Payments:    newShelf[*Payment](),
		Allocations: newShelf[*Allocation](),
		Ledger:      ledger.New(),
		references:  map[string]*Contact{},
		artefacts:   map[string]*Artefact{},
	}
	b.PriceTypes, b.RateTypes = b.priceTypes(chart.PriceTypes), b.priceTypes(chart.RateTypes)
	return b
}

// newRecord numbers a new thing. Ids depend on the business and the order of
// its requests alone, so a replayed journal gives the same ids.
func (b *Business) newRecord(kind, contact string) Record {
	b.sequence++
	now := b.Clock()
	return Record{
		ID:       chart.ID(b.ID+"/"+kind, fmt.Sprint(b.sequence)),
		Sequence: b.sequence,
		Contact:  contact,
		Created:  now,
		Updated:  now,
	}
}

// post writes one transaction to the ledger and keeps the contact's balance.
func (b *Business) post(t ledger.Transaction, lines []ledger.Line) (string, error) {
	record := b.newRecord("transaction", t.Contact)
	t.ID, t.Created = record.ID, record.Created
	if err := b.Ledger.Post(t, lines); err != nil {
		return "", fmt.Errorf("post %s: %w", t.Type, err)
	}
	b.carry(t.Contact, lines)
	return t.ID, nil
}

// reverse undoes a posted transaction.
func (b *Business) reverse(id string) error {
	undo := b.newRecord("transaction", "")
	lines, err := b.Ledger.Reverse(id, undo.ID, undo.Created)
	if err != nil {
		return err
	}
	b.carry(b.Ledger.Transaction(id).Contact, lines)
	return nil
}

func (b *Business) carry(contact string, lines []ledger.Line) {
	c, ok := b.Contacts.Get(contact)
	if !ok {
		return
	}
	for _, line := range lines {
		if line.Account == chart.Debtors {
			c.Balance = c.Balance.Add(line.Amount)
		}
	}
}
