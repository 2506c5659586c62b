package plan

import (
	"encoding/json"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// invoicePosted compares a posted invoice with what was sent, and pays it, or voids it.
func invoicePosted(c Case, i *canonical.Invoice, in invoiceInSage) (stop, error) {
	if end := changed(c.Item, &i.Envelope, &i.Document); end.found() {
		return end, nil
	}
	switch {
	case i.State == canonical.Cancelled && !i.Deleted:
		settled, err := in.isSettled(c.Item)
		if err != nil {
			return stop{}, err
		}
		return voidCancelled(c, &i.Document, work.VoidInvoice, in.voids, settled)
	case c.Item.Payment == work.Paid:
		return paidInvoice(i), nil
	case i.Payment == nil:
		return stop{state: work.ItemPosted}, nil
	}
	return pay(c, i, in)
}

// isSettled reports whether something of a posted invoice is paid or allocated, or may be, or
// whether nobody knows because a person has posted it.
func (in invoiceInSage) isSettled(item work.SyncItem) (bool, error) {
	_, paying := sent(in.payments)
	open, err := in.open(item)
	return item.SageContactID == "" || item.Payment == work.Paid || paying || item.SageTotal == nil || !open.Equal(item.SageTotal.Round(2)), err
}

// paidInvoice is a paid invoice, with a hint on what stays open of it in Sage: what Magento took
// store credit or the like for.
func paidInvoice(i *canonical.Invoice) stop {
	var settled money.Amount
	for _, s := range i.Settlements {
		settled = settled.Add(s.Amount)
	}
	if settled.Sign() <= 0 {
		return stop{state: work.ItemPosted}
	}
	return stop{state: work.ItemPosted, hint: fmt.Sprintf(
		"%s %s of it was paid with store credit or the like: allocate it in Sage to what it was paid from", settled.Fixed(2), i.Currency)}
}

// changed stops the plan of a posted document that is not what was sent any more.
func changed(item work.SyncItem, h *canonical.Envelope, d *canonical.Document) stop {
	then, now := readSale(item.SentDigest), saleOf(d)
	mismatch := item.Reason == work.TotalMismatch || item.Reason == work.ContentMismatch
	switch {
	case !h.Deleted && then.document != now.document:
		return idUsedAgain(item, d)
	case mismatch:
		return stop{keep: true}
	case h.Deleted: // a deletion in Magento never touches Sage
		return stop{state: work.ItemPosted, hint: "deleted in Magento after it was posted"}
	case d.State == canonical.Cancelled: // voidCancelled decides
	case !then.sameBuyer(now):
		return parked(work.ParkReason{Reason: work.ChangedAfterPosting, Hint: "sold to another buyer in Magento than the contact that it was posted to: correct it in Sage by hand, and type mage2sage document settle"})
	case then.movedTo(now):
		return parked(work.ParkReason{Reason: work.ChangedAfterPosting, Hint: "moved in Magento to another customer with the e-mail address of the one that it was posted to: " +
			"if the two are not one buyer, correct it in Sage by hand; then type mage2sage document settle"})
	case then.money != now.money:
		return parked(work.ParkReason{Reason: work.ChangedAfterPosting, Hint: "amounts changed in Magento after it was posted: correct it in Sage by hand, and type mage2sage document settle"})
	}
	return stop{}
}

// paymentComes reports whether the payment of a posted invoice is to be made.
func paymentComes(c Case, i *canonical.Invoice, item work.SyncItem) bool {
	return i.Payment != nil && !i.Deleted && item.SageContactID != "" && i.GrandTotal.Round(2).Sign() > 0 && c.Policy.BankFor(i.Payment.Method) != ""
}

// pay plans the receipt of a posted invoice, allocated to it in the same call.
func pay(c Case, i *canonical.Invoice, in invoiceInSage) (stop, error) {
	unpaid := stop{state: work.ItemPosted, payment: work.Unpaid}
	before, ok := in.payments.Last()
	switch {
	case ok && before.State.UnderWay():
		return unpaid, nil
	case ok && before.State == work.Parked:
		return parked(work.ParkReason{Reason: work.Reason(before.Reason), Hint: before.Hint}), nil
	case c.Item.SageContactID == "": // a person has posted it, to a contact that is not known
		unpaid.cancel, unpaid.hint = true, "it was posted by hand: book its payment in Sage by hand, and type mage2sage document settle with --paid"
		return unpaid, nil
	case !paymentComes(c, i, c.Item):
		unpaid.cancel, unpaid.hint = true, whyUnpaid(c.Policy, i)
		return unpaid, nil
	}
	date, err := dateIn(i.Payment.CapturedAt, i.Store)
	if err != nil {
		return parked(work.ParkReason{Reason: work.DateUnreadable, Hint: "captured_at is no date: look at the invoice in Magento"}), nil
	}
	if end := hasExchangeRate(c.Binding.BaseCurrency, &i.Document); end.found() {
		return end, nil
	}
	receipt, err := receiptOf(c, i, in, date)
	if err != nil {
		return stop{}, err
	}
	o, refused, err := propose(c.Binding, proposal{
		key: work.OperationKey{Kind: work.CreatePayment, Entity: string(c.Item.ID)}, history: in.payments,
		verb: "create", object: "payment", identity: documentIdentity(&i.Document), content: receipt,
		body: func(id string) (json.RawMessage, error) {
			receipt.IdempotencyID = id
			return receipt.Body()
		},
	})
	switch {
	case err != nil:
		return stop{}, err
	case refused:
		end := parked(work.ParkReason{Reason: work.PaymentRefused, Hint: before.Hint})
		end.payment = work.Unpaid
		return end, nil
	}
	o.Reference, o.Total = receipt.Reference, &receipt.TotalAmount
	unpaid.operations = []work.Operation{o}
	return unpaid, nil
}

// whyUnpaid says why a paid invoice has no receipt in Sage.
func whyUnpaid(p policy.Policy, i *canonical.Invoice) string {
	switch {
	case i.GrandTotal.Round(2).Sign() <= 0:
		return ""
	case p.IsMapped(i.Payment.Method):
		return "payment_method_map leaves its payment method unpaid: its payment is booked in Sage by hand"
	}
	return "no bank account receives its payment method: name one in payment_method_map, or set default_bank_account_id"
}

// receiptOf is the receipt of all of an invoice, allocated to what is open of it: what credit
// notes were set against it stays on account.
func receiptOf(c Case, i *canonical.Invoice, in invoiceInSage, date string) (resource.NewPayment, error) {
	amount := i.GrandTotal.Round(2)
	open, err := in.open(c.Item)
	receipt := resource.NewPayment{
		TransactionTypeID: resource.CustomerReceipt, ContactID: c.Item.SageContactID, BankAccountID: c.Policy.BankFor(i.Payment.Method), Date: date, TotalAmount: amount,
		Reference: documentReference(c.Policy.InvoiceNumberPrefix, i.IncrementID), CurrencyID: i.Currency,
		ExchangeRate: exchangeRate(c.Binding.BaseCurrency, &i.Document), AllocatedArtefacts: []resource.Allocation{},
	}
	if share := money.Min(amount, open); share.Sign() > 0 {
		receipt.AllocatedArtefacts = append(receipt.AllocatedArtefacts, resource.Allocation{ArtefactID: c.Item.SageID, Amount: share})
	}
	return receipt, err
}
