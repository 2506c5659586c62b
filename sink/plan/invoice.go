package plan

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/plan/lines"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// invoiceInSage is what is known of an invoice at Sage.
type invoiceInSage struct {
	creates  work.History
	payments work.History
	voids    work.History
	memos    map[canonical.ID]settling // of its order; unread until the invoice is posted
	contact  contactInSage             // unread once the invoice is posted, like holder
	holder   *work.Holder              // of the invoice's reference, nil where it is free
}

func readInvoice(c Case, i *canonical.Invoice, s InSage) (in invoiceInSage, err error) {
	id := string(c.Item.ID)
	if in.creates, err = s.History(work.OperationKey{Kind: work.CreateInvoice, Entity: id}); err != nil {
		return in, err
	}
	if in.payments, err = s.History(work.OperationKey{Kind: work.CreatePayment, Entity: id}); err != nil {
		return in, err
	}
	if c.Item.SageID != "" {
		if in.voids, err = s.History(work.OperationKey{Kind: work.VoidInvoice, Entity: id}); err != nil {
			return in, err
		}
		in.memos, err = readSettlings(i.OrderID, s)
		return in, err
	}
	if in.holder, err = s.Holder(work.CreateInvoice, documentReference(c.Policy.InvoiceNumberPrefix, i.IncrementID)); err != nil {
		return in, err
	}
	in.contact, err = readContact(contactKeyOf(c.Binding.Source, i.Customer.Contact, i.Currency), s)
	return in, err
}

// open is what is open of a posted invoice at Sage, before its payment.
func (in invoiceInSage) open(item work.SyncItem) (money.Amount, error) {
	return orderMoney{memos: in.memos}.openOf(invoiceMoney{item: item}, "")
}

// decideInvoice brings an invoice into the books, then its payment.
func decideInvoice(c Case, i *canonical.Invoice, in invoiceInSage) (work.Verdict, error) {
	draft := lines.NewDraft(&i.Document, c.Policy)
	item, end := withSummary(c.Item, &i.Document, draft.Target)
	var err error
	switch {
	case end.found():
	case item.SageID != "":
		end, err = invoicePosted(c, i, in)
	default:
		end, err = postInvoice(c, i, in, item.AccountingDate, draft)
	}
	return end.verdict(item, c.Now), err
}

// postInvoice makes the operation that posts an invoice, or says what is in its way.
func postInvoice(c Case, i *canonical.Invoice, in invoiceInSage, date string, draft lines.Draft) (stop, error) {
	if end := underWay(in.creates); end.found() {
		return end, nil
	}
	if end := leftOut(c.Item, &i.Envelope, &i.Document); end.found() {
		return end, nil
	}
	if end := admit(c, &i.Envelope, &i.Document, draft, !c.Policy.SyncUnpaidInvoices); end.found() {
		return end, nil
	}
	if end := personKnown(c); end.found() {
		return end, nil
	}
	if end := numberUsedTwice(c, i.IncrementID, in.holder); end.found() {
		return end, nil
	}
	sageLines, why := draft.Compose()
	if why.Found() {
		return parked(why), nil
	}
	if end := hasAddress(&i.Document, in.contact); end.found() {
		return end, nil
	}
	contact, end, err := contactFor(c, &i.Document, in.contact)
	if err != nil || end.found() {
		return end, err
	}
	head := documentHead(c, &i.Document, contact, date)
	end, err = create(c, newDocument{
		kind: work.CreateInvoice, document: &i.Document, history: in.creates, target: draft.Target, reference: head.Reference,
		request: func(id string) request {
			head.IdempotencyID = id
			return resource.NewInvoice{DocumentHead: head, Lines: sageLines}
		},
	})
	end.planToo = in.contact.alsoPlans(&i.Document)
	return end, err
}
