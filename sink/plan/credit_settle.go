package plan

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// settleCredit settles a credit note that is in Sage: by an allocation to what is open of the
// order's invoices and a refund of what was paid, once each. What stays open says why.
func settleCredit(c Case, m *canonical.CreditMemo, o orderMoney) (stop, error) {
	own := o.memos[c.Item.ID]
	unpaid := stop{state: work.ItemPosted, payment: work.Unpaid}
	if end := settlingHeld(own); end.found() {
		return end, nil
	}
	switch {
	case c.Item.Payment == work.Paid:
		return stop{state: work.ItemPosted}, nil
	case m.State != canonical.Refunded || c.Item.SageTotal == nil || c.Item.SageTotal.Sign() <= 0:
		unpaid.cancel = true
		return unpaid, nil
	case c.Item.SageContactID == "":
		return open(work.PostedByHand, "it was posted by hand: refund or allocate it in Sage by hand, and type mage2sage document settle with --paid"), nil
	}
	if end := invoicePending(c, o); end.found() {
		return end, nil
	}
	if end := hasExchangeRate(c.Binding.BaseCurrency, &m.Document); end.found() {
		return end, nil
	}
	shares, err := shareCredit(c.Policy.Payments, c.Item, m, o)
	if err != nil {
		return stop{}, err
	}
	return settleBy(c, m, own, shares)
}

// settlingHeld stops the plan of a credit note while what settles it has an open end.
func settlingHeld(own settling) stop {
	for _, h := range []work.History{own.allocations, own.refunds} {
		o, ok := sent(h)
		switch {
		case !ok || o.State == work.Confirmed:
		case o.State == work.Parked:
			end := parked(work.ParkReason{Reason: work.Reason(o.Reason), Hint: o.Hint})
			end.cancel = false
			return end
		default:
			return stop{state: work.ItemPosted, payment: work.Unpaid}
		}
	}
	return stop{}
}

// open is the stop of what is in Sage and stays open there. What was planned and never sent
// is cancelled.
func open(why work.Reason, hint string) stop {
	return stop{state: work.ItemOpen, reason: why, hint: hint, payment: work.Unpaid, cancel: true}
}

// invoicePending waits for the payments of the order's invoices: before, nobody can tell what is
// open of them.
func invoicePending(c Case, o orderMoney) stop {
	for _, i := range o.invoices {
		hint := ""
		switch {
		case i.item.Payment == work.Paid || i.item.Payment == work.Void:
			continue
		case i.item.State == work.ItemParked:
			hint = fmt.Sprintf("its invoice %s is for a person: %s", cmp.Or(i.item.Number, string(i.id)), i.item.Reason)
		default:
			if _, ok := standingIn(i.payments); !ok && !paymentComes(c, i.entity, i.item) {
				continue
			}
		}
		end := open(work.WaitsForItsPayment, hint)
		end.waitsFor = string(i.id)
		return end
	}
	return stop{}
}

// settleBy plans what of an allocation and a refund is not made yet.
func settleBy(c Case, m *canonical.CreditMemo, own settling, s creditShares) (stop, error) {
	allocation, end, err := allocateCredit(c, m, own.allocations, s.allocated)
	if err != nil {
		return stop{}, err
	}
	refund, refused, err := refundCredit(c, m, own.refunds, s)
	if err != nil {
		return stop{}, err
	}
	planned := append(allocation, refund...)
	if end.found() || refused.found() {
		if !end.found() {
			end = refused
		}
		end.payment, end.operations = work.Unpaid, planned // what was not refused goes all the same
		return end, nil
	}
	if len(planned) > 0 {
		return stop{state: work.ItemPosted, payment: work.Unpaid, cancel: true, operations: planned}, nil
	}
	return settledBy(c, own, s), nil
}

// settledBy concludes what of a credit note is settled, once nothing more is to be made.
func settledBy(c Case, own settling, s creditShares) stop {
	left := *c.Item.SageTotal
	for _, h := range []work.History{own.allocations, own.refunds} {
		if o, ok := sent(h); ok && o.Total != nil { // what is planned only is cancelled now
			left = left.Sub(o.Total.Round(2))
		}
	}
	if left.Sign() <= 0 {
		return stop{state: work.ItemPosted, payment: work.Paid, cancel: true}
	}
	return open(s.why, fmt.Sprintf("%s %s of it: %s; once it is settled there, type mage2sage document settle with --paid", left.Fixed(2), c.Item.Currency, openHints[s.why]))
}

