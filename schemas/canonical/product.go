package canonical

import "github.com/mage2sage/mage2sage/schemas/money"

// Product is a product of the catalog as it is now for all stores, and where stores differ.
// Website and store of its envelope are null. A variant or a part does not name the products
// that consist of it.
type Product struct {
	Envelope
	MagentoID      uint64 `json:"magento_id"`
	SKU            string `json:"sku"`
	ProductType    string `json:"product_type"` // simple virtual configurable bundle grouped downloadable giftcard
	AttributeSetID int    `json:"attribute_set_id"`
	ProductValues
	// The stock of shops without Multi-Source Inventory, else of its default source.
	StockQty    *money.Amount `json:"stock_qty,omitempty"`
	ManageStock bool          `json:"manage_stock"`
	InStock     *bool         `json:"in_stock,omitempty"`
	// WebsiteIDs says where it is sold, and Websites the same with codes.
	WebsiteIDs []int          `json:"website_ids"`
	Websites   []Website      `json:"websites"`
	Scopes     []ProductScope `json:"scopes,omitempty"`
	// What a composite consists of.
	ConfigurableAttributes []string       `json:"configurable_attributes,omitempty"` // codes
	VariantIDs             []uint64       `json:"variant_ids,omitempty"`
	BundleOptions          []BundleOption `json:"bundle_options,omitempty"`
	GroupedIDs             []uint64       `json:"grouped_ids,omitempty"`
	// NextVersionAt is when a staged version of the product takes over: RFC 3339, UTC.
	// Magento writes nothing then, and the product is emitted all the same.
	NextVersionAt string `json:"next_version_at,omitempty"`
	CreatedAt     string `json:"created_at,omitempty"` // RFC 3339, UTC
	UpdatedAt     string `json:"updated_at,omitempty"`
}

// ProductValues are the values that stores may have of their own. Amounts are in the base
// currency of the store's website.
type ProductValues struct {
	Name            string        `json:"name,omitempty"`
	Status          string        `json:"status,omitempty"`     // enabled disabled
	Visibility      string        `json:"visibility,omitempty"` // none catalog search both
	Price           *money.Amount `json:"price,omitempty"`
	SpecialPrice    *money.Amount `json:"special_price,omitempty"`
	SpecialFromDate string        `json:"special_from_date,omitempty"` // 2026-03-01T00:00:00, the shop's wall clock
	SpecialToDate   string        `json:"special_to_date,omitempty"`
	Cost            *money.Amount `json:"cost,omitempty"`
	Weight          *money.Amount `json:"weight,omitempty"` // in the shop's unit
	TaxClass        string        `json:"tax_class,omitempty"`
	TaxClassName    string        `json:"tax_class_name,omitempty"`
	PriceType       string        `json:"price_type,omitempty"` // of bundles: fixed dynamic
	SKUType         string        `json:"sku_type,omitempty"`
	URLKey          string        `json:"url_key,omitempty"`
	// Attributes are the other values that the shop's configuration lists, by code: of a
	// list the ids of the options.
	Attributes map[string]string `json:"attributes,omitempty"`
	// Labels are what the options are called that Attributes names by id, by the attribute's
	// code and in the order of the ids; an option without a name has none.
	Labels map[string][]string `json:"labels,omitempty"`
}

// SetLabels sets the labels of an attribute's options; none leave it as it is.
func (v *ProductValues) SetLabels(code string, labels []string) {
	if len(labels) == 0 {
		return
	}
	if v.Labels == nil {
		v.Labels = map[string][]string{}
	}
	v.Labels[code] = labels
}

// A ProductScope is what differs in one store view. Each value that it does not have is the
// product's own, unless Without names it.
type ProductScope struct {
	StoreID     int    `json:"store_id"`
	StoreCode   string `json:"store_code"` // "" where the store is not known
	WebsiteID   *int   `json:"website_id"` // null where the store is not known
	WebsiteCode string `json:"website_code"`
	ProductValues
	// Without are the codes of attributes that have a value elsewhere, and none here.
	Without []string `json:"without,omitempty"`
}

// Website is a website of the shop, and what its prices are.
type Website struct {
	WebsiteID int    `json:"website_id"`
	Code      string `json:"code"` // "" where the website is not known
	// PriceCurrency is the base currency in which prices are, and PricesIncludeTax says that the
	// catalog's have tax in them: absent where the website is not known.
	PriceCurrency    string `json:"price_currency,omitempty"` // ISO 4217
	PricesIncludeTax *bool  `json:"prices_include_tax,omitempty"`
}

// A BundleOption is a choice that the buyer of a bundle has.
type BundleOption struct {
	OptionID   uint64            `json:"option_id"`
	Required   bool              `json:"required"`
	Input      string            `json:"input"` // select radio checkbox multi
	Selections []BundleSelection `json:"selections"`
}

// A BundleSelection is a product that an option offers.
type BundleSelection struct {
	SelectionID uint64       `json:"selection_id"`
	ProductID   uint64       `json:"product_id"`
	Qty         money.Amount `json:"qty"`
	IsDefault   bool         `json:"is_default"`
	// PriceType and Price say what it adds to the price of a fixed bundle.
	PriceType string       `json:"price_type"` // fixed percent
	Price     money.Amount `json:"price"`
}

func (p *Product) ID() ID { return NewID(KindProduct, p.MagentoEntityID) }

func (p *Product) Head() *Envelope { return &p.Envelope }

func (p *Product) Content() Entity {
	out := *p
	out.strip()
	out.UpdatedAt = ""
	return &out
}
