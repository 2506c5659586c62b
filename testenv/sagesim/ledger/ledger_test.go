package ledger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
	"github.com/mage2sage/mage2sage/testenv/sagesim/ledger"
)

// id is an id as the books make them: 32 characters.
func id(name string) string { return name + strings.Repeat("0", 32-len(name)) }

func lines(amounts map[string]string) (out []ledger.Line) {
	for account, amount := range amounts {
		out = append(out, ledger.Line{Account: account, Amount: decimal.Must(amount)})
	}
	return out
}

func TestATransactionBalancesOrIsRefused(t *testing.T) {
	j := ledger.New()
	if err := j.Post(ledger.Transaction{ID: id("a")}, lines(map[string]string{"debtors": "12", "sales": "-10", "vat": "-1.99"})); err == nil {
		t.Error("a transaction out of balance by a penny was posted")
	}
	if err := j.Post(ledger.Transaction{ID: id("b")}, lines(map[string]string{"debtors": "12", "sales": "-10", "vat": "-2", "carriage": "0"})); err != nil {
		t.Error(err)
	}
	if n := len(j.Entries()); n != 3 || !j.Balanced() {
		t.Errorf("the journal holds %d entries and balances: %v", n, j.Balanced())
	}
}

func TestReversingAppendsTheOpposite(t *testing.T) {
	j := ledger.New()
	if err := j.Post(ledger.Transaction{ID: id("a"), Total: decimal.Must("12")}, lines(map[string]string{"debtors": "12", "sales": "-12"})); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Reverse(id("a"), id("b"), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if !j.Net("debtors").IsZero() || len(j.Entries()) != 4 || !j.Transaction(id("a")).Deleted || !j.Transaction(id("b")).Deleted {
		t.Errorf("debtors hold %s after %d entries", j.Net("debtors"), len(j.Entries()))
	}
	for _, gone := range []string{id("a"), id("b"), id("c")} {
		if _, err := j.Reverse(gone, id("d"), time.Time{}); err == nil {
			t.Errorf("transaction %s was reversed again", gone)
		}
	}
}

func TestTheTrialBalanceKeepsBothSides(t *testing.T) {
	j := ledger.New()
	for i, amounts := range []map[string]string{{"bank": "5", "debtors": "-5"}, {"bank": "-2", "debtors": "2"}} {
		if err := j.Post(ledger.Transaction{ID: id(string(rune('a' + i)))}, lines(amounts)); err != nil {
			t.Fatal(err)
		}
	}
	bank := j.TrialBalance()[0]
	if bank.Account != "bank" || bank.Debit.String() != "5.0" || bank.Credit.String() != "2.0" {
		t.Errorf("the bank's line is %+v", bank)
	}
	if !j.Net("nothing").IsZero() {
		t.Error("an account that was never used holds something")
	}
}
