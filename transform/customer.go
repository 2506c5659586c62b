package transform

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
	store "github.com/mage2sage/mage2sage/transform/state"
)

// customer assembles a registered customer. A deleted one takes addresses and
// attribute values with it, without a word in the binlog.
func (b *built) customer(rows []store.Row, look lookup) error {
	var c *magento.Customer
	var addresses []*magento.CustomerAddress
	attributes := map[string]string{}
	for _, row := range rows {
		var err error
		switch {
		case row.Table == "customer_entity":
			c, err = as[magento.Customer](row)
		case row.Table == "customer_address_entity":
			var a *magento.CustomerAddress
			a, err = as[magento.CustomerAddress](row)
			addresses = append(addresses, a)
		case strings.HasPrefix(row.Table, "customer_entity_"):
			err = attribute(row, attributes, look)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case c != nil:
		slices.SortFunc(addresses, func(a, b *magento.CustomerAddress) int { return cmp.Compare(a.EntityID, b.EntityID) })
		b.add(newCustomer(c, addresses, attributes, look))
	case b.whole || b.traces["customer_entity"]:
		b.orphans = rows
	}
	return nil
}

// attribute notes the value of a customer's attribute as text. Values of unknown
// attributes, and NULL, are left out.
func attribute(row store.Row, into map[string]string, look lookup) error {
	v, err := as[magento.Value](row)
	if err != nil {
		return err
	}
	code, known := look.Attribute(v.AttributeID)
	if !known || len(v.Value) == 0 || string(v.Value) == "null" {
		return nil
	}
	text := string(v.Value)
	if v.Value[0] == '"' {
		if err := json.Unmarshal(v.Value, &text); err != nil {
			return &rowError{row, err}
		}
	}
	into[code] = text
	return nil
}

func newCustomer(row *magento.Customer, addresses []*magento.CustomerAddress, attributes map[string]string, look lookup) *canonical.Customer {
	e := &canonical.Customer{
		Envelope: canonical.Envelope{MagentoEntityID: row.EntityID, WebsiteID: row.WebsiteID, StoreID: row.StoreID},
		Contact: canonical.Contact{
			MagentoID: row.EntityID, Email: row.Email, Prefix: row.Prefix, FirstName: row.FirstName, MiddleName: row.MiddleName,
			LastName: row.LastName, Suffix: row.Suffix, VATNumber: row.TaxVAT, GroupID: &row.GroupID,
			Addresses: []canonical.Address{}, CreatedAt: utc(row.CreatedAt), UpdatedAt: utc(row.UpdatedAt),
		},
		IsActive: row.IsActive != 0, Attributes: attributes,
	}
	e.GroupCode, _ = look.Group(row.GroupID)
	if row.StoreID != nil {
		e.Store = look.Store(*row.StoreID)
	}
	for _, role := range []struct {
		kind string
		id   *uint64
	}{{"billing", row.DefaultBilling}, {"shipping", row.DefaultShipping}} {
		for _, a := range addresses {
			if role.id != nil && a.EntityID == *role.id {
				e.Addresses = append(e.Addresses, customerAddress(role.kind, a))
			}
		}
	}
	for _, a := range e.Addresses {
		e.Company, e.Phone = cmp.Or(e.Company, a.Company), cmp.Or(e.Phone, a.Telephone)
		if a.Kind == "billing" {
			e.VATNumber = cmp.Or(e.VATNumber, a.VATNumber)
		}
	}
	for _, a := range addresses {
		e.Phone = cmp.Or(e.Phone, a.Telephone)
	}
	return e
}
