package transform

import (
	"cmp"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// contact is the customer as the order's own columns know it: what was printed on
// the document, whatever became of the customer since. billing may be nil.
func (o *order) contact(billing *magento.OrderAddress, d *canonical.Document, look lookup) canonical.Contact {
	c := canonical.Contact{
		Email: o.CustomerEmail, Prefix: o.CustomerPrefix, FirstName: o.CustomerFirstName, MiddleName: o.CustomerMiddleName,
		LastName: o.CustomerLastName, Suffix: o.CustomerSuffix, VATNumber: o.CustomerTaxVAT, Addresses: []canonical.Address{},
	}
	if o.CustomerID != nil && *o.CustomerID != 0 && o.CustomerIsGuest == 0 {
		c.MagentoID = *o.CustomerID
		c.GroupID = o.CustomerGroupID
		if c.GroupID != nil {
			c.GroupCode, _ = look.Group(*c.GroupID)
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

func orderAddress(kind string, a *magento.OrderAddress) canonical.Address {
	return canonical.Address{
		Kind: kind, FirstName: a.FirstName, MiddleName: a.MiddleName, LastName: a.LastName, Company: a.Company,
		Street: streetLines(a.Street), City: a.City, Region: a.Region, RegionID: someID(a.RegionID),
		Postcode: a.Postcode, CountryID: a.CountryID, Telephone: a.Telephone, VATNumber: a.VATID,
	}
}

func customerAddress(kind string, a *magento.CustomerAddress) canonical.Address {
	return canonical.Address{
		Kind: kind, FirstName: a.FirstName, MiddleName: a.MiddleName, LastName: a.LastName, Company: a.Company,
		Street: streetLines(a.Street), City: a.City, Region: a.Region, RegionID: someID(a.RegionID),
		Postcode: a.Postcode, CountryID: a.CountryID, Telephone: a.Telephone, VATNumber: a.VATID,
	}
}

// streetLines splits at line feeds and leaves out empty lines.
func streetLines(street string) []string {
	lines := []string{}
	for line := range strings.SplitSeq(street, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// someID is id unless it is 0: Magento writes NULL and 0 for no region.
func someID(id *uint64) *uint64 {
	if id == nil || *id == 0 {
		return nil
	}
	return id
}
