package transform

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// newCreditMemo assembles a credit memo of an order.
func newCreditMemo(o *order, row *magento.CreditMemo, look lookup) *canonical.CreditMemo {
	e := &canonical.CreditMemo{
		Invoices: []uint64{}, AdjustmentPositive: row.AdjustmentPositive, AdjustmentNegative: row.AdjustmentNegative,
		TransactionID: row.TransactionID,
	}
	e.Envelope, e.Document = newDocument(o, memoHeader(row, o.memoItems[row.EntityID]), look)
	switch row.State {
	case magento.CreditMemoRefunded:
		e.State = canonical.Refunded
	case magento.CreditMemoCancelled:
		e.State = canonical.Cancelled
	default:
		e.State = canonical.Open
	}
	for _, i := range o.invoices {
		e.Invoices = append(e.Invoices, i.EntityID)
		if row.InvoiceID != nil && i.EntityID == *row.InvoiceID {
			e.InvoiceIncrementID, e.InvoiceCreatedAt = i.IncrementID, utc(i.CreatedAt)
		}
	}
	if row.InvoiceID != nil {
		e.InvoiceID = *row.InvoiceID
	}
	return e
}
