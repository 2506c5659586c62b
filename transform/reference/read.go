package reference

import (
	"encoding/json"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// customerType is the code of customers in eav_entity_type: attribute codes are unique
// only within an entity type.
const (
	customerType = "customer"
	productType  = "catalog_product"
)

// A reader collects rows until all are there: a customer's attribute is known as one
// only with the row of its entity type.
type reader struct {
	data
	attributes    []magento.Attribute
	customersType int // id of customers in eav_entity_type; 0 while it is not known
	productsType  int
	version       change.Version
}

// tables says what is taken of the rows of each table.
var tables = map[string]func(*reader, Row) error{
	"store":                 take(func(r *reader, s magento.Store) { r.Stores[s.StoreID] = s }),
	"store_website":         take(func(r *reader, w magento.Website) { r.Websites[w.WebsiteID] = w }),
	"customer_group":        take(func(r *reader, g magento.CustomerGroup) { r.Groups[g.GroupID] = g.Code }),
	"eav_attribute":         take(func(r *reader, a magento.Attribute) { r.attributes = append(r.attributes, a) }),
	"eav_entity_type":       take((*reader).entityType),
	"core_config_data":      take((*reader).config),
	"tax_class":             take(func(r *reader, c magento.TaxClass) { r.TaxClasses[c.ClassID] = c.ClassName }),
	"catalog_eav_attribute": take(func(r *reader, a magento.CatalogAttribute) { r.CatalogAttributes[a.AttributeID] = a }),

	"inventory_source":              take(func(r *reader, s magento.InventorySource) { r.Sources[change.Fold(s.Code)] = s }),
	"inventory_stock":               take(func(r *reader, s magento.InventoryStock) { r.StockNames[s.StockID] = s.Name }),
	"inventory_source_stock_link":   take(func(r *reader, l magento.InventorySourceStockLink) { r.SourceLinks[l.LinkID] = l }),
	"inventory_stock_sales_channel": take((*reader).salesChannel),
}

// Reads reports whether a view is made of the rows of a table.
func Reads(table string) bool { return tables[table] != nil || ofOptions(table) }

func ofOptions(table string) bool {
	return table == magento.OptionTable || table == magento.OptionLabelTable
}

// take decodes a row before it is kept.
func take[T any](keep func(*reader, T)) func(*reader, Row) error {
	return func(r *reader, row Row) error {
		if row.Deleted {
			return nil
		}
		columns, err := decode[T](row)
		if err == nil {
			keep(r, columns)
		}
		return err
	}
}

func decode[T any](row Row) (columns T, err error) {
	err = json.Unmarshal(row.Value, &columns)
	return columns, err
}

func (r *reader) entityType(t magento.EntityType) {
	switch t.Code {
	case customerType:
		r.customersType = t.EntityTypeID
	case productType:
		r.productsType = t.EntityTypeID
	}
}

// config keeps the paths that entities use.
func (r *reader) config(c magento.Config) {
	if c.Value == nil {
		return
	}
	switch c.Path {
	case pathTimezone, pathCountry:
		r.Config[configKey(c.Scope, c.ScopeID, c.Path)] = *c.Value
	case pathPriceScope, pathBaseCurrency, pathPricesIncludeTax:
		r.Prices[configKey(c.Scope, c.ScopeID, c.Path)] = *c.Value
	}
}

// sortOut tells the attributes of customers from those of products.
func (r *reader) sortOut() {
	for _, a := range r.attributes {
		switch a.EntityTypeID {
		case r.customersType:
			r.Attributes[a.AttributeID] = a.Code
		case r.productsType:
			r.ProductAttributes[a.AttributeID] = a
		}
	}
}
