package assemble

import (
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/transform/assemble/totals"
)

// creditMemoKind is a credit memo's row in the table of kinds.
var creditMemoKind = kindRules{
	kind:     canonical.KindCreditMemo,
	goneWith: []string{"sales_creditmemo", "sales_order"},
	deletion: func(id canonical.ID, root change.Root) canonical.Entity {
		e := &canonical.CreditMemo{Invoices: []uint64{}}
		e.Envelope, e.Document = deletedDocument(id, root)
		return e
	},
	state: of(func(e *canonical.CreditMemo) string { return e.State }),
	event: func(before Previous, _ string) string {
		if !before.emitted() {
			return "created"
		}
		return "updated"
	},
	foots: of(func(e *canonical.CreditMemo) bool { return e.Balance.OK }),
	lacks: of(func(e *canonical.CreditMemo) bool { return lacksReference(&e.Envelope, &e.Heading) }),
}

// newCreditMemo assembles a credit memo of an order.
func newCreditMemo(o *orderRows, row *magento.CreditMemo, ref Reference) *canonical.CreditMemo {
	e := &canonical.CreditMemo{
		Invoices: []uint64{}, AdjustmentPositive: row.AdjustmentPositive, AdjustmentNegative: row.AdjustmentNegative,
		TransactionID: row.TransactionID, Reason: reasonOf(o.memoComments.of[row.EntityID]),
	}
	e.Envelope, e.Document = newDocument(o, memoHeader(row, o.memoItems.of[row.EntityID]), ref)
	if !row.BalanceRefunded.IsZero() {
		e.RefundedToStoreCredit = &row.BalanceRefunded
	}
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

// reasonOf is the first comment that says something. Without spaces around it, because a form
// adds them.
func reasonOf(comments []*magento.CreditMemoComment) string {
	for _, c := range comments {
		if text := strings.TrimSpace(c.Comment); text != "" {
			return text
		}
	}
	return ""
}

// memoHeader reads the adjustments of a credit memo: two columns, or in old documents
// only their difference.
func memoHeader(row *magento.CreditMemo, items []*magento.DocumentItem) totals.Header {
	h := totals.Header{
		DocumentHeader: row.DocumentHeader, AdjustmentRefund: row.AdjustmentPositive, AdjustmentFee: row.AdjustmentNegative, Items: items,
	}
	if h.AdjustmentRefund.IsZero() && h.AdjustmentFee.IsZero() {
		if row.Adjustment.Sign() > 0 {
			h.AdjustmentRefund = row.Adjustment
		} else {
			h.AdjustmentFee = row.Adjustment.Neg()
		}
	}
	return h
}
