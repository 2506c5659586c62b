package sink

import (
	"encoding/json"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/store"
)

// A bodied request knows its JSON.
type bodied interface {
	Body() (json.RawMessage, error)
}

// decideCreditMemo brings a credit memo into the books, to the contact of the
// invoices that it is for. It stays open: nothing allocates or refunds it yet.
func decideCreditMemo(c Case, m *canonical.CreditMemo) (store.Verdict, error) {
	c, err := c.described(&m.Document)
	if err != nil {
		return c.park(DateUnreadable, err.Error()), nil
	}
	if c.Document.SageID != "" {
		if v := c.changed(&m.Envelope, &m.Document); v != nil {
			return *v, nil
		}
		return c.verdict(store.DocumentPosted, "", ""), nil
	}
	if v := c.underWay(); v != nil {
		return *v, nil
	}
	if v := c.admit(&m.Envelope, &m.Document); v != nil {
		return *v, nil
	}
	lines, target, trouble := compose(&m.Document, c.Policy)
	if trouble != nil {
		return c.park(trouble.Reason, trouble.Hint), nil
	}
	contact, v, err := c.creditedContact(m)
	if err != nil || v != nil {
		return deref(v), err
	}
	return c.post(store.CreateCreditNote, &m.Document, target, func(id string) (any, bodied) {
		n := resource.NewCreditNote{DocumentHead: c.head(&m.Document, contact, m.InvoiceIncrementID), OriginalInvoiceDate: c.creditedDate(m), Lines: lines}
		n.IdempotencyID = id
		return n, n
	})
}

// noNeed are the reasons for which an invoice is not in Sage and a credit note of
// its order can be there all the same.
var noNeed = map[Reason]bool{OutsideSyncSince: true, IsCancelled: true, IsDeleted: true, ZeroValue: true}

// creditedContact is the contact of the order's invoices, because Sage allocates
// within one contact only. It waits until all of them are posted that are to be;
// where none is, the memo has the contact that an invoice would have.
func (c Case) creditedContact(m *canonical.CreditMemo) (sageID string, v *store.Verdict, err error) {
	for _, number := range m.Invoices {
		id := canonical.NewID(canonical.KindInvoice, number)
		invoice, known := c.Books.Invoices[id]
		switch {
		case known && invoice.SageID != "":
			if sageID == "" || number == m.InvoiceID {
				sageID = invoice.Contact
			}
		case known && invoice.State == store.DocumentSkipped && noNeed[Reason(invoice.Reason)]:
		case known && (invoice.State == store.DocumentSkipped || invoice.State == store.DocumentParked):
			w := c.wait(InvoiceNotInSage, string(id), "its invoice "+or(invoice.Number, string(id))+" is not in Sage: "+invoice.Reason)
			w.Cancel = true
			return "", &w, nil
		default:
			return "", verdictOf(c.wait(WaitsForInvoice, string(id), "")), nil
		}
	}
	if sageID != "" {
		return sageID, nil, nil
	}
	return c.contactFor(&m.Document)
}

// creditedDate is the accounting date of the invoice that the memo names.
func (c Case) creditedDate(m *canonical.CreditMemo) string {
	if invoice, ok := c.Books.Invoices[canonical.NewID(canonical.KindInvoice, m.InvoiceID)]; ok && invoice.Dated != "" {
		return invoice.Dated
	}
	if m.InvoiceCreatedAt == "" {
		return ""
	}
	date, err := dateIn(m.InvoiceCreatedAt, m.Store)
	if err != nil {
		return ""
	}
	return date
}
