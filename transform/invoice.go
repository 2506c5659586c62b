package transform

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// newInvoice assembles an invoice of an order.
func newInvoice(o *order, row *magento.Invoice, look lookup) *canonical.Invoice {
	e := &canonical.Invoice{}
	e.Envelope, e.Document = newDocument(o, invoiceHeader(row, o.invoiceItems[row.EntityID]), look)
	switch row.State {
	case magento.InvoicePaid:
		e.State = canonical.Paid
		e.Payment = &canonical.Payment{
			Method: e.PaymentMethod, TransactionID: row.TransactionID, CapturedAt: capturedAt(row),
		}
	case magento.InvoiceCancelled:
		e.State = canonical.Cancelled
	default:
		e.State = canonical.Open
	}
	return e
}

// capturedAt is the best that an invoice knows: Magento writes the row when it is
// paid, and again when something of it is refunded.
func capturedAt(row *magento.Invoice) string {
	if row.BaseTotalRefunded == nil || row.BaseTotalRefunded.IsZero() {
		return utc(row.UpdatedAt)
	}
	return utc(row.CreatedAt)
}
