package transform

import (
	"cmp"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/magento"
	store "github.com/mage2sage/mage2sage/transform/state"
)

// An order is the rows of one root "order/7".
type order struct {
	*magento.Order // nil when the row is not there
	items          map[uint64]*magento.OrderItem
	addresses      map[uint64]*magento.OrderAddress
	payment        *magento.OrderPayment
	taxes          map[uint64]*magento.OrderTax
	taxItems       []*magento.OrderTaxItem
	invoices       []*magento.Invoice // by id, as Magento counts them up
	creditMemos    []*magento.CreditMemo
	invoiceItems   map[uint64][]*magento.DocumentItem // by invoice, by id
	memoItems      map[uint64][]*magento.DocumentItem // by credit memo, by id
}

// order assembles invoices and credit memos of an order. A deleted order takes all
// of its rows with it, a deleted document its items: the rows that InnoDB's cascade
// leaves behind are orphans.
func (b *built) order(rows []store.Row, look lookup) error {
	o, err := readOrder(rows)
	if err != nil {
		return err
	}
	if o.Order == nil && (b.whole || b.traces["sales_order"]) {
		b.orphans = rows
		return nil
	}
	b.orphans = o.withoutDocument(rows, b)
	for _, i := range o.invoices {
		b.add(newInvoice(o, i, look))
	}
	for _, c := range o.creditMemos {
		b.add(newCreditMemo(o, c, look))
	}
	return nil
}

func readOrder(rows []store.Row) (*order, error) {
	o := &order{
		items: map[uint64]*magento.OrderItem{}, addresses: map[uint64]*magento.OrderAddress{},
		taxes:        map[uint64]*magento.OrderTax{},
		invoiceItems: map[uint64][]*magento.DocumentItem{}, memoItems: map[uint64][]*magento.DocumentItem{},
	}
	for _, row := range rows {
		if err := o.take(row); err != nil {
			return nil, err
		}
	}
	o.sort()
	return o, nil
}

func (o *order) take(row store.Row) (err error) {
	switch row.Table {
	case "sales_order":
		o.Order, err = as[magento.Order](row)
	case "sales_order_item":
		var i *magento.OrderItem
		i, err = as[magento.OrderItem](row)
		o.items[i.ItemID] = i
	case "sales_order_address":
		var a *magento.OrderAddress
		a, err = as[magento.OrderAddress](row)
		o.addresses[a.EntityID] = a
	case "sales_order_payment":
		o.payment, err = as[magento.OrderPayment](row)
	case "sales_order_tax":
		var t *magento.OrderTax
		t, err = as[magento.OrderTax](row)
		o.taxes[t.TaxID] = t
	case "sales_order_tax_item":
		var t *magento.OrderTaxItem
		t, err = as[magento.OrderTaxItem](row)
		o.taxItems = append(o.taxItems, t)
	default:
		return o.takeDocument(row)
	}
	return err
}

func (o *order) takeDocument(row store.Row) (err error) {
	switch row.Table {
	case "sales_invoice":
		var i *magento.Invoice
		i, err = as[magento.Invoice](row)
		o.invoices = append(o.invoices, i)
	case "sales_creditmemo":
		var c *magento.CreditMemo
		c, err = as[magento.CreditMemo](row)
		o.creditMemos = append(o.creditMemos, c)
	case "sales_invoice_item":
		err = takeItem(o.invoiceItems, row)
	case "sales_creditmemo_item":
		err = takeItem(o.memoItems, row)
	}
	return err
}

func takeItem(into map[uint64][]*magento.DocumentItem, row store.Row) error {
	i, err := as[magento.DocumentItem](row)
	into[i.ParentID] = append(into[i.ParentID], i)
	return err
}

// sort makes the order of everything independent of the text of primary keys.
func (o *order) sort() {
	slices.SortFunc(o.taxItems, func(a, b *magento.OrderTaxItem) int { return cmp.Compare(a.TaxItemID, b.TaxItemID) })
	slices.SortFunc(o.invoices, func(a, b *magento.Invoice) int { return cmp.Compare(a.EntityID, b.EntityID) })
	slices.SortFunc(o.creditMemos, func(a, b *magento.CreditMemo) int { return cmp.Compare(a.EntityID, b.EntityID) })
	for _, items := range []map[uint64][]*magento.DocumentItem{o.invoiceItems, o.memoItems} {
		for _, of := range items {
			slices.SortFunc(of, func(a, b *magento.DocumentItem) int { return cmp.Compare(a.EntityID, b.EntityID) })
		}
	}
}

// withoutDocument lists the items of documents that are gone.
func (o *order) withoutDocument(rows []store.Row, b *built) (orphans []store.Row) {
	documents := map[string]map[uint64]bool{"sales_invoice_item": {}, "sales_creditmemo_item": {}}
	for _, i := range o.invoices {
		documents["sales_invoice_item"][i.EntityID] = true
	}
	for _, c := range o.creditMemos {
		documents["sales_creditmemo_item"][c.EntityID] = true
	}
	parents := map[string]string{"sales_invoice_item": "sales_invoice", "sales_creditmemo_item": "sales_creditmemo"}
	for _, row := range rows {
		known, isItem := documents[row.Table]
		if !isItem || !b.whole && !b.traces[parents[row.Table]] {
			continue
		}
		if item, err := as[magento.DocumentItem](row); err == nil && !known[item.ParentID] {
			orphans = append(orphans, row)
		}
	}
	return orphans
}
