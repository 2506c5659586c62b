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

// estimateKind is an estimate's row in the table of kinds.
var estimateKind = kindRules{
	kind:     canonical.KindEstimate,
	goneWith: []string{magento.NegotiableTable, magento.CartTable},
	deletion: func(id canonical.ID, _ change.Root) canonical.Entity {
		return &canonical.Estimate{
			Envelope:  canonical.Envelope{MagentoEntityID: id.Number(), Deleted: true},
			MagentoID: id.Number(), Lines: []canonical.EstimateLine{},
		}
	},
	state: of(func(e *canonical.Estimate) string { return cmp.Or(e.Status, "unknown") }),
	event: func(before Previous, state string) string {
		ends := []string{canonical.Ordered, canonical.Expired, canonical.Declined, canonical.Closed}
		switch {
		case !before.emitted():
			return "created"
		case state != before.State && slices.Contains(ends, state):
			return state
		}
		return "updated"
	},
	foots: of(func(e *canonical.Estimate) bool { return e.Balance.OK }),
	lacks: of(func(e *canonical.Estimate) bool {
		customer := canonical.Contact{GroupID: e.GroupID, GroupCode: e.GroupCode}
		return lacksReference(&e.Envelope, &canonical.Heading{Store: e.Store, Customer: canonical.Buyer{Contact: customer}})
	}),
}

// newEstimate assembles an estimate of its rows, of which the cart's and the negotiation's are
// there.
func newEstimate(e *estimateRows, ref Reference) *canonical.Estimate {
	cart, n := e.cart, e.negotiable
	out := &canonical.Estimate{
		Envelope: canonical.Envelope{MagentoEntityID: cart.EntityID, StoreID: &cart.StoreID}, MagentoID: cart.EntityID,
		Status: n.Status, IsRegularQuote: n.IsRegular != 0,
		Currency: cmp.Or(cart.QuoteCurrency, canonical.NoCurrency), BaseCurrency: cart.BaseCurrency, BaseToQuoteRate: cart.BaseToQuoteRate,
		CreatedAt: utc(cart.CreatedAt), ExpiresOn: day(n.ExpirationPeriod), Store: ref.Store(cart.StoreID), GroupID: cart.CustomerGroupID,
		Negotiated: negotiated(n), OriginalTotal: n.OriginalTotal, BaseOriginalTotal: n.BaseOriginalTotal,
		NegotiatedTotal: n.NegotiatedTotal, BaseNegotiatedTotal: n.BaseNegotiatedTotal, Lines: []canonical.EstimateLine{},
	}
	if out.Store != nil {
		out.WebsiteID = &out.Store.WebsiteID
	}
	if cart.CustomerID != nil {
		out.CustomerID = *cart.CustomerID
	}
	if cart.CustomerGroupID != nil {
		out.GroupCode, _ = ref.Group(*cart.CustomerGroupID)
	}
	if n.Status == canonical.Ordered {
		out.OrderIncrementID = cart.ReservedOrderID
	}
	h := estimateHeader(e)
	parts := totals.Of(totals.Order{Row: e.asOrder(), Items: e.orderItems()}, h)
	out.Sums = newSums(nil, h, parts)
	for _, line := range parts.Lines {
		out.Lines = append(out.Lines, canonical.EstimateLine{Line: line, CustomPrice: e.customPrice(line.LineID)})
	}
	return out
}

// estimateHeader is a cart as a document of all that is in it. Taxes and shipping stand in its
// addresses, of which one has amounts.
func estimateHeader(e *estimateRows) totals.Header {
	cart := e.cart
	h := totals.Header{Items: itemsOf(e.orderItems()), DocumentHeader: magento.DocumentHeader{
		EntityID: cart.EntityID, StoreID: &cart.StoreID, OrderCurrency: cart.QuoteCurrency, BaseCurrency: cart.BaseCurrency,
		BaseToOrderRate: cart.BaseToQuoteRate, GrandTotal: cart.GrandTotal, BaseGrandTotal: cart.BaseGrandTotal, Subtotal: cart.Subtotal,
	}}
	for _, a := range e.addresses {
		h.TaxAmount, h.BaseTaxAmount = h.TaxAmount.Add(a.TaxAmount), h.BaseTaxAmount.Add(a.BaseTaxAmount)
		h.DiscountAmount = h.DiscountAmount.Add(a.DiscountAmount)
		h.ShippingAmount, h.ShippingTaxAmount = h.ShippingAmount.Add(a.ShippingAmount), h.ShippingTaxAmount.Add(a.ShippingTaxAmount)
		h.TaxCompensation = h.TaxCompensation.Add(a.TaxCompensation)
		h.ShippingTaxCompensation = h.ShippingTaxCompensation.Add(a.ShippingTaxCompensation)
	}
	return h
}

// asOrder is what the order's own row would say of taxes; nil while no address is there, which
// every cart has.
func (e *estimateRows) asOrder() *magento.Order {
	if len(e.addresses) == 0 {
		return nil
	}
	return &magento.Order{}
}

// customPrice is the price of one of a line that was agreed on, nil where it is the catalog's.
func (e *estimateRows) customPrice(line uint64) *money.Amount {
	for _, i := range e.items {
		if i.ItemID == line {
			return i.CustomPrice
		}
	}
	return nil
}

// negotiated is what the seller proposes; nil where that is nothing.
func negotiated(n *magento.NegotiableQuote) *canonical.Negotiated {
	if n.PriceType == nil && n.ShippingPrice.IsZero() {
		return nil
	}
	out := &canonical.Negotiated{PriceValue: n.PriceValue, ShippingPrice: n.ShippingPrice}
	switch {
	case n.PriceType == nil:
	case *n.PriceType == magento.NegotiatedPercentage:
		out.PriceType = canonical.PercentageOff
	case *n.PriceType == magento.NegotiatedAmount:
		out.PriceType = canonical.AmountOff
	case *n.PriceType == magento.NegotiatedTotal:
		out.PriceType = canonical.ProposedTotal
	default:
		out.PriceType = canonical.UnknownProposal
	}
	return out
}
