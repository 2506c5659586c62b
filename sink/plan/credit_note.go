package plan

import (
	"cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/plan/lines"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// creditInSage is what is known of a credit memo at Sage.
type creditInSage struct {
	creates  work.History
	voids    work.History
	order    orderMoney                     // unread until the memo is posted
	invoices map[canonical.ID]work.SyncItem // of the memo's order
	contact  contactInSage                  // unread once the memo is posted, like holder
	holder   *work.Holder                   // of the memo's reference, nil where it is free
}

func readCreditMemo(c Case, m *canonical.CreditMemo, s InSage) (in creditInSage, err error) {
	if in.creates, err = s.History(work.OperationKey{Kind: work.CreateCreditNote, Entity: string(c.Item.ID)}); err != nil {
		return in, err
	}
	ids := make([]canonical.ID, len(m.Invoices))
	for n, number := range m.Invoices {
		ids[n] = canonical.NewID(canonical.KindInvoice, number)
	}
	if in.invoices, err = s.Items(ids); err != nil {
		return in, err
	}
	if c.Item.SageID != "" {
		if in.voids, err = s.History(work.OperationKey{Kind: work.VoidCreditNote, Entity: string(c.Item.ID)}); err != nil {
			return in, err
		}
		in.order, err = readOrderMoney(m, in.invoices, s)
		return in, err
	}
	if in.holder, err = s.Holder(work.CreateCreditNote, documentReference(c.Policy.InvoiceNumberPrefix, m.IncrementID)); err != nil {
		return in, err
	}
	in.contact, err = readContact(contactKeyOf(c.Binding.Source, m.Customer.Contact, m.Currency), s)
	return in, err
}

// decideCreditMemo brings a credit memo into the books, to the contact of the invoices
// that it is for, and settles it there.
func decideCreditMemo(c Case, m *canonical.CreditMemo, in creditInSage) (work.Verdict, error) {
	draft := lines.NewDraft(&m.Document, c.Policy)
	item, end := withSummary(c.Item, &m.Document, draft.Target)
	var err error
	switch {
	case end.found():
	case item.SageID != "":
		end, err = creditPosted(c, m, in)
	default:
		end, err = postCreditNote(c, m, in, item.AccountingDate, draft)
	}
	return end.verdict(item, c.Now), err
}

// creditPosted compares a posted credit note with what was sent, and settles it, or voids it.
func creditPosted(c Case, m *canonical.CreditMemo, in creditInSage) (stop, error) {
	if end := changed(c.Item, &m.Envelope, &m.Document); end.found() {
		return end, nil
	}
	if m.State != canonical.Cancelled || m.Deleted {
		return settleCredit(c, m, in.order)
	}
	own := in.order.memos[c.Item.ID]
	_, allocated := sent(own.allocations)
	_, refunded := sent(own.refunds)
	settled := allocated || refunded || c.Item.Payment == work.Paid || c.Item.SageContactID == ""
	return voidCancelled(c, &m.Document, work.VoidCreditNote, in.voids, settled)
}

// postCreditNote makes the operation that posts a credit note, or says what is in its
// way.
func postCreditNote(c Case, m *canonical.CreditMemo, in creditInSage, date string, draft lines.Draft) (stop, error) {
	if end := underWay(in.creates); end.found() {
		return end, nil
	}
	if end := leftOut(c.Item, &m.Envelope, &m.Document); end.found() {
		return end, nil
	}
	if end := admit(c, &m.Envelope, &m.Document, draft, false); end.found() {
		return end, nil
	}
	if end := personKnown(c); end.found() {
		return end, nil
	}
	if end := numberUsedTwice(c, m.IncrementID, in.holder); end.found() {
		return end, nil
	}
	sageLines, why := draft.Compose()
	if why.Found() {
		return parked(why), nil
	}
	contact, end, err := creditedContact(c, m, in)
	if err != nil || end.found() {
		return end, err
	}
	head := documentHead(c, &m.Document, contact, date)
	head.Notes = notes(m.PONumber, m.InvoiceIncrementID)
	end, err = create(c, newDocument{
		kind: work.CreateCreditNote, document: &m.Document, history: in.creates, target: draft.Target, reference: head.Reference,
		request: func(id string) request {
			head.IdempotencyID = id
			return resource.NewCreditNote{DocumentHead: head, OriginalInvoiceDate: creditedDate(m, in.invoices), Lines: sageLines}
		},
	})
	end.planToo = in.contact.alsoPlans(&m.Document)
	return end, err
}

// invoiceNotNeeded are the reasons for which an invoice is not in Sage and a credit
// note of its order can be there all the same.
var invoiceNotNeeded = map[work.Reason]bool{work.OutsideSyncSince: true, work.IsCancelled: true, work.IsDeleted: true, work.ZeroValue: true}

// creditedContact is the contact of the order's invoices, because Sage allocates within
// one contact only. It waits until all of them are posted that are to be; where none
// is, the memo has the contact that an invoice would have.
func creditedContact(c Case, m *canonical.CreditMemo, in creditInSage) (sageID string, end stop, err error) {
	for _, number := range m.Invoices {
		id := canonical.NewID(canonical.KindInvoice, number)
		invoice := in.invoices[id] // the zero SyncItem when it has not come
		switch {
		case invoice.SageID != "" && !readSale(invoice.SentDigest).sameBuyer(saleOf(&m.Document)):
			// The id was another sale's before: its contact is not this buyer's.
			end = waiting(work.InvoiceNotInSage, string(id), "its invoice "+string(id)+" is not in Sage: "+string(work.IDUsedAgain))
			end.cancel = true
			return "", end, nil
		case invoice.SageID != "":
			if sageID == "" || number == m.InvoiceID {
				sageID = invoice.SageContactID
			}
		case invoice.State == work.ItemSkipped && invoiceNotNeeded[invoice.Reason]:
		case invoice.State == work.ItemSkipped || invoice.State == work.ItemParked:
			end = waiting(work.InvoiceNotInSage, string(id), "its invoice "+cmp.Or(invoice.Number, string(id))+" is not in Sage: "+string(invoice.Reason))
			end.cancel = true
			return "", end, nil
		default:
			return "", waiting(work.WaitsForInvoice, string(id), ""), nil
		}
	}
	if sageID != "" {
		return sageID, stop{}, nil
	}
	return contactFor(c, &m.Document, in.contact)
}

// creditedDate is the accounting date of the invoice that the memo names, "" where it is
// not known.
func creditedDate(m *canonical.CreditMemo, invoices map[canonical.ID]work.SyncItem) string {
	if date := invoices[canonical.NewID(canonical.KindInvoice, m.InvoiceID)].AccountingDate; date != "" {
		return date
	}
	date, err := dateIn(m.InvoiceCreatedAt, m.Store)
	if err != nil {
		return ""
	}
	return date
}
