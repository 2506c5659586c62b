package plan

import (
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/plan/lines"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/work"
)

// amounts makes a document one of a single line; net and tax are the line's. "" is no line.
func amounts(d *canonical.Document, total, tax, net, lineTax string) {
	d.Lines, d.Shipping, d.GrandTotal, d.TaxAmount = []canonical.Line{}, nil, amt(total), amt(tax)
	sum := amt("0")
	if net != "" {
		l := canonical.Line{LineID: 1, Name: "Blue mug", Qty: amt("1"), LineSubtotal: amt(net), NetAmount: amt(net), LineTax: amt(lineTax)}
		if l.TaxPercent = "20.00"; l.LineTax.IsZero() {
			l.TaxPercent = "0.00"
		}
		d.Lines, sum = append(d.Lines, l), l.NetAmount.Add(l.LineTax)
	}
	d.Balance = canonical.Balance{Difference: d.GrandTotal.Sub(sum)}
	if d.Balance.OK = d.Balance.Difference.Round(2).IsZero(); !d.Balance.OK {
		d.Balance.Reason = canonical.TotalsDoNotFoot
	}
}

func TestADifferenceOfRoundingIsAVisibleLineAndMoreParks(t *testing.T) {
	for name, c := range map[string]struct {
		total, net, tax, rounding string
		want                      string // the price of the rounding line, or the reason
	}{
		"a penny more than the parts":              {"12.01", "10", "2", "line", "0.01"},
		"a penny less than the parts":              {"11.99", "10", "2", "line", "-0.01"},
		"a penny less at the rate of the line":     {"11.99", "12", "0", "line", "-0.01"},
		"a penny more on one untaxed amount":       {"12.01", "12", "0", "line", "0.01"},
		"more than half a penny for each amount":   {"12.02", "10", "2", "line", "totals_do_not_foot"},
		"a part that an extension has added":       {"17.00", "10", "2", "line", "totals_do_not_foot"},
		"a penny more, parked by policy":           {"12.01", "10", "2", "park", "totals_do_not_foot"},
		"six tenths of a penny, parked by policy":  {"12.006", "10", "2", "park", "totals_do_not_foot"},
		"what adds up is posted where it can park": {"12.00", "10", "2", "park", ""},
	} {
		t.Run(name, func(t *testing.T) {
			i := invoiceOf(1, ada)
			amounts(&i.Document, c.total, c.tax, c.net, c.tax)
			q := ask(i).withContact()
			q.Policy.Totals = policy.Totals{Rounding: c.rounding}
			q.Policy.UntaxedTaxRateID = "ZERO"
			v := q.answer(t)
			if v.Item.State == work.ItemParked {
				if string(v.Item.Reason) != c.want {
					t.Errorf("parked %s %q, want %q", v.Item.Reason, v.Item.Hint, c.want)
				}
				return
			}
			body := string(v.Operations[0].Body)
			line := `"description":"Rounding","ledger_account_id":"adjustments","quantity":"1","unit_price":"` + c.want + `"`
			if c.want == "" && strings.Contains(body, "Rounding") || c.want != "" && !strings.Contains(body, line) {
				t.Errorf("sent %s, want a rounding line of %q", body, c.want)
			}
			if !v.Operations[0].Total.Equal(amt(c.total)) {
				t.Errorf("it comes to %s, want Magento's %s", v.Operations[0].Total, c.total)
			}
		})
	}
}

func TestRowsThatAreMissingAreNeverRounding(t *testing.T) {
	i := invoiceOf(1, ada)
	amounts(&i.Document, "12.01", "2", "10", "2")
	i.Balance.Reason = canonical.RowsMissing
	if v := ask(i).withContact().answer(t); told(v) != "parked totals_do_not_foot" {
		t.Errorf("%q, want it parked until its rows come", told(v))
	}
}

