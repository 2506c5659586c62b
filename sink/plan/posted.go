package plan

import (
	"encoding/json"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// invoicePosted compares a posted invoice with what was sent, and pays it.
func invoicePosted(c Case, i *canonical.Invoice, payments work.History) (stop, error) {
	if end := changed(c.Item, &i.Envelope, &i.Document); end.found() {
		return end, nil
	}
	if c.Item.Payment == work.Paid || i.Payment == nil {
		return stop{state: work.ItemPosted}, nil
	}
	return pay(c, i, payments)
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
	case d.State == canonical.Cancelled:
		return parked(work.ParkReason{Reason: work.ChangedAfterPosting, Hint: "cancelled in Magento after it was posted: void it in Sage, or write a credit note, and type mage2sage document settle"})
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

// pay plans the receipt of a posted invoice, allocated to it in the same call.
func pay(c Case, i *canonical.Invoice, history work.History) (stop, error) {
	unpaid := stop{state: work.ItemPosted, payment: work.Unpaid}
	bank, amount := c.Policy.BankFor(i.Payment.Method), i.GrandTotal.Round(2)
	before, ok := history.Last()
	switch {
	case ok && before.State.UnderWay():
		return unpaid, nil
	case ok && before.State == work.Parked:
		return parked(work.ParkReason{Reason: work.Reason(before.Reason), Hint: before.Hint}), nil
	case c.Item.SageContactID == "": // a person has posted it, to a contact that is not known
		unpaid.cancel, unpaid.hint = true, "it was posted by hand: book its payment in Sage by hand, and type mage2sage document settle with --paid"
		return unpaid, nil
	case bank == "" || amount.Sign() <= 0:
		unpaid.cancel = true
		return unpaid, nil
	}
	date, err := dateIn(i.Payment.CapturedAt, i.Store)
	if err != nil {
		return parked(work.ParkReason{Reason: work.DateUnreadable, Hint: "captured_at is no date: look at the invoice in Magento"}), nil
	}
	if end := hasExchangeRate(c.Binding.BaseCurrency, &i.Document); end.found() {
		return end, nil
	}
	receipt := receiptOf(c, i, bank, date)
	o, refused, err := propose(c.Binding, proposal{
		key: work.OperationKey{Kind: work.CreatePayment, Entity: string(c.Item.ID)}, history: history,
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

// receiptOf is the receipt of all of an invoice, allocated to it.
func receiptOf(c Case, i *canonical.Invoice, bank, date string) resource.NewPayment {
	amount := i.GrandTotal.Round(2)
	return resource.NewPayment{
		TransactionTypeID: resource.CustomerReceipt, ContactID: c.Item.SageContactID, BankAccountID: bank, Date: date, TotalAmount: amount,
		Reference: documentReference(c.Policy.InvoiceNumberPrefix, i.IncrementID), CurrencyID: i.Currency,
		ExchangeRate:       exchangeRate(c.Binding.BaseCurrency, &i.Document),
		AllocatedArtefacts: []resource.Allocation{{ArtefactID: c.Item.SageID, Amount: amount}},
	}
}
