package assemble

import (
	"cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/transform/assemble/totals"
)

// newDocument assembles what invoices and credit memos share.
func newDocument(o *orderRows, h totals.Header, ref Reference) (canonical.Envelope, canonical.Document) {
	d := canonical.Document{
		MagentoID: h.EntityID, IncrementID: h.IncrementID, OrderID: h.OrderID,
		Currency: h.OrderCurrency, BaseCurrency: h.BaseCurrency, BaseToOrderRate: h.BaseToOrderRate, CreatedAt: utc(h.CreatedAt),
		Subtotal: h.Subtotal, DiscountAmount: h.DiscountAmount, ShippingAmount: h.ShippingAmount, ShippingTaxAmount: h.ShippingTaxAmount,
		TaxAmount: h.TaxAmount, GrandTotal: h.GrandTotal, BaseTaxAmount: h.BaseTaxAmount, BaseGrandTotal: h.BaseGrandTotal,
	}
	e := canonical.Envelope{MagentoEntityID: h.EntityID, StoreID: h.StoreID}
	if h.StoreID != nil {
		d.Store = ref.Store(*h.StoreID)
	}
	if d.Store != nil {
		e.WebsiteID = &d.Store.WebsiteID
	}
	if o.payment != nil {
		d.PaymentMethod, d.PONumber = o.payment.Method, o.payment.PONumber
	}
	o.fillParties(&d, h, ref)
	parts := totals.Of(o.Order, h)
	d.Lines, d.Shipping, d.Adjustments, d.Settlements = parts.Lines, parts.Shipping, parts.Adjustments, parts.Settlements
	d.TaxRatesComplete, d.Balance = parts.TaxRatesComplete, parts.Balance
	return e, d
}

// lacksReference reports whether the document's store or group is not known, or its store is
// in a time zone that does not exist: then nobody can say on which day it was made.
func lacksReference(e *canonical.Envelope, d *canonical.Document) bool {
	if e.StoreID != nil && d.Store == nil || d.Customer.GroupID != nil && d.Customer.GroupCode == "" {
		return true
	}
	_, err := d.Store.Location()
	return err != nil
}

// deletedDocument names a document that is gone.
func deletedDocument(id canonical.ID, root change.Root) (canonical.Envelope, canonical.Document) {
	order, _ := root.Number()
	return canonical.Envelope{MagentoEntityID: id.Number(), Deleted: true}, canonical.Document{
		MagentoID: id.Number(), OrderID: order, Lines: []canonical.Line{},
		Customer: canonical.Contact{Addresses: []canonical.Address{}},
	}
}

// fillParties writes who bought and where it went.
func (o *orderRows) fillParties(d *canonical.Document, h totals.Header, ref Reference) {
	d.Customer = canonical.Contact{Addresses: []canonical.Address{}}
	billing, shipping := o.address(h.BillingAddressID, "billing"), o.address(h.ShippingAddressID, "shipping")
	if billing != nil {
		a := newAddress("billing", billing.Address)
		d.BillingAddress = &a
	}
	if shipping != nil && (o.Row == nil || o.Row.IsVirtual == 0) {
		a := newAddress("shipping", shipping.Address)
		d.ShippingAddress = &a
	}
	if o.Row == nil {
		return
	}
	d.OrderIncrementID = o.Row.IncrementID
	d.Currency = cmp.Or(d.Currency, o.Row.OrderCurrency)
	d.BaseCurrency = cmp.Or(d.BaseCurrency, o.Row.BaseCurrency)
	d.Customer = newContact(o.Row, billing, d, ref)
}

// address finds the document's own address of the order, else the order's first of
// that kind.
func (o *orderRows) address(id *uint64, kind string) *magento.OrderAddress {
	if id != nil {
		if a := o.addresses[*id]; a != nil {
			return a
		}
	}
	var first *magento.OrderAddress
	for _, a := range o.addresses {
		if a.AddressType == kind && (first == nil || a.EntityID < first.EntityID) {
			first = a
		}
	}
	return first
}
