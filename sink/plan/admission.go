package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/plan/lines"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// taxPatience is how long a document waits for the rows that explain its tax. Magento
// writes them in a transaction of its own, a moment after the order; half a minute is
// long for a shop under load, and short for the accountant who waits for a reason.
const taxPatience = 30 * time.Second

// admit checks, in this order, whether policy and content allow the document to be
// posted. mustBePaid keeps an open document waiting.
func admit(c Case, h *canonical.Envelope, d *canonical.Document, draft lines.Draft, mustBePaid bool) stop {
	since := c.Policy.Since(c.Binding.ImportedAt)
	for _, check := range []func() stop{
		func() stop { return exists(c, h, d) },
		func() stop { return passesFilter(c.Policy.WebsiteFilter, h.WebsiteID) },
		func() stop { return passesFilter(c.Policy.StoreFilter, h.StoreID) },
		func() stop { return afterSyncSince(since, d) },
		func() stop { return notZeroValue(c.Policy.Scope, d, draft) },
		func() stop { return isPaid(mustBePaid, d) },
		func() stop { return hasNumber(d) },
		func() stop { return connected(c.Binding) },
		func() stop { return complete(c.Binding.Name, c.Policy) },
		func() stop { return foots(d.Balance, draft) },
		func() stop { return notNegative(c.Item.ID.Kind(), draft.Target) },
		func() stop { return fitsCurrency(d) },
		func() stop { return taxExplained(c.Item, c.Now, d) },
		func() stop { return hasExchangeRate(c.Binding.BaseCurrency, d) },
	} {
		if end := check(); end.found() {
			return end
		}
	}
	return stop{}
}

// exists leaves out what is gone. After a restore of Postgres, a document that was deleted
// meanwhile may stand in Sage without our knowledge: that is for a person. What this very
// database has left out before stays so.
func exists(c Case, h *canonical.Envelope, d *canonical.Document) stop {
	switch {
	case h.Deleted && c.ReadBefore && !(c.Item.State == work.ItemSkipped && c.Item.Reason == work.IsDeleted):
		return parked(work.ParkReason{Reason: work.DeletedUnseen, Hint: fmt.Sprintf(
			"Magento has deleted it, and Postgres was restored or made anew since it was first read: it may stand in Sage. Look there for %s; "+
				"if it is there, void it or leave it, and type mage2sage document settle with --as, else with --skip", soughtAs(c.Item, d))})
	case h.Deleted:
		return skipped(work.IsDeleted)
	case d.State == canonical.Cancelled:
		return skipped(work.IsCancelled)
	}
	return stop{}
}

// soughtAs is what a person can look for in Sage of a document that is gone.
func soughtAs(item work.SyncItem, d *canonical.Document) string {
	if item.Number != "" {
		return "number " + resource.Sanitize(item.Number, 50)
	}
	return fmt.Sprintf("documents of order %d (its entity_id in Magento; the number is not known any more)", d.OrderID)
}

func passesFilter(allowed []int, have *int) stop {
	switch {
	case len(allowed) == 0:
	case have == nil:
		return parked(work.ParkReason{Reason: work.StoreUnknown,
			Hint: "the binding filters by store and Magento does not know this document's any more: remove the filter or post it by hand"})
	case !slices.Contains(allowed, *have):
		return skipped(work.OutsideFilter)
	}
	return stop{}
}

func afterSyncSince(since time.Time, d *canonical.Document) stop {
	made, err := time.Parse(time.RFC3339, d.CreatedAt)
	if err != nil {
		return parked(work.ParkReason{Reason: work.DateUnreadable, Hint: "created_at is no date: look at the document in Magento"})
	}
	if made.Before(since.Truncate(time.Second)) {
		s := skipped(work.OutsideSyncSince)
		s.hint = "it was made before " + since.UTC().Format(time.RFC3339) + ": for older documents set sync_since in the policy and import the binding again"
		return s
	}
	return stop{}
}

// hasNumber parks what could not be found again: a number is what a document is looked up
// by after a lost answer.
func hasNumber(d *canonical.Document) stop {
	if strings.TrimSpace(resource.Sanitize(d.IncrementID, 1)) == "" {
		return parked(work.ParkReason{Reason: work.NumberMissing,
			Hint: "its increment_id is empty: give it the one that it should have in Magento's database, or post it by hand and run mage2sage document settle"})
	}
	return stop{}
}

// notZeroValue leaves out what says nothing to the books: always a document over nothing
// without any lines, and by policy one over nothing with lines.
func notZeroValue(scope policy.Scope, d *canonical.Document, draft lines.Draft) stop {
	empty := draft.Empty() && d.TaxAmount.IsZero() && d.Balance.Reason != canonical.RowsMissing
	if d.GrandTotal.IsZero() && len(d.Settlements) == 0 && (empty || !scope.SyncZeroValueInvoices) {
		return skipped(work.ZeroValue)
	}
	return stop{}
}

func isPaid(mustBe bool, d *canonical.Document) stop {
	if mustBe && d.State == canonical.Open {
		end := waiting(work.WaitsForPayment, "", "")
		end.cancel = true
		return end
	}
	return stop{}
}

