package books

import "github.com/mage2sage/mage2sage/testenv/sagesim/decimal"

// A Side says which way an artefact moves the debtors account.
type Side int

// Invoices are debits; credit notes and payments on account are credits.
const (
	Debit  Side = 1
	Credit Side = -1
)

// An Artefact is an amount that can be paid, refunded or allocated: a posted
// invoice, a posted credit note, or the unallocated rest of a receipt.
type Artefact struct {
	ID              string
	Kind            string // Sage's transaction type, or PAYMENT_ON_ACCOUNT
	Title           string
	Contact         string
	Currency        string
	Rate            decimal.Number // base units per unit of Currency
	Side            Side
	Total           decimal.Number
	Outstanding     decimal.Number
	BaseOutstanding decimal.Number
	Settlements     []*Settlement
	owner           *Record // what changes when the artefact is settled
}

// A Settlement is what one payment or allocation took from an artefact.
type Settlement struct {
	ID        string
	By        string // id of the payment or allocation
	Kind      string // its transaction type
	Title     string
	Date      string
	Reference string
	Artefact  *Artefact
	Amount    decimal.Number // in the artefact's currency, positive
	Discount  decimal.Number
	Base      decimal.Number // what it took off the debtors account, at the artefact's rate
}

// Settled is how much of the artefact is paid or allocated.
func (a *Artefact) Settled() decimal.Number { return a.Total.Sub(a.Outstanding) }

// Status is UNPAID, PART_PAID or PAID by what is open.
func (a *Artefact) Status() string {
	switch {
	case a.Outstanding.IsZero() && !a.Total.IsZero():
		return "PAID"
	case a.Outstanding.Equal(a.Total):
		return "UNPAID"
	}
	return "PART_PAID"
}

// base is what settling amount takes off the debtors account: the rest when it
// is the last of it, so that no penny of rounding stays behind.
func (a *Artefact) base(amount decimal.Number) decimal.Number {
	if amount.Equal(a.Outstanding) {
		return a.BaseOutstanding
	}
	return amount.Mul(a.Rate).Round(2)
}

// settle applies s, which was checked, to its artefact.
func (b *Business) settle(s *Settlement) {
	a := s.Artefact
	a.Outstanding = a.Outstanding.Sub(s.Amount).Sub(s.Discount)
	a.BaseOutstanding = a.BaseOutstanding.Sub(s.Base)
	a.Settlements = append(a.Settlements, s)
	a.owner.Updated = b.Clock()
}

// release takes s back from its artefact.
func (b *Business) release(s *Settlement) {
	a := s.Artefact
	a.Outstanding = a.Outstanding.Add(s.Amount).Add(s.Discount)
	a.BaseOutstanding = a.BaseOutstanding.Add(s.Base)
	for i, other := range a.Settlements {
		if other == s {
			a.Settlements = append(a.Settlements[:i:i], a.Settlements[i+1:]...)
			break
		}
	}
	a.owner.Updated = b.Clock()
}

// artefact finds what a payment or allocation names and checks that it may take
// amount and discount from it.
func (b *Business) artefact(contact *Contact, currency string, r AllocationRequest) (*Artefact, error) {
	const source = "allocated_artefacts.artefact_id"
	a := b.artefacts[r.Artefact]
	if a == nil {
		return nil, Missing(source)
	}
	taken := r.Amount.Abs().Add(r.Discount)
	switch {
	case a.Contact != contact.ID:
		return nil, Invalid(source, "The artefact belongs to another contact.")
	case a.Currency != currency:
		return nil, Invalid("currency_id", "The currency must be that of the artefact (%s).", a.Currency)
	case a.Outstanding.IsZero():
		return nil, Invalid("", "You can only pay unpaid or part-paid invoices.")
	case taken.Cmp(a.Outstanding) > 0:
		return nil, Invalid("allocated_artefacts.amount", "The amount is more than what is outstanding (%s).", a.Outstanding)
	}
	return a, nil
}

// Unallocated returns the open credits: of one contact, or of all when empty.
func (b *Business) Unallocated(contact string) []*Artefact {
	var out []*Artefact
	for _, d := range b.CreditNotes.All() {
		if d.Open != nil && !d.Open.Outstanding.IsZero() && (contact == "" || d.Contact == contact) {
			out = append(out, d.Open)
		}
	}
	for _, p := range b.Payments.All() {
		if a := p.OnAccount; a != nil && !p.Gone() && !a.Outstanding.IsZero() && (contact == "" || p.Contact == contact) {
			out = append(out, a)
		}
	}
	return out
}

// Open is what is outstanding on all artefacts, debits less credits, in base
// currency: what the debtors account must hold.
func (b *Business) Open() decimal.Number {
	var sum decimal.Number
	for _, a := range b.artefacts {
		sum = sum.Add(a.BaseOutstanding.Mul(decimal.Int(int64(a.Side))))
	}
	return sum
}
