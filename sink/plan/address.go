package plan

import (
	"encoding/json"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// hasAddress parks an invoice without an address whose contact has none either: Sage takes
// an invoice's address from its contact where it is sent none, and refuses one without. It
// looks again when the contact changes.
func hasAddress(d *canonical.Document, in contactInSage) stop {
	if anyAddress(d.BillingAddress, d.ShippingAddress) || in.hasAddress() {
		return stop{}
	}
	end := parked(work.ParkReason{Reason: work.AddressMissing, Hint: "Sage takes no invoice without an address, and neither its order nor its contact has one: " +
		"give the order or the customer an address in Magento, or post it by hand and type mage2sage document settle"})
	end.waitsFor = in.key.Entity
	return end
}

// hasAddress reports whether the contact has an address in Sage, or is made with one.
func (in contactInSage) hasAddress() bool {
	if in.sageID != "" {
		var sent map[string]string
		return json.Unmarshal(in.xref.SentDigests, &sent) == nil && sent["main_address"] != ""
	}
	if in.customer == nil || in.customer.Deleted {
		return false
	}
	billing, shipping := addressesOf(profileOf(in.customer, in.newest).Addresses)
	return anyAddress(billing, shipping)
}

// anyAddress reports whether one of the addresses says where somebody is.
func anyAddress(all ...*canonical.Address) bool {
	return slices.ContainsFunc(all, func(a *canonical.Address) bool { return a != nil && *addressOf(*a, "") != (resource.Address{}) })
}