func connected(b work.Binding) stop {
	if b.Business == "" {
		return waiting(work.NotConnected, "", "run mage2sage connect --binding "+b.Name)
	}
	return stop{}
}

// complete parks what has no account to be posted to, as after a connect that came first.
func complete(binding string, p policy.Policy) stop {
	if p.Complete() {
		return stop{}
	}
	return parked(work.ParkReason{Reason: work.PolicyIncomplete, Hint: fmt.Sprintf(
		"set default_ledger_account_id in the policy and run mage2sage binding import: mage2sage sage accounts --binding %s lists the ids", binding)})
}

// foots parks a document that does not add up, unless the difference is rounding that
// becomes a line. Missing rows are never rounding.
func foots(b canonical.Balance, draft lines.Draft) stop {
	if b.OK || b.Reason == canonical.TotalsDoNotFoot && draft.Explains(b.Difference) {
		return stop{}
	}
	hint := fmt.Sprintf("Magento's total differs from the sum of its parts by %s", b.Difference.Fixed(4))
	if b.Reason != "" && b.Reason != canonical.TotalsDoNotFoot {
		hint += " (" + b.Reason + ")"
	}
	return parked(work.ParkReason{Reason: work.TotalsDoNotFoot, Hint: hint + ": look at it in Magento; an extension may add to the total"})
}

// notNegative parks what Sage has no document for: it takes invoices and credit notes of
// positive amounts only, and never a net and a tax that go different ways.
func notNegative(k canonical.Kind, t lines.Target) stop {
	var what string
	switch {
	case t.Net.Sign() >= 0 && t.Tax.Sign() >= 0:
		return stop{}
	case t.Net.Sign() > 0:
		what = "its tax goes the other way than its goods: look at its tax in Magento, and write in Sage what is right"
	case t.Tax.Sign() > 0:
		what = "its goods go the other way than its tax: look at its discounts and refunds in Magento, and write in Sage what is right"
	case k == canonical.KindCreditMemo:
		what = "a credit memo whose fee is larger than its refund is a charge: write an invoice in Sage for what the buyer owes"
	default:
		what = "an invoice that takes off more than it charges is a credit: write a credit note in Sage for what the buyer gets"
	}
	return parked(work.ParkReason{Reason: work.NegativeTotal, Hint: fmt.Sprintf(
		"net %s and tax %s: Sage takes no document with an amount below zero; %s, and type mage2sage document settle", t.Net.Fixed(2), t.Tax.Fixed(2), what)})
}

// fitsCurrency parks what cannot be sent to the last digit that Magento has charged.
func fitsCurrency(d *canonical.Document) stop {
	amount, found := lines.Misfit(d)
	if !found {
		return stop{}
	}
	return parked(work.ParkReason{Reason: work.DecimalsMismatch, Hint: fmt.Sprintf(
		"%s %s has more decimals than the currency, or than the two that Sage keeps: post it by hand, rounded as it was paid", d.Currency, amount)})
}

// taxExplained waits for the rows that explain the tax, and parks a document whose
// patience is over.
func taxExplained(item work.SyncItem, now time.Time, d *canonical.Document) stop {
	if d.TaxRatesComplete {
		return stop{}
	}
	left := taxPatience - now.Sub(waitingSince(item, work.WaitsForTaxRates, now))
	if item.Reason == work.TaxRatesIncomplete || left <= 0 {
		return parked(work.ParkReason{Reason: work.TaxRatesIncomplete,
			Hint: "Magento has no rows that explain this document's tax (sales_order_tax): look at the order in Magento"})
	}
	end := waiting(work.WaitsForTaxRates, "", "")
	end.planAgainIn = left
	return end
}

func hasExchangeRate(base string, d *canonical.Document) stop {
	if d.Currency == canonical.NoCurrency || d.Currency == "" {
		return parked(work.ParkReason{Reason: work.BaseCurrencyMismatch, Hint: "Magento has no currency for it: set order_currency_code of its order in Magento, or post it by hand"})
	}
	if d.Currency == base || d.BaseCurrency == base && d.BaseToOrderRate.Sign() > 0 {
		return stop{}
	}
	if d.BaseCurrency == base {
		return parked(work.ParkReason{Reason: work.BaseCurrencyMismatch, Hint: fmt.Sprintf(
			"Magento's rate from %s to %s is %s, which is none: correct base_to_order_rate in Magento, or post it by hand", base, d.Currency, d.BaseToOrderRate)})
	}
	return parked(work.ParkReason{Reason: work.BaseCurrencyMismatch, Hint: fmt.Sprintf(
		"Magento's base currency is %s and the books are kept in %s, so no exchange rate is known: post it by hand", d.BaseCurrency, base)})
}

// waitingSince is since when an item waits for a reason: now, unless it did already.
func waitingSince(item work.SyncItem, r work.Reason, now time.Time) time.Time {
	if item.WaitingSince == nil || item.Reason != r {
		return now
	}
	return *item.WaitingSince
}
