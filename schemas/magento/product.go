package magento

import (
	"encoding/json"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// Product is a row of catalog_product_entity: a product, or where changes of products are
// staged a version of one. SKU is unique without regard to case, accents and spaces at its
// end. TypeID is simple, virtual, configurable, bundle, grouped, downloadable or, on Adobe
// Commerce, giftcard.
type Product struct {
	EntityID       uint64 `json:"entity_id"`
	AttributeSetID int    `json:"attribute_set_id"`
	TypeID         string `json:"type_id"`
	SKU            string `json:"sku"`
	CreatedAt      string `json:"created_at"`
	UpdatedAt      string `json:"updated_at"`
	// RowID is the key of a version; nil where nothing is staged. A version holds from
	// CreatedIn until UpdatedIn, in Unix seconds: nothing is written when its time comes.
	RowID     *uint64 `json:"row_id"`
	CreatedIn *uint64 `json:"created_in"`
	UpdatedIn *uint64 `json:"updated_in"`
}

// ProductSequence is a row of sequence_product, of which Adobe Commerce takes the ids of
// products.
type ProductSequence struct {
	SequenceValue uint64 `json:"sequence_value"`
}

// ProductValue is a row of an EAV value table of products. StoreID 0 is the default, which a
// row of a store replaces even where its value is null. It hangs on EntityID, or where
// changes are staged on the version RowID.
type ProductValue struct {
	ValueID     int64           `json:"value_id"`
	AttributeID int             `json:"attribute_id"`
	StoreID     int             `json:"store_id"`
	EntityID    *uint64         `json:"entity_id"`
	RowID       *uint64         `json:"row_id"`
	Value       json.RawMessage `json:"value"` // number, decimal string, text or null
}

// ProductAttributes are the codes of the attributes whose values leave with the catalog:
// what a product is in books, and nothing that describes it to buyers.
var ProductAttributes = []string{
	"cost", "name", "price", "price_type", "sku_type", "special_from_date", "special_price", "special_to_date",
	"status", "tax_class_id", "visibility", "weight",
}

// ScopeGlobal is the CatalogAttribute.Scope of an attribute with one value everywhere.
const ScopeGlobal = 1

// CatalogAttribute is a row of catalog_eav_attribute. Scope is 0 for a value by store view,
// ScopeGlobal for one everywhere and 2 for one by website.
type CatalogAttribute struct {
	AttributeID int `json:"attribute_id"`
	Scope       int `json:"is_global"`
}

// OptionTable has the options of attributes whose values are chosen from a list, and
// OptionLabelTable what they are called.
const (
	OptionTable      = "eav_attribute_option"
	OptionLabelTable = "eav_attribute_option_value"
)

// AttributeOption is a row of eav_attribute_option: what can be chosen from an attribute's list.
type AttributeOption struct {
	OptionID    uint64 `json:"option_id"`
	AttributeID int    `json:"attribute_id"`
	SortOrder   int    `json:"sort_order"`
}

// OptionLabel is a row of eav_attribute_option_value: what an option is called in a store;
// store 0 has the name for all that have none of their own.
type OptionLabel struct {
	ValueID  uint64  `json:"value_id"`
	OptionID uint64  `json:"option_id"`
	StoreID  int     `json:"store_id"`
	Value    *string `json:"value"`
}

// ProductWebsite is a row of catalog_product_website: where a product is sold.
type ProductWebsite struct {
	ProductID uint64 `json:"product_id"`
	WebsiteID int    `json:"website_id"`
}

// ConfigurableAttribute is a row of catalog_product_super_attribute: what tells the variants
// of a configurable product apart. ProductID is a row_id where changes are staged.
type ConfigurableAttribute struct {
	ID          uint64 `json:"product_super_attribute_id"`
	ProductID   uint64 `json:"product_id"`
	AttributeID int    `json:"attribute_id"`
}

// ConfigurableLink is a row of catalog_product_super_link. ParentID is the configurable
// product, by row_id where changes are staged, and ProductID a variant.
type ConfigurableLink struct {
	LinkID    uint64 `json:"link_id"`
	ProductID uint64 `json:"product_id"`
	ParentID  uint64 `json:"parent_id"`
}

// BundleOption is a row of catalog_product_bundle_option. ParentID is a row_id where changes
// are staged.
type BundleOption struct {
	OptionID uint64 `json:"option_id"`
	ParentID uint64 `json:"parent_id"`
	Required int    `json:"required"`
	Position int    `json:"position"`
	Type     string `json:"type"`
}

// BundleSelection is a row of catalog_product_bundle_selection: ProductID is what an option
// offers, and ParentProductID the bundle, by row_id where changes are staged.
type BundleSelection struct {
	SelectionID     uint64       `json:"selection_id"`
	OptionID        uint64       `json:"option_id"`
	ParentProductID uint64       `json:"parent_product_id"`
	ProductID       uint64       `json:"product_id"`
	IsDefault       int          `json:"is_default"`
	PriceType       int          `json:"selection_price_type"` // 0 fixed, 1 percent
	Price           money.Amount `json:"selection_price_value"`
	Qty             money.Amount `json:"selection_qty"`
}

// GroupedLinkType is the link_type_id of a grouped product's parts; Magento's installation
// fixes it.
const GroupedLinkType = 3

// ProductLink is a row of catalog_product_link of the type GroupedLinkType. ProductID is the
// grouped product, by row_id where changes are staged, and LinkedProductID a part of it.
type ProductLink struct {
	LinkID          uint64 `json:"link_id"`
	ProductID       uint64 `json:"product_id"`
	LinkedProductID uint64 `json:"linked_product_id"`
	LinkTypeID      int    `json:"link_type_id"`
}