func TestACreditMemoOverNothingWithoutLinesIsSkipped(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*canonical.Document)
		want   string
	}{
		"nothing at all":                    {func(d *canonical.Document) { amounts(d, "0", "0", "", "") }, "skipped zero_value_invoice"},
		"a line over nothing was delivered": {func(d *canonical.Document) { amounts(d, "0", "0", "0", "0") }, "planned +create_credit_note"},
		"its rows have not come": {func(d *canonical.Document) {
			amounts(d, "0", "0", "", "")
			d.Balance = canonical.Balance{Reason: canonical.RowsMissing}
		}, "parked totals_do_not_foot"},
		"tax without anything that is taxed": {func(d *canonical.Document) { amounts(d, "0", "2", "", "") }, "parked negative_total"},
		"paid by store credit, without lines": {func(d *canonical.Document) {
			amounts(d, "0", "0", "", "")
			d.Settlements = []canonical.Settlement{{Kind: "store_credit", Amount: amt("5")}}
			d.Balance = canonical.Balance{Reason: canonical.TotalsDoNotFoot, Difference: amt("5")}
		}, "parked totals_do_not_foot"},
		"a total that no line explains":        {func(d *canonical.Document) { amounts(d, "5", "0", "", "") }, "parked totals_do_not_foot"},
		"a fee that is larger than the refund": {func(d *canonical.Document) { amounts(d, "-3", "0", "-3", "0") }, "parked negative_total"},
		"tax alone below zero":                 {func(d *canonical.Document) { amounts(d, "3", "-1", "4", "-1") }, "parked negative_total"},
		"net below zero and tax above":         {func(d *canonical.Document) { amounts(d, "0", "2", "-2", "2") }, "parked negative_total"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, kind := range []canonical.Kind{canonical.KindCreditMemo, canonical.KindInvoice} {
				i, want := invoiceOf(1, ada), c.want
				q := ask(i).withContact()
				if kind == canonical.KindCreditMemo {
					m := creditOf(2, i)
					c.change(&m.Document)
					q = ask(m).withContact()
					q.InSage.Invoices = map[canonical.ID]work.SyncItem{"invoice:1": {SageID: "s", SageContactID: "contact-5", SentDigest: saleOf(&i.Document).String()}}
				} else {
					c.change(&i.Document)
					want = strings.Replace(want, "credit_note", "invoice", 1)
				}
				v := q.answer(t)
				if told(v) != want {
					t.Errorf("%s: %q, want %q", kind, told(v), want)
				}
				if v.Item.Reason == work.NegativeTotal && !strings.Contains(v.Item.Hint, "below zero") {
					t.Errorf("the hint is %q", v.Item.Hint)
				}
			}
		})
	}
}

func TestWhatIsBelowZeroIsCalledWhatItIs(t *testing.T) {
	for name, c := range map[string]struct {
		net, tax      string
		invoice, memo string
	}{
		"both below zero": {"-3", "-0.60", "takes off more than it charges is a credit: write a credit note", "fee is larger than its refund is a charge: write an invoice"},
		"net below zero":  {"-3", "0", "write a credit note", "write an invoice"},
		"tax below zero":  {"3", "-1", "its tax goes the other way than its goods", "its tax goes the other way than its goods"},
		"tax alone":       {"0", "-1", "write a credit note", "write an invoice"},
		"tax above it":    {"-3", "1", "its goods go the other way than its tax", "its goods go the other way than its tax"},
	} {
		t.Run(name, func(t *testing.T) {
			target := lines.Target{Net: amt(c.net), Tax: amt(c.tax)}
			for kind, want := range map[canonical.Kind]string{canonical.KindInvoice: c.invoice, canonical.KindCreditMemo: c.memo} {
				end := notNegative(kind, target)
				if end.reason != work.NegativeTotal || !strings.Contains(end.hint, want) || strings.Contains(end.hint, "credit memo") && kind == canonical.KindInvoice {
					t.Errorf("%s: %q, want %q", kind, end.hint, want)
				}
			}
		})
	}
}

// Scope leaves out what is over nothing, and not what was paid in another way than by money.
func TestWhatStoreCreditHasPaidIsNotOverNothing(t *testing.T) {
	i := invoiceOf(1, ada)
	i.Settlements = []canonical.Settlement{{Kind: "store_credit", Amount: i.GrandTotal}}
	i.GrandTotal = amt("0")
	q := ask(i).withContact()
	q.Policy.SyncZeroValueInvoices = false
	if v := q.answer(t); told(v) != "planned +create_invoice" {
		t.Errorf("%q, %q; want it posted", told(v), v.Item.Hint)
	}
}
