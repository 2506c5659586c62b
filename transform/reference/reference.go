// Package reference holds the shop's reference data as one immutable View: stores and
// websites, customer groups, the codes of customers' attributes, the attributes of products,
// the names of their options, tax classes, the sources and stocks of the inventory, and the listed paths of the configuration.
//
//	rows of the reference topic ─► Rows ─► View ─► Store, Group, Attribute, TaxClass …
//
// A View does not change once it is made; newer data are another View. It has a Fingerprint
// for each kind of aggregate, which is another one only where what that kind uses changed.
// Rows of tables that no entity uses are left out. The package does not know how rows are
// read or kept.
package reference

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A Row is one row of a reference table.
type Row struct {
	Table   string // logical table
	PK      string // primary key, JSON as in the record's key
	Value   []byte // allowed columns, JSON
	Version change.Version
	Offset  int64 // of its record
	// Created says that the log told of its insert.
	Created bool
	// Deleted says that it is gone; Value is empty then.
	Deleted bool
}

// id is another one for each row.
func (r Row) id() string { return r.Table + "\x00" + r.PK }

// A View is what entities need of the reference data, as of one moment.
type View struct {
	data         data
	inventory    inventory
	labels       [shards]*shardNames // names of options
	fingerprints map[string]string   // by kind of aggregate
	version      change.Version
}

// data is what fingerprints are made of.
type data struct {
	Stores     map[int]magento.Store
	Websites   map[int]magento.Website
	Groups     map[int]string
	Attributes map[int]string    // codes of customers' attributes
	Config     map[string]string // "stores/1/general/locale/timezone"
	Prices     map[string]string // settings of prices, as Config
	TaxClasses map[int]string

	ProductAttributes map[int]magento.Attribute
	CatalogAttributes map[int]magento.CatalogAttribute
	Labels            labelState

	Sources       map[string]magento.InventorySource // by folded code
	StockNames    map[int]string
	SourceLinks   map[uint64]magento.InventorySourceStockLink
	SalesChannels map[string]magento.InventorySalesChannel // websites, by folded code
}

// A Misfit is a row that does not fit its table.
type Misfit struct {
	Row Row
	Err error
}

// New makes a view of all rows that there are, and of those that are known to be gone: see
// Rows.View.
func New(rows []Row, reading string) (view *View, misfits []Misfit, err error) {
	var all Rows
	for _, row := range rows {
		all.Put(row)
	}
	return all.View(reading)
}

// Version is that of the newest row.
func (v *View) Version() change.Version { return v.version }

// Store describes a store view; nil when it is not known.
func (v *View) Store(id int) *canonical.StoreView {
	s, ok := v.data.Stores[id]
	if !ok {
		return nil
	}
	return &canonical.StoreView{
		StoreID: s.StoreID, Code: s.Code, Name: s.Name,
		WebsiteID: s.WebsiteID, WebsiteCode: v.data.Websites[s.WebsiteID].Code,
		Timezone:  v.config(s, pathTimezone, magento.DefaultTimezone),
		CountryID: v.config(s, pathCountry, ""),
	}
}

// Group is a customer group's code.
func (v *View) Group(id int) (code string, ok bool) {
	code, ok = v.data.Groups[id]
	return code, ok
}

// Attribute is the code of a customer's attribute.
func (v *View) Attribute(id int) (code string, ok bool) {
	code, ok = v.data.Attributes[id]
	return code, ok
}

// Website describes a website and its prices.
func (v *View) Website(id int) (out canonical.Website, ok bool) {
	w, ok := v.data.Websites[id]
	if !ok {
		return out, false
	}
	includeTax := v.pricesIncludeTax(id)
	return canonical.Website{WebsiteID: id, Code: w.Code, PriceCurrency: v.priceCurrency(id), PricesIncludeTax: &includeTax}, true
}

// TaxClass is a tax class's name.
func (v *View) TaxClass(id int) (name string, ok bool) {
	name, ok = v.data.TaxClasses[id]
	return name, ok
}

// ProductAttribute is an attribute of products: its id, code and backend type.
func (v *View) ProductAttribute(id int) (magento.Attribute, bool) {
	a, ok := v.data.ProductAttributes[id]
	return a, ok
}

// CatalogAttribute says in which scope an attribute of products has values.
func (v *View) CatalogAttribute(id int) (magento.CatalogAttribute, bool) {
	a, ok := v.data.CatalogAttributes[id]
	return a, ok
}
