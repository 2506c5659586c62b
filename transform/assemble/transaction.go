package assemble

import (
	"cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// moneyMoved says when an invoice was captured or a credit memo refunded, and by which
// transaction of a gateway, "" where none is known.
type moneyMoved struct {
	txnID  string
	at     string // RFC 3339, UTC
	source canonical.TimeSource
}

// capturedBy finds the transaction that captured a paid invoice. Magento writes its id into the
// invoice. Where an extension writes something else there, and the order has one paid invoice
// and one capture, these belong together. Without a transaction it is the invoice's own time.
func (o *orderRows) capturedBy(i *magento.Invoice) moneyMoved {
	t := o.transaction(magento.TxnCapture, i.TransactionID)
	if t == nil && o.paidInvoices() == 1 {
		t = o.only(magento.TxnCapture)
	}
	if t != nil && utc(t.CreatedAt) != "" {
		return moneyMoved{t.TxnID, utc(t.CreatedAt), canonical.FromTransaction}
	}
	return moneyMoved{i.TransactionID, invoiceTime(i), canonical.FromInvoice}
}

// refundedBy finds the transaction that refunded a credit memo, by the id that Magento writes
// into it. A refund that was made offline has none, so that it is never guessed.
func (o *orderRows) refundedBy(c *magento.CreditMemo) moneyMoved {
	if t := o.transaction(magento.TxnRefund, c.TransactionID); t != nil {
		return moneyMoved{t.TxnID, cmp.Or(utc(t.CreatedAt), utc(c.CreatedAt)), canonical.FromTransaction}
	}
	return moneyMoved{c.TransactionID, utc(c.CreatedAt), canonical.FromInvoice}
}

// transaction finds the first transaction of a type by the id that a document names: its own,
// or that of its parent, to which Magento has added the type where the gateway gave no other.
func (o *orderRows) transaction(kind, id string) *magento.PaymentTransaction {
	if id == "" {
		return nil
	}
	for _, name := range []string{id, id + "-" + kind} {
		for _, t := range o.transactions {
			if t.TxnType == kind && t.TxnID == name {
				return t
			}
		}
	}
	return nil
}

// only is the order's only transaction of a type, nil where there are none or several.
func (o *orderRows) only(kind string) (found *magento.PaymentTransaction) {
	for _, t := range o.transactions {
		if t.TxnType != kind {
			continue
		}
		if found != nil {
			return nil
		}
		found = t
	}
	return found
}

func (o *orderRows) paidInvoices() (n int) {
	for _, i := range o.invoices {
		if i.State == magento.InvoicePaid {
			n++
		}
	}
	return n
}

// invoiceTime is the best that an invoice itself knows of the time of its payment: Magento
// writes the row when it is paid, and again when something of it is refunded.
func invoiceTime(row *magento.Invoice) string {
	if row.BaseTotalRefunded == nil || row.BaseTotalRefunded.IsZero() {
		return utc(row.UpdatedAt)
	}
	return utc(row.CreatedAt)
}
