package assemble

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/transform/assemble/totals"
)

// invoiceKind is an invoice's row in the table of kinds.
var invoiceKind = kindRules{
	kind:     canonical.KindInvoice,
	goneWith: []string{"sales_invoice", "sales_order"},
	deletion: func(id canonical.ID, root change.Root) canonical.Entity {
		e := &canonical.Invoice{}
		e.Envelope, e.Document = deletedDocument(id, root)
		return e
	},
	state: of(func(e *canonical.Invoice) string { return e.State }),
	event: func(before Previous, state string) string {
		switch {
		case !before.emitted():
			return "created"
		case state != before.State && state != canonical.Open:
			return state // paid, cancelled
		}
		return "updated"
	},
	foots: of(func(e *canonical.Invoice) bool { return e.Balance.OK }),
	lacks: of(func(e *canonical.Invoice) bool { return lacksReference(&e.Envelope, &e.Heading) }),
}

// newInvoice assembles an invoice of an order.
func newInvoice(o *orderRows, row *magento.Invoice, ref Reference) *canonical.Invoice {
	e := &canonical.Invoice{}
	e.Envelope, e.Document = newDocument(o, totals.Header{DocumentHeader: row.DocumentHeader, Items: o.invoiceItems.of[row.EntityID]}, ref)
	switch row.State {
	case magento.InvoicePaid:
		e.State = canonical.Paid
		m := o.capturedBy(row)
		e.Payment = &canonical.InvoicePayment{
			Method: e.PaymentMethod, TransactionID: m.txnID, CapturedAt: m.at, CapturedAtSource: m.source,
		}
	case magento.InvoiceCancelled:
		e.State = canonical.Cancelled
	default:
		e.State = canonical.Open
	}
	return e
}