// openHints tell a person what an open amount is, and what can be done.
var openHints = map[work.Reason]string{
	work.PaymentNotMapped:      "no bank account pays refunds of its payment method: name one in payment_method_map, or set default_bank_account_id",
	work.PaymentLeftOpen:       "payment_method_map leaves its payment method open: book what was given back in Sage by hand",
	work.RefundLeftOpen:        "Magento has refunded it offline, and offline_refunds is leave_open: book in Sage by hand how it was given back",
	work.RefundedToStoreCredit: "Magento gave it back as store credit or the like: it is owed to the buyer until it is spent",
	work.RefundExceedsPayments: "Sage has no payment and nothing open of its order for it: allocate or refund it in Sage by hand",
}

// allocateCredit plans the allocation of a credit note to invoices, unless it was sent.
func allocateCredit(c Case, m *canonical.CreditMemo, h work.History, shares []resource.Allocation) ([]work.Operation, stop, error) {
	if _, ok := sent(h); ok || len(shares) == 0 {
		return nil, stop{}, nil
	}
	var total money.Amount
	for _, s := range shares {
		total = total.Add(s.Amount)
	}
	n := resource.NewAllocation{
		TransactionTypeID: resource.CustomerAllocation, ContactID: c.Item.SageContactID, Date: c.Item.AccountingDate,
		AllocatedArtefacts: append(shares, resource.Allocation{ArtefactID: c.Item.SageID, Amount: total.Neg()}),
	}
	return settlingOperation(c, m, settlingProposal{
		kind: work.AllocateCreditNote, object: "allocation", history: h, content: n, total: total, refusal: work.AllocationRefused,
		body: func(id string) (json.RawMessage, error) { n.IdempotencyID = id; return n.Body() },
	})
}

// refundCredit plans the refund of a credit note from a bank account, unless it was sent.
func refundCredit(c Case, m *canonical.CreditMemo, h work.History, s creditShares) ([]work.Operation, stop, error) {
	if _, ok := sent(h); ok || s.refund.Sign() <= 0 {
		return nil, stop{}, nil
	}
	n := resource.NewPayment{
		TransactionTypeID: resource.CustomerRefund, ContactID: c.Item.SageContactID, BankAccountID: s.bank, Date: c.Item.AccountingDate, TotalAmount: s.refund,
		Reference: documentReference(c.Policy.InvoiceNumberPrefix, m.IncrementID), CurrencyID: m.Currency,
		ExchangeRate:       exchangeRate(c.Binding.BaseCurrency, &m.Document),
		AllocatedArtefacts: []resource.Allocation{{ArtefactID: c.Item.SageID, Amount: s.refund}},
	}
	return settlingOperation(c, m, settlingProposal{
		kind: work.RefundCreditNote, object: "refund", history: h, content: n, total: s.refund, reference: n.Reference, refusal: work.RefundRefused,
		body: func(id string) (json.RawMessage, error) { n.IdempotencyID = id; return n.Body() },
	})
}

// A settlingProposal is an allocation or a refund on its way to Sage.
type settlingProposal struct {
	kind      work.OperationKind
	object    string // in its idempotency id
	history   work.History
	content   any
	body      func(idempotencyID string) (json.RawMessage, error)
	total     money.Amount
	reference string
	refusal   work.Reason // once Sage has refused it
}

// settlingOperation makes the operation, unless Sage has refused just that.
func settlingOperation(c Case, m *canonical.CreditMemo, p settlingProposal) ([]work.Operation, stop, error) {
	o, refused, err := propose(c.Binding, proposal{
		key: work.OperationKey{Kind: p.kind, Entity: string(c.Item.ID)}, history: p.history,
		verb: "create", object: p.object, identity: documentIdentity(&m.Document), content: p.content, body: p.body,
	})
	if err != nil {
		return nil, stop{}, err
	}
	if refused {
		last, _ := p.history.Last()
		return nil, parked(work.ParkReason{Reason: p.refusal, Hint: last.Hint +
			": settle it in Sage by hand and type mage2sage document settle with --paid, or correct what is in the way and type --retry"}), nil
	}
	o.Reference, o.Total = p.reference, &p.total
	return []work.Operation{o}, stop{}, nil
}
