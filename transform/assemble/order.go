package assemble

import (
	"cmp"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/transform/assemble/totals"
)

// orderKind is an order's row in the table of kinds.
var orderKind = kindRules{
	kind:     canonical.KindOrder,
	goneWith: []string{"sales_order"},
	deletion: func(id canonical.ID, root change.Root) canonical.Entity {
		e := &canonical.Order{Lines: []canonical.OrderLine{}, Invoices: []uint64{}, CreditMemos: []uint64{}}
		e.Envelope, e.Heading = deletedSale(id, root)
		return e
	},
	state: of(func(e *canonical.Order) string { return cmp.Or(e.State, canonical.OrderUnknown) }),
	event: func(before Previous, state string) string {
		switch {
		case !before.emitted():
			return "created"
		case state != before.State && state == canonical.Cancelled:
			return "cancelled"
		case state != before.State && state == canonical.Closed:
			return "refunded"
		}
		return "updated"
	},
	foots: of(func(e *canonical.Order) bool { return e.Balance.OK }),
	lacks: of(func(e *canonical.Order) bool { return lacksReference(&e.Envelope, &e.Heading) }),
}

// newOrder assembles an order of its rows, of which its own is there.
func newOrder(o *orderRows, ref Reference) *canonical.Order {
	row := o.Row
	e := &canonical.Order{
		Status: row.Status, TotalInvoiced: row.TotalInvoiced, TotalPaid: row.TotalPaid, TotalRefunded: row.TotalRefunded,
		TotalCancelled: row.TotalCanceled, TotalDue: row.TotalDue,
		Lines: []canonical.OrderLine{}, Invoices: []uint64{}, CreditMemos: []uint64{},
	}
	h := orderHeader(o)
	var parts totals.Parts
	e.Envelope, e.Heading, parts = newSale(o, h, ref)
	e.Sums = newSums(o, h, parts)
	if e.State = cmp.Or(row.State, canonical.OrderUnknown); row.State == magento.OrderCanceled {
		e.State = canonical.Cancelled
	}
	if row.QuoteID != nil {
		e.EstimateID = *row.QuoteID
	}
	for _, line := range parts.Lines {
		item := o.Items[line.OrderItemID]
		e.Lines = append(e.Lines, canonical.OrderLine{Line: line, QtyInvoiced: item.QtyInvoiced, QtyRefunded: item.QtyRefunded, QtyCancelled: item.QtyCanceled})
	}
	for _, i := range o.invoices {
		e.Invoices = append(e.Invoices, i.EntityID)
	}
	for _, c := range o.creditMemos {
		e.CreditMemos = append(e.CreditMemos, c.EntityID)
	}
	return e
}

// orderHeader is an order as a document of all that was ordered.
func orderHeader(o *orderRows) totals.Header {
	row := o.Row
	h := totals.Header{DocumentHeader: magento.DocumentHeader{
		CommerceTotals: row.CommerceTotals,
		EntityID:       row.EntityID, StoreID: row.StoreID, OrderID: row.EntityID, IncrementID: row.IncrementID, CreatedAt: row.CreatedAt,
		OrderCurrency: row.OrderCurrency, BaseCurrency: row.BaseCurrency, BaseToOrderRate: row.BaseToOrderRate,
		GrandTotal: row.GrandTotal, BaseGrandTotal: row.BaseGrandTotal, Subtotal: row.Subtotal, TaxAmount: row.TaxAmount, BaseTaxAmount: row.BaseTaxAmount,
		DiscountAmount: row.DiscountAmount, ShippingAmount: row.ShippingAmount, ShippingTaxAmount: row.ShippingTaxAmount,
		TaxCompensation: row.TaxCompensation, ShippingTaxCompensation: row.ShippingTaxCompensation,
		BillingAddressID: row.BillingAddressID, ShippingAddressID: row.ShippingAddressID,
	}}
	h.Items = itemsOf(o.Items)
	return h
}

// itemsOf are the items of an order as those of a document of all of them, by id.
func itemsOf(items map[uint64]*magento.OrderItem) (all []*magento.DocumentItem) {
	for _, i := range items {
		all = append(all, &magento.DocumentItem{
			EntityID: i.ItemID, ParentID: i.OrderID, OrderItemID: i.ItemID, ProductID: i.ProductID, SKU: i.SKU, Name: i.Name,
			Qty: i.QtyOrdered, Price: i.Price, RowTotal: rowTotal(i, items), TaxAmount: i.TaxAmount, DiscountAmount: i.DiscountAmount,
			TaxCompensation: i.TaxCompensation, WeeeRowAmount: i.WeeeRowAmount,
		})
	}
	slices.SortFunc(all, func(a, b *magento.DocumentItem) int { return cmp.Compare(a.EntityID, b.EntityID) })
	return all
}

// rowTotal is what an order item costs, and nil for the parent of a dynamic bundle: it repeats
// what its children have, be it a tax alone. The children of a fixed bundle have nothing.
func rowTotal(i *magento.OrderItem, items map[uint64]*magento.OrderItem) *money.Amount {
	if i.ProductType == "bundle" {
		for _, child := range items {
			if child.ParentItemID != nil && *child.ParentItemID == i.ItemID && hasMoney(child) {
				return nil
			}
		}
	}
	return &i.RowTotal
}

func hasMoney(i *magento.OrderItem) bool {
	return !(i.RowTotal.IsZero() && i.TaxAmount.IsZero() && i.DiscountAmount.IsZero() && i.WeeeRowAmount.IsZero())
}
