package assemble

import (
	"cmp"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/transform/assemble/totals"
)

// orderAggregate makes the order, its payment, its invoices and its credit memos of the rows of an order. A deleted
// order takes all of its rows with it, and a deleted document its items and comments: the rows that
// are left of them are orphans.
var orderAggregate = aggregateRules{kind: change.AggregateOrder, assemble: assembleOrder}

func assembleOrder(rows aggregateRows, ref Reference) (Assembly, error) {
	o, err := readOrder(rows.alive)
	if err != nil {
		return Assembly{}, err
	}
	if o.Row == nil && rows.gone("sales_order") {
		return Assembly{Orphans: rows.orphans("sales_order")}, nil
	}
	var a Assembly
	if o.Row != nil {
		a.Entities = append(a.Entities, newOrder(o, ref))
	}
	if o.Row != nil && o.payment != nil {
		a.Entities = append(a.Entities, newPayment(o, ref))
	}
	for _, i := range o.invoices {
		a.Entities = append(a.Entities, newInvoice(o, i, ref))
	}
	for _, c := range o.creditMemos {
		a.Entities = append(a.Entities, newCreditMemo(o, c, ref))
	}
	if rows.deleted["sales_invoice"] {
		a.Orphans = append(a.Orphans, o.invoiceItems.without(o.hasInvoice)...)
	}
	if rows.deleted["sales_creditmemo"] {
		a.Orphans = append(a.Orphans, o.memoItems.without(o.hasCreditMemo)...)
		a.Orphans = append(a.Orphans, o.memoComments.without(o.hasCreditMemo)...)
	}
	return a, nil
}

// orderRows are the living rows of one root "order/7".
type orderRows struct {
	totals.Order
	addresses    map[uint64]*magento.OrderAddress
	payment      *magento.OrderPayment
	transactions []*magento.PaymentTransaction
	company      *magento.CompanyOrder // nil where it was bought for none
	invoices     []*magento.Invoice    // by id, as Magento counts them up
	creditMemos  []*magento.CreditMemo
	invoiceItems children[magento.DocumentItem]
	memoItems    children[magento.DocumentItem]
	memoComments children[magento.CreditMemoComment]
}

// orderTables says where the rows of each table go.
var orderTables = map[string]func(*orderRows, Row) error{
	"sales_order": func(o *orderRows, r Row) error { return one(&o.Row, r) },
	"sales_order_item": func(o *orderRows, r Row) error {
		return keep(o.Items, r, func(i *magento.OrderItem) uint64 { return i.ItemID })
	},
	"sales_order_address": func(o *orderRows, r Row) error {
		return keep(o.addresses, r, func(a *magento.OrderAddress) uint64 { return a.EntityID })
	},
	"company_order_entity":      func(o *orderRows, r Row) error { return one(&o.company, r) },
	"sales_order_payment":       func(o *orderRows, r Row) error { return one(&o.payment, r) },
	"sales_payment_transaction": func(o *orderRows, r Row) error { return add(&o.transactions, r) },
	"sales_order_tax": func(o *orderRows, r Row) error {
		return keep(o.Taxes, r, func(t *magento.OrderTax) uint64 { return t.TaxID })
	},
	"sales_order_tax_item":     func(o *orderRows, r Row) error { return add(&o.TaxItems, r) },
	"sales_invoice":            func(o *orderRows, r Row) error { return add(&o.invoices, r) },
	"sales_creditmemo":         func(o *orderRows, r Row) error { return add(&o.creditMemos, r) },
	"sales_invoice_item":       func(o *orderRows, r Row) error { return o.invoiceItems.add(r) },
	"sales_creditmemo_item":    func(o *orderRows, r Row) error { return o.memoItems.add(r) },
	"sales_creditmemo_comment": func(o *orderRows, r Row) error { return o.memoComments.add(r) },
}

// readOrder decodes the rows of an order. Rows of tables that only a later version
// knows are left out.
func readOrder(rows []Row) (*orderRows, error) {
	o := &orderRows{
		Order:        totals.Order{Items: map[uint64]*magento.OrderItem{}, Taxes: map[uint64]*magento.OrderTax{}},
		addresses:    map[uint64]*magento.OrderAddress{},
		invoiceItems: childrenBy(itemIDs), memoItems: childrenBy(itemIDs), memoComments: childrenBy(commentIDs),
	}
	for _, row := range rows {
		if take := orderTables[row.Table]; take != nil {
			if err := take(o, row); err != nil {
				return nil, err
			}
		}
	}
	o.sort()
	return o, nil
}

// sort puts everything in the order of its ids, whatever the text of the primary keys
// says.
func (o *orderRows) sort() {
	slices.SortFunc(o.TaxItems, func(a, b *magento.OrderTaxItem) int { return cmp.Compare(a.TaxItemID, b.TaxItemID) })
	slices.SortFunc(o.transactions, func(a, b *magento.PaymentTransaction) int { return cmp.Compare(a.TransactionID, b.TransactionID) })
	slices.SortFunc(o.invoices, func(a, b *magento.Invoice) int { return cmp.Compare(a.EntityID, b.EntityID) })
	slices.SortFunc(o.creditMemos, func(a, b *magento.CreditMemo) int { return cmp.Compare(a.EntityID, b.EntityID) })
	o.invoiceItems.sort()
	o.memoItems.sort()
	o.memoComments.sort()
}

func (o *orderRows) hasInvoice(id uint64) bool {
	return slices.ContainsFunc(o.invoices, func(i *magento.Invoice) bool { return i.EntityID == id })
}

func (o *orderRows) hasCreditMemo(id uint64) bool {
	return slices.ContainsFunc(o.creditMemos, func(c *magento.CreditMemo) bool { return c.EntityID == id })
}

// children are the rows of a table below documents, such as the items of invoices, by the id of
// their document, each beside its row.
type children[T any] struct {
	ids  func(*T) (parent, id uint64)
	of   map[uint64][]*T
	rows map[uint64][]Row
}

func childrenBy[T any](ids func(*T) (parent, id uint64)) children[T] {
	return children[T]{ids, map[uint64][]*T{}, map[uint64][]Row{}}
}

func itemIDs(i *magento.DocumentItem) (parent, id uint64) { return i.ParentID, i.EntityID }

func commentIDs(c *magento.CreditMemoComment) (parent, id uint64) { return c.ParentID, c.EntityID }

func (c children[T]) add(row Row) error {
	v, err := decode[T](row)
	if err != nil {
		return err
	}
	parent, _ := c.ids(v)
	c.of[parent] = append(c.of[parent], v)
	c.rows[parent] = append(c.rows[parent], row)
	return nil
}

func (c children[T]) sort() {
	id := func(v *T) uint64 { _, id := c.ids(v); return id }
	for _, all := range c.of {
		slices.SortFunc(all, func(a, b *T) int { return cmp.Compare(id(a), id(b)) })
	}
}

// without lists the rows whose document is not there.
func (c children[T]) without(document func(id uint64) bool) (orphans []Row) {
	for id, rows := range c.rows {
		if !document(id) {
			orphans = append(orphans, rows...)
		}
	}
	return orphans
}
