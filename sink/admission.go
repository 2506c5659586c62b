package sink

import (
	"fmt"
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/store"
)

// taxPatience is how long a document waits for the rows that explain its tax:
// Magento commits them shortly after the order.
const taxPatience = 30 * time.Second

// admit holds a document against the policy and against itself. It returns a
// verdict, or nil when the document may be posted.
func (c Case) admit(h *canonical.Envelope, d *canonical.Document) *store.Verdict {
	for _, check := range []func(*canonical.Envelope, *canonical.Document) *store.Verdict{
		c.stillThere, c.filtered, c.since, c.worth, c.connected, c.foots, c.taxed, c.base,
	} {
		if v := check(h, d); v != nil {
			return v
		}
	}
	return nil
}

func verdictOf(v store.Verdict) *store.Verdict { return &v }

func (c Case) stillThere(h *canonical.Envelope, d *canonical.Document) *store.Verdict {
	switch {
	case h.Deleted:
		return verdictOf(c.skip(IsDeleted))
	case d.State == canonical.Cancelled:
		return verdictOf(c.skip(IsCancelled))
	}
	return nil
}

func (c Case) filtered(h *canonical.Envelope, _ *canonical.Document) *store.Verdict {
	for _, f := range []struct {
		wanted []int
		have   *int
	}{{c.Policy.WebsiteFilter, h.WebsiteID}, {c.Policy.StoreFilter, h.StoreID}} {
		switch {
		case len(f.wanted) == 0:
		case f.have == nil:
			return verdictOf(c.park(StoreUnknown, "the binding filters by store and Magento does not know this document's any more: remove the filter or post it by hand"))
		case !slices.Contains(f.wanted, *f.have):
			return verdictOf(c.skip(OutsideFilter))
		}
	}
	return nil
}

func (c Case) since(_ *canonical.Envelope, d *canonical.Document) *store.Verdict {
	made, err := time.Parse(time.RFC3339, d.CreatedAt)
	if err != nil {
		return verdictOf(c.park(DateUnreadable, "created_at is no date: look at the document in Magento"))
	}
	since := c.Binding.ImportedAt
	if c.Policy.SyncSince != nil {
		since = *c.Policy.SyncSince
	}
	if made.Before(since.Truncate(time.Second)) {
		return verdictOf(c.skip(OutsideSyncSince))
	}
	return nil
}

func (c Case) worth(_ *canonical.Envelope, d *canonical.Document) *store.Verdict {
	if d.GrandTotal.IsZero() && len(d.Settlements) == 0 && !c.Policy.SyncZeroValueInvoices {
		return verdictOf(c.skip(ZeroValue))
	}
	if _, isInvoice := c.Entity.(*canonical.Invoice); isInvoice && d.State == canonical.Open && !c.Policy.SyncUnpaidInvoices {
		v := c.wait(WaitsForPayment, "", "")
		v.Cancel = true
		return &v
	}
	return nil
}

func (c Case) connected(*canonical.Envelope, *canonical.Document) *store.Verdict {
	if c.Binding.Business == "" {
		return verdictOf(c.wait(NotConnected, "", "run mage2sage connect --binding "+c.Binding.Name))
	}
	return nil
}

func (c Case) foots(_ *canonical.Envelope, d *canonical.Document) *store.Verdict {
	if d.Balance.OK {
		return nil
	}
	hint := fmt.Sprintf("Magento's total differs from the sum of its parts by %s", d.Balance.Difference.Fixed(4))
	if d.Balance.Reason != "" && d.Balance.Reason != canonical.TotalsDoNotFoot {
		hint += " (" + d.Balance.Reason + ")"
	}
	return verdictOf(c.park(TotalsDoNotFoot, hint+": look at it in Magento; an extension may add to the total"))
}

func (c Case) taxed(_ *canonical.Envelope, d *canonical.Document) *store.Verdict {
	if d.TaxRatesComplete {
		return nil
	}
	v := c.wait(WaitsForTaxRates, "", "")
	left := taxPatience - c.Now.Sub(*v.Document.WaitingSince)
	if c.Document.Reason == string(TaxRatesIncomplete) || left <= 0 {
		return verdictOf(c.park(TaxRatesIncomplete, "Magento has no rows that explain this document's tax (sales_order_tax): look at the order in Magento"))
	}
	v.Again = left
	return &v
}

func (c Case) base(_ *canonical.Envelope, d *canonical.Document) *store.Verdict {
	if d.Currency == c.Binding.BaseCurrency || d.BaseCurrency == c.Binding.BaseCurrency && d.BaseToOrderRate.Sign() > 0 {
		return nil
	}
	return verdictOf(c.park(BaseCurrencyMismatch, fmt.Sprintf("Magento's base currency is %s and the books are kept in %s, so no exchange rate is known: post it by hand",
		d.BaseCurrency, c.Binding.BaseCurrency)))
}

// exchangeRate is base units per unit of the document's currency, as Sage takes it
// and Magento does not store it; nil in the base currency.
func (c Case) exchangeRate(d *canonical.Document) *money.Amount {
	if d.Currency == c.Binding.BaseCurrency {
		return nil
	}
	rate := one.Quo(d.BaseToOrderRate, 10)
	return &rate
}
