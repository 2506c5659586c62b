package transform

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// A header is an invoice or a credit memo, with its items.
type header struct {
	magento.DocumentHeader
	refund, fee money.Amount // adjustments of a credit memo
	items       []*magento.DocumentItem
}

func invoiceHeader(i *magento.Invoice, items []*magento.DocumentItem) header {
	return header{DocumentHeader: i.DocumentHeader, items: items}
}

func memoHeader(c *magento.CreditMemo, items []*magento.DocumentItem) header {
	h := header{DocumentHeader: c.DocumentHeader, refund: c.AdjustmentPositive, fee: c.AdjustmentNegative, items: items}
	// Old documents have the difference alone.
	if h.refund.IsZero() && h.fee.IsZero() {
		if c.Adjustment.Sign() > 0 {
			h.refund = c.Adjustment
		} else {
			h.fee = c.Adjustment.Neg()
		}
	}
	return h
}

// newDocument assembles what invoices and credit memos share.
func newDocument(o *order, h header, look lookup) (canonical.Envelope, canonical.Document) {
	d := canonical.Document{
		MagentoID: h.EntityID, IncrementID: h.IncrementID, OrderID: h.OrderID,
		Currency: h.OrderCurrency, BaseCurrency: h.BaseCurrency, BaseToOrderRate: h.BaseToOrderRate, CreatedAt: utc(h.CreatedAt),
		Subtotal: h.Subtotal, DiscountAmount: h.DiscountAmount, ShippingAmount: h.ShippingAmount, ShippingTaxAmount: h.ShippingTaxAmount,
		TaxAmount: h.TaxAmount, GrandTotal: h.GrandTotal, BaseTaxAmount: h.BaseTaxAmount, BaseGrandTotal: h.BaseGrandTotal,
	}
	e := canonical.Envelope{MagentoEntityID: h.EntityID, StoreID: h.StoreID}
	if h.StoreID != nil {
		d.Store = look.Store(*h.StoreID)
	}
	if d.Store != nil {
		e.WebsiteID = &d.Store.WebsiteID
	}
	if o.payment != nil {
		d.PaymentMethod, d.PONumber = o.payment.Method, o.payment.PONumber
	}
	o.parties(&d, h, look)
	d.Lines = []canonical.Line{}
	t := newTotals(o, h)
	t.fill(&d)
	return e, d
}

// parties fills in who bought and where it went.
func (o *order) parties(d *canonical.Document, h header, look lookup) {
	d.Customer = canonical.Contact{Addresses: []canonical.Address{}}
	billing, shipping := o.address(h.BillingAddressID, "billing"), o.address(h.ShippingAddressID, "shipping")
	if billing != nil {
		a := orderAddress("billing", billing)
		d.BillingAddress = &a
	}
	if shipping != nil && (o.Order == nil || o.IsVirtual == 0) {
		a := orderAddress("shipping", shipping)
		d.ShippingAddress = &a
	}
	if o.Order == nil {
		return
	}
	d.OrderIncrementID = o.IncrementID
	if d.Currency == "" {
		d.Currency = o.OrderCurrency
	}
	if d.BaseCurrency == "" {
		d.BaseCurrency = o.BaseCurrency
	}
	d.Customer = o.contact(billing, d, look)
}

// address finds an address of the order: the document's own, else the order's of
// that kind.
func (o *order) address(id *uint64, kind string) *magento.OrderAddress {
	if id != nil {
		if a := o.addresses[*id]; a != nil {
			return a
		}
	}
	var found *magento.OrderAddress
	for _, a := range o.addresses {
		if a.AddressType == kind && (found == nil || a.EntityID < found.EntityID) {
			found = a
		}
	}
	return found
}

// utc is Magento's TIMESTAMP as RFC 3339; "" for a zero date.
func utc(timestamp string) string {
	if len(timestamp) < 4 || timestamp[:4] == "0000" {
		return ""
	}
	return timestamp
}
