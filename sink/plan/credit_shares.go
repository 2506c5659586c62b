package plan

import (
	"slices"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// creditShares say how a credit note is settled: what is set against invoices, what is given back
// from a bank account, and what stays open, with the reason.
type creditShares struct {
	allocated []resource.Allocation // of invoices, positive
	refund    money.Amount
	bank      string
	left      money.Amount
	why       work.Reason
}

// shareCredit divides a credit note as Magento has settled the memo: the money that it gave back
// comes from what was paid for the order, and whatever else it took off is set against what is
// open of the order's invoices. A memo of an invoice that is open takes from that first.
func shareCredit(p policy.Payments, item work.SyncItem, m *canonical.CreditMemo, o orderMoney) (s creditShares, err error) {
	total := *item.SageTotal
	back, storeCredit := moneyBack(m, total)
	own, err := o.ownInvoiceOpen(m)
	if err != nil {
		return s, err
	}
	given := money.Min(back.Sub(money.Min(back, own)), o.receivedFor(item.ID))
	if s.allocated, err = o.allocate(total.Sub(given), item, m.InvoiceID); err != nil {
		return s, err
	}
	s.bank = p.BankFor(m.PaymentMethod)
	s.left = total.Sub(given)
	for _, a := range s.allocated {
		s.left = s.left.Sub(a.Amount)
	}
	switch blocked := whyNotRefunded(p, m, s.bank); {
	case given.Sign() > 0 && blocked != "":
		s.left, s.why = s.left.Add(given), blocked
	case s.left.Sign() > 0 && storeCredit.Sign() > 0:
		s.refund, s.why = given, work.RefundedToStoreCredit
	default:
		s.refund, s.why = given, work.RefundExceedsPayments
	}
	return s, nil
}

// moneyBack is what of a memo was given back as money, and what as store credit or the like: that
// is no part of the grand total, but for what a person has put onto store credit instead of
// paying it out.
func moneyBack(m *canonical.CreditMemo, total money.Amount) (back, storeCredit money.Amount) {
	var settled money.Amount
	for _, s := range m.Settlements {
		settled = settled.Add(s.Amount)
	}
	var instead money.Amount
	if m.RefundedToStoreCredit != nil {
		instead = money.Max(m.RefundedToStoreCredit.Sub(settled), money.Amount{})
	}
	back = m.GrandTotal.Sub(instead).Round(2)
	back = money.Max(money.Min(back, total), money.Amount{})
	return back, settled.Add(instead)
}

// whyNotRefunded is why no bank account gives the money of a memo back; "" where one does.
func whyNotRefunded(p policy.Payments, m *canonical.CreditMemo, bank string) work.Reason {
	switch {
	case bank == "" && p.IsMapped(m.PaymentMethod):
		return work.PaymentLeftOpen
	case bank == "":
		return work.PaymentNotMapped
	case p.LeavesOpen(m.TransactionID):
		return work.RefundLeftOpen
	}
	return ""
}

// ownInvoiceOpen is what is open of the invoice that a memo names, where that is not paid.
func (o orderMoney) ownInvoiceOpen(m *canonical.CreditMemo) (money.Amount, error) {
	for _, i := range o.invoices {
		if i.id == canonical.NewID(canonical.KindInvoice, m.InvoiceID) && i.item.Payment != work.Paid {
			return o.openOf(i, m.ID())
		}
	}
	return money.Amount{}, nil
}

// allocate spreads an amount over what is open of the order's invoices: the one that the memo
// names first, then the oldest. Sage allocates within one contact only.
func (o orderMoney) allocate(amount money.Amount, item work.SyncItem, named uint64) (all []resource.Allocation, err error) {
	first := canonical.NewID(canonical.KindInvoice, named)
	invoices := slices.Clone(o.invoices)
	slices.SortStableFunc(invoices, func(a, b invoiceMoney) int {
		switch {
		case a.id == first && b.id != first:
			return -1
		case b.id == first && a.id != first:
			return 1
		}
		return 0
	})
	for _, i := range invoices {
		if i.item.SageContactID != item.SageContactID || i.item.Payment == work.Void {
			continue
		}
		open, err := o.openOf(i, item.ID)
		if err != nil {
			return nil, err
		}
		if share := money.Min(open, amount); share.Sign() > 0 {
			all = append(all, resource.Allocation{ArtefactID: i.item.SageID, Amount: share})
			amount = amount.Sub(share)
		}
	}
	return all, nil
}
