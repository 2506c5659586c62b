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
	e, heading, parts := newSale(o, h, ref)
	return e, canonical.Document{Heading: heading, Lines: parts.Lines, Sums: newSums(o, h, parts)}
}

// newSale assembles what documents and orders share: who bought, where, and the parts of the
// grand total.
func newSale(o *orderRows, h totals.Header, ref Reference) (canonical.Envelope, canonical.Heading, totals.Parts) {
	d := canonical.Heading{
		MagentoID: h.EntityID, IncrementID: h.IncrementID, OrderID: h.OrderID,
		Currency: h.OrderCurrency, BaseCurrency: h.BaseCurrency, BaseToOrderRate: h.BaseToOrderRate, CreatedAt: utc(h.CreatedAt),
	}
	e := canonical.Envelope{MagentoEntityID: h.EntityID, StoreID: h.StoreID}
	if h.StoreID != nil {
		d.Store = ref.Store(*h.StoreID)
	}
	if d.Store != nil {
		e.WebsiteID = &d.Store.WebsiteID
	}
	o.fillParties(&d, h, ref)
	d.Currency = cmp.Or(d.Currency, canonical.NoCurrency)
	if o.company != nil {
		d.CompanyID, d.CompanyName = o.company.CompanyID, o.company.CompanyName
	}
	return e, d, totals.Of(o.Order, h)
}

// newSums are the header's amounts beside the parts that they consist of; o is nil of an
// estimate, which nobody has paid.
func newSums(o *orderRows, h totals.Header, parts totals.Parts) canonical.Sums {
	s := canonical.Sums{
		Subtotal: h.Subtotal, DiscountAmount: h.DiscountAmount, ShippingAmount: h.ShippingAmount, ShippingTaxAmount: h.ShippingTaxAmount,
		TaxAmount: h.TaxAmount, GrandTotal: h.GrandTotal, BaseTaxAmount: h.BaseTaxAmount, BaseGrandTotal: h.BaseGrandTotal,
		Shipping: parts.Shipping, Adjustments: parts.Adjustments, Settlements: parts.Settlements,
		TaxRatesComplete: parts.TaxRatesComplete, Balance: parts.Balance,
	}
	if o != nil && o.payment != nil {
		s.PaymentMethod, s.PONumber = o.payment.Method, o.payment.PONumber
	}
	return s
}

// lacksReference reports whether the document's store or group is not known, or its store is
// in a time zone that does not exist: then nobody can say on which day it was made.
func lacksReference(e *canonical.Envelope, d *canonical.Heading) bool {
	return lacksStore(e.StoreID, d.Store) || d.Customer.GroupID != nil && d.Customer.GroupCode == ""
}

// lacksStore reports whether a store is not known, or in a time zone that does not exist.
func lacksStore(id *int, store *canonical.StoreView) bool {
	_, err := store.Location()
	return id != nil && store == nil || err != nil
}

// deletedDocument names a document that is gone.
func deletedDocument(id canonical.ID, root change.Root) (canonical.Envelope, canonical.Document) {
	e, heading := deletedSale(id, root)
	return e, canonical.Document{Heading: heading, Lines: []canonical.Line{}}
}

// deletedSale names a document or an order that is gone.
func deletedSale(id canonical.ID, root change.Root) (canonical.Envelope, canonical.Heading) {
	order, _ := root.Number()
	return canonical.Envelope{MagentoEntityID: id.Number(), Deleted: true}, canonical.Heading{
		MagentoID: id.Number(), OrderID: order, Customer: canonical.Buyer{Contact: canonical.Contact{Addresses: []canonical.Address{}}},
	}
}

// fillParties writes who bought and where it went.
func (o *orderRows) fillParties(d *canonical.Heading, h totals.Header, ref Reference) {
	d.Customer = canonical.Buyer{Contact: canonical.Contact{Addresses: []canonical.Address{}}}
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
	d.Customer = newBuyer(o.Row, billing, d, ref)
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
