package assemble

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// estimateAggregate makes an estimate of a cart and of what says that its price is negotiated.
// A deleted cart takes all of its rows with it.
var estimateAggregate = aggregateRules{kind: change.AggregateEstimate, assemble: assembleEstimate}

// estimateRows are the living rows of one root "estimate/9", in any order.
type estimateRows struct {
	negotiable *magento.NegotiableQuote // nil while it is not there, or negotiated no more
	cart       *magento.Quote           // nil while it is not there
	items      []*magento.QuoteItem
	addresses  []*magento.QuoteAddress
}

// estimateTables says where the rows of each table go.
var estimateTables = map[string]func(*estimateRows, Row) error{
	magento.NegotiableTable: func(e *estimateRows, r Row) error { return one(&e.negotiable, r) },
	magento.CartTable:       func(e *estimateRows, r Row) error { return one(&e.cart, r) },
	"quote_item":            func(e *estimateRows, r Row) error { return add(&e.items, r) },
	"quote_address":         func(e *estimateRows, r Row) error { return add(&e.addresses, r) },
}

func assembleEstimate(rows aggregateRows, ref Reference) (Assembly, error) {
	e, err := readEstimate(rows.alive)
	switch {
	case err != nil:
		return Assembly{}, err
	case e.cart == nil && rows.gone(magento.CartTable):
		return Assembly{Orphans: rows.orphans(magento.CartTable)}, nil
	case e.cart == nil || e.negotiable == nil:
		return Assembly{}, nil
	}
	return Assembly{Entities: []canonical.Entity{newEstimate(e, ref)}}, nil
}

// readEstimate decodes the rows of an estimate. Rows of tables that only a later version knows
// are left out.
func readEstimate(rows []Row) (*estimateRows, error) {
	e := &estimateRows{}
	for _, row := range rows {
		if take := estimateTables[row.Table]; take != nil {
			if err := take(e, row); err != nil {
				return nil, err
			}
		}
	}
	return e, nil
}

// orderItems are the items of a cart as those of the order that would come of it.
func (e *estimateRows) orderItems() map[uint64]*magento.OrderItem {
	byID := map[uint64]*magento.QuoteItem{}
	for _, i := range e.items {
		byID[i.ItemID] = i
	}
	all := map[uint64]*magento.OrderItem{}
	for _, i := range e.items {
		o := &magento.OrderItem{
			ItemID: i.ItemID, OrderID: i.QuoteID, ParentItemID: i.ParentItemID, StoreID: i.StoreID, ProductID: i.ProductID,
			ProductType: i.ProductType, SKU: i.SKU, Name: i.Name, QtyOrdered: i.Qty,
			TaxPercent: i.TaxPercent, TaxAmount: i.TaxAmount, DiscountAmount: i.DiscountAmount, RowTotal: i.RowTotal,
			TaxCompensation: i.TaxCompensation, WeeeRowAmount: i.WeeeRowAmount,
		}
		if i.ParentItemID != nil && byID[*i.ParentItemID] != nil {
			o.QtyOrdered = i.Qty.Mul(byID[*i.ParentItemID].Qty).Round(4)
		}
		if o.Price = i.Price; e.cart.QuoteCurrency != e.cart.BaseCurrency && !o.QtyOrdered.IsZero() {
			o.Price = i.RowTotal.Quo(o.QtyOrdered, 4) // the column has the base currency
		}
		all[i.ItemID] = o
	}
	return all
}
