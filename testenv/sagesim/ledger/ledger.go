// Package ledger is the double-entry journal behind the simulated business.
//
//	transaction ── 2..n entries ── account balance
//
// Every transaction balances to the penny or it is refused, and nothing is ever
// removed: voiding and deleting append the opposite entries. So the journal is
// the independent witness against which a test holds what the documents claim.
// It knows amounts and accounts; what an invoice is, it does not know.
package ledger

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
)

// A Line is one side of a transaction: debits positive, credits negative, in
// the base currency.
type Line struct {
	Account     string // ledger account id
	Amount      decimal.Number
	TaxRate     string // tax rate id; empty where no tax is meant
	Description string
}

// A Transaction is what one document or payment did to the books.
type Transaction struct {
	ID        string
	Type      string // Sage's transaction type, such as SALES_INVOICE
	Date      string // YYYY-MM-DD
	Reference string
	Contact   string // contact id
	Origin    string // id of the document or payment
	Total     decimal.Number
	Created   time.Time
	Deleted   bool // reversed by a later transaction, or itself a reversal; both stay
}

// An Entry is one line of a transaction in the journal.
type Entry struct {
	ID          string
	Transaction *Transaction
	Line
}

// Balance is what one account holds: all debits less all credits.
type Balance struct {
	Account string         `json:"ledger_account_id"`
	Debit   decimal.Number `json:"debit"`
	Credit  decimal.Number `json:"credit"`
}

// A Journal is append-only. It is not safe for concurrent use.
type Journal struct {
	entries   []Entry
	positions map[string][]int // transaction id → indices of its entries
	index     map[string]*Transaction
	balances  map[string]*Balance
}

// New returns an empty journal.
func New() *Journal {
	return &Journal{positions: map[string][]int{}, index: map[string]*Transaction{}, balances: map[string]*Balance{}}
}

// Post appends a transaction. It refuses one whose lines do not sum to zero.
func (j *Journal) Post(t Transaction, lines []Line) error {
	var sum decimal.Number
	for _, line := range lines {
		sum = sum.Add(line.Amount)
	}
	if !sum.IsZero() {
		return fmt.Errorf("transaction %s %s is out of balance by %s", t.Type, t.Reference, sum)
	}
	kept := t
	j.index[t.ID] = &kept
	for i, line := range lines {
		if !line.Amount.IsZero() {
			j.add(Entry{fmt.Sprintf("%s%04x", t.ID[:28], i), &kept, line})
		}
	}
	return nil
}

func (j *Journal) add(e Entry) {
	j.positions[e.Transaction.ID] = append(j.positions[e.Transaction.ID], len(j.entries))
	j.entries = append(j.entries, e)
	b := j.balances[e.Account]
	if b == nil {
		b = &Balance{Account: e.Account}
		j.balances[e.Account] = b
	}
	if e.Amount.Sign() > 0 {
		b.Debit = b.Debit.Add(e.Amount)
	} else {
		b.Credit = b.Credit.Sub(e.Amount)
	}
}

// Reverse appends the opposite of transaction id under the id newID, marks both
// as deleted and returns the lines it posted.
func (j *Journal) Reverse(id, newID string, now time.Time) ([]Line, error) {
	old := j.index[id]
	if old == nil || old.Deleted {
		return nil, fmt.Errorf("transaction %s cannot be reversed", id)
	}
	reversal := *old
	reversal.ID, reversal.Created, reversal.Deleted = newID, now, true
	reversal.Total = old.Total.Neg()
	lines := j.opposite(id)
	if err := j.Post(reversal, lines); err != nil {
		return nil, fmt.Errorf("reverse: %w", err)
	}
	old.Deleted = true
	return lines, nil
}

func (j *Journal) opposite(id string) []Line {
	var lines []Line
	for _, i := range j.positions[id] {
		line := j.entries[i].Line
		line.Amount = line.Amount.Neg()
		lines = append(lines, line)
	}
	return lines
}

// Transaction returns the transaction with this id, or nil.
func (j *Journal) Transaction(id string) *Transaction { return j.index[id] }

// Entries returns all entries in the order of posting.
func (j *Journal) Entries() []Entry { return j.entries }

// TrialBalance returns every account that was ever used, by id.
func (j *Journal) TrialBalance() []Balance {
	out := make([]Balance, 0, len(j.balances))
	for _, b := range j.balances {
		out = append(out, *b)
	}
	slices.SortFunc(out, func(a, b Balance) int { return cmp.Compare(a.Account, b.Account) })
	return out
}

// Net returns debits less credits of one account.
func (j *Journal) Net(account string) decimal.Number {
	if b := j.balances[account]; b != nil {
		return b.Debit.Sub(b.Credit)
	}
	return decimal.Number{}
}

// Balanced says whether all debits equal all credits, counted entry by entry.
func (j *Journal) Balanced() bool {
	var sum decimal.Number
	for _, e := range j.entries {
		sum = sum.Add(e.Amount)
	}
	return sum.IsZero()
}
