package assemble

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// customerAggregate makes a registered customer of its rows. A deleted customer takes
// its addresses and attribute values with it. Its store and group are those of today.
var customerAggregate = aggregateRules{
	kind: change.AggregateCustomer, assemble: assembleCustomer, dependsOnReference: true,
}

// customerKind is a customer's row in the table of kinds. A customer has no state of
// its own, and totals neither.
var customerKind = kindRules{
	kind:     canonical.KindCustomer,
	goneWith: []string{"customer_entity"},
	deletion: func(id canonical.ID, _ change.Root) canonical.Entity {
		return &canonical.Customer{
			Envelope: canonical.Envelope{MagentoEntityID: id.Number(), Deleted: true},
			Contact:  canonical.Contact{MagentoID: id.Number(), Addresses: []canonical.Address{}},
		}
	},
	state: of(func(*canonical.Customer) string { return "known" }),
	event: func(Previous, string) string { return "upserted" },
	foots: of(func(*canonical.Customer) bool { return true }),
	lacks: of(func(*canonical.Customer) bool { return false }), // follows reference data anyway
}

func assembleCustomer(rows aggregateRows, ref Reference) (Assembly, error) {
	c, err := readCustomer(rows.alive)
	switch {
	case err != nil:
		return Assembly{}, err
	case c.row != nil:
		return Assembly{Entities: []canonical.Entity{newCustomer(c, ref)}}, nil
	case rows.gone("customer_entity"):
		return Assembly{Orphans: rows.orphans("customer_entity")}, nil
	}
	return Assembly{}, nil
}

// customerRows are the living rows of one root "customer/5".
type customerRows struct {
	row       *magento.Customer          // nil while it is not there
	addresses []*magento.CustomerAddress // by id
	values    []attributeValue
	companies []*magento.CompanyCustomer // by company
}

// An attributeValue is the value of an EAV attribute as text.
type attributeValue struct {
	attribute int
	text      string
}

// customerTables says where the rows of each table go. Attribute values of addresses
// are in no entity yet.
var customerTables = map[string]func(*customerRows, Row) error{
	"customer_entity":                  func(c *customerRows, r Row) error { return one(&c.row, r) },
	"customer_entity_varchar":          (*customerRows).addValue,
	"customer_entity_int":              (*customerRows).addValue,
	"customer_entity_decimal":          (*customerRows).addValue,
	"customer_entity_datetime":         (*customerRows).addValue,
	"customer_entity_text":             (*customerRows).addValue,
	"customer_address_entity":          func(c *customerRows, r Row) error { return add(&c.addresses, r) },
	"company_advanced_customer_entity": func(c *customerRows, r Row) error { return add(&c.companies, r) },
	"customer_address_entity_varchar":  leaveOut,
	"customer_address_entity_int":      leaveOut,
	"customer_address_entity_decimal":  leaveOut,
	"customer_address_entity_datetime": leaveOut,
	"customer_address_entity_text":     leaveOut,
}

func leaveOut(*customerRows, Row) error { return nil }

// readCustomer decodes the rows of a customer. Rows of tables that only a later
// version knows are left out.
func readCustomer(rows []Row) (*customerRows, error) {
	c := &customerRows{}
	for _, row := range rows {
		if take := customerTables[row.Table]; take != nil {
			if err := take(c, row); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(c.addresses, func(a, b *magento.CustomerAddress) int { return cmp.Compare(a.EntityID, b.EntityID) })
	slices.SortFunc(c.companies, func(a, b *magento.CompanyCustomer) int { return cmp.Compare(a.CompanyID, b.CompanyID) })
	return c, nil
}

// addValue keeps an attribute's value unless it is NULL.
func (c *customerRows) addValue(row Row) error {
	v, err := decode[magento.Value](row)
	if err != nil {
		return err
	}
	if len(v.Value) == 0 || string(v.Value) == "null" {
		return nil
	}
	text := string(v.Value)
	if v.Value[0] == '"' {
		if err := json.Unmarshal(v.Value, &text); err != nil {
			return &RowError{row, err}
		}
	}
	c.values = append(c.values, attributeValue{v.AttributeID, text})
	return nil
}

func newCustomer(c *customerRows, ref Reference) *canonical.Customer {
	row := c.row
	e := &canonical.Customer{
		Envelope: canonical.Envelope{MagentoEntityID: row.EntityID, WebsiteID: row.WebsiteID, StoreID: row.StoreID},
		Contact: canonical.Contact{
			MagentoID: row.EntityID, Email: row.Email, Prefix: row.Prefix, FirstName: row.FirstName, MiddleName: row.MiddleName,
			LastName: row.LastName, Suffix: row.Suffix, VATNumber: row.TaxVAT, GroupID: &row.GroupID,
			Addresses: c.defaultAddresses(), CreatedAt: utc(row.CreatedAt), UpdatedAt: utc(row.UpdatedAt),
		},
		IsActive: row.IsActive != 0, Attributes: c.attributes(ref),
	}
	e.GroupCode, _ = ref.Group(row.GroupID)
	if row.StoreID != nil {
		e.Store = ref.Store(*row.StoreID)
	}
	for _, a := range e.Addresses {
		e.Company, e.Phone = cmp.Or(e.Company, a.Company), cmp.Or(e.Phone, a.Telephone)
		if a.Kind == "billing" {
			e.VATNumber = cmp.Or(e.VATNumber, a.VATNumber)
		}
	}
	for _, a := range c.addresses {
		e.Phone = cmp.Or(e.Phone, a.Telephone)
	}
	if e.Companies = c.memberships(); len(e.Companies) == 1 {
		e.CompanyID = e.Companies[0].CompanyID
	}
	return e
}

// memberships are the companies that the customer buys for. The row of a customer of none has
// the company 0.
func (c *customerRows) memberships() (all []canonical.Membership) {
	for _, row := range c.companies {
		if row.CompanyID != 0 {
			all = append(all, canonical.Membership{CompanyID: row.CompanyID, IsActive: row.Status == magento.CompanyCustomerActive})
		}
	}
	return all
}

// attributes are the values by their attribute's code. Values of unknown attributes
// are left out.
func (c *customerRows) attributes(ref Reference) map[string]string {
	all := map[string]string{}
	for _, v := range c.values {
		if code, known := ref.Attribute(v.attribute); known {
			all[code] = v.text
		}
	}
	return all
}

// defaultAddresses are the default billing and the default shipping address.
func (c *customerRows) defaultAddresses() []canonical.Address {
	all := []canonical.Address{}
	for _, role := range []struct {
		kind string
		id   *uint64
	}{{"billing", c.row.DefaultBilling}, {"shipping", c.row.DefaultShipping}} {
		for _, a := range c.addresses {
			if role.id != nil && a.EntityID == *role.id {
				all = append(all, newAddress(role.kind, a.Address))
			}
		}
	}
	return all
}
