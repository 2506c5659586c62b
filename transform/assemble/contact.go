package assemble

import (
	"cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// newBuyer is the customer as the order's own columns know it: what was printed on
// the document, whatever became of the customer since. billing may be nil.
func newBuyer(o *magento.Order, billing *magento.OrderAddress, d *canonical.Heading, ref Reference) canonical.Buyer {
	c := canonical.Buyer{Contact: canonical.Contact{
		Email: o.CustomerEmail, Prefix: o.CustomerPrefix, FirstName: o.CustomerFirstName, MiddleName: o.CustomerMiddleName,
		LastName: o.CustomerLastName, Suffix: o.CustomerSuffix, VATNumber: o.CustomerTaxVAT, Addresses: []canonical.Address{},
	}}
	if o.CustomerID != nil && *o.CustomerID != 0 && o.CustomerIsGuest == 0 {
		c.MagentoID = *o.CustomerID
		if d.Store != nil {
			c.WebsiteID = d.Store.WebsiteID
		}
		c.GroupID = o.CustomerGroupID
		if c.GroupID != nil {
			c.GroupCode, _ = ref.Group(*c.GroupID)
		}
	} else {
		c.CreatedAt, c.UpdatedAt = utc(o.CreatedAt), utc(o.UpdatedAt)
	}
	if billing != nil {
		c.Email = cmp.Or(c.Email, billing.Email)
		if c.FirstName == "" && c.LastName == "" { // guests: the order has no name
			c.Prefix, c.FirstName, c.MiddleName = billing.Prefix, billing.FirstName, billing.MiddleName
			c.LastName, c.Suffix = billing.LastName, billing.Suffix
		}
		c.VATNumber = cmp.Or(c.VATNumber, billing.VATID)
	}
	for _, a := range []*canonical.Address{d.BillingAddress, d.ShippingAddress} {
		if a != nil {
			c.Company, c.Phone = cmp.Or(c.Company, a.Company), cmp.Or(c.Phone, a.Telephone)
			c.Addresses = append(c.Addresses, *a)
		}
	}
	return c
}
