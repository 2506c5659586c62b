package transform

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// A header is what sales_invoice and sales_creditmemo have in common.
type header struct {
	magento.CommerceTotals
	id                                   uint64
	storeID                              *int
	orderID                              uint64
	incrementID                          string
	currency, baseCurrency               string
	rate                                 money.Amount
	grandTotal, baseGrandTotal, subtotal money.Amount
	tax, baseTax, discount               money.Amount
	shipping, shippingTax                money.Amount
	compensation, shippingCompensation   money.Amount
	refund, fee                          money.Amount // adjustments of a credit memo
	billingID, shippingID                *uint64
	createdAt                            string
	items                                []*magento.InvoiceItem
}

func invoiceHeader(i *magento.Invoice, items []*magento.InvoiceItem) header {
	return header{
		CommerceTotals: i.CommerceTotals, id: i.EntityID, storeID: i.StoreID, orderID: i.OrderID, incrementID: i.IncrementID,
		currency: i.OrderCurrency, baseCurrency: i.BaseCurrency, rate: i.BaseToOrderRate,
		grandTotal: i.GrandTotal, baseGrandTotal: i.BaseGrandTotal, subtotal: i.Subtotal,
		tax: i.TaxAmount, baseTax: i.BaseTaxAmount, discount: i.DiscountAmount,
		shipping: i.ShippingAmount, shippingTax: i.ShippingTaxAmount,
		compensation: i.TaxCompensation, shippingCompensation: i.ShippingTaxCompensation,
		billingID: i.BillingAddressID, shippingID: i.ShippingAddressID, createdAt: i.CreatedAt, items: items,
	}
}

func memoHeader(c *magento.CreditMemo, items []*magento.InvoiceItem) header {
	h := header{
		CommerceTotals: c.CommerceTotals, id: c.EntityID, storeID: c.StoreID, orderID: c.OrderID, incrementID: c.IncrementID,
		currency: c.OrderCurrency, baseCurrency: c.BaseCurrency, rate: c.BaseToOrderRate,
		grandTotal: c.GrandTotal, baseGrandTotal: c.BaseGrandTotal, subtotal: c.Subtotal,
		tax: c.TaxAmount, baseTax: c.BaseTaxAmount, discount: c.DiscountAmount,
		shipping: c.ShippingAmount, shippingTax: c.ShippingTaxAmount,
		compensation: c.TaxCompensation, shippingCompensation: c.ShippingTaxCompensation,
		refund: c.AdjustmentPositive, fee: c.AdjustmentNegative,
		billingID: c.BillingAddressID, shippingID: c.ShippingAddressID, createdAt: c.CreatedAt, items: items,
	}
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
		MagentoID: h.id, IncrementID: h.incrementID, OrderID: h.orderID,
		Currency: h.currency, BaseCurrency: h.baseCurrency, BaseToOrderRate: h.rate, CreatedAt: utc(h.createdAt),
		Subtotal: h.subtotal, DiscountAmount: h.discount, ShippingAmount: h.shipping, ShippingTaxAmount: h.shippingTax,
		TaxAmount: h.tax, GrandTotal: h.grandTotal, BaseTaxAmount: h.baseTax, BaseGrandTotal: h.baseGrandTotal,
	}
	e := canonical.Envelope{MagentoEntityID: h.id, StoreID: h.storeID}
	if h.storeID != nil {
		d.Store = look.Store(*h.storeID)
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
	billing, shipping := o.address(h.billingID, "billing"), o.address(h.shippingID, "shipping")
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
