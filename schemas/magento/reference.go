package magento

import "encoding/json"

// Website is a row of store_website; id 0 is the admin scope.
type Website struct {
	WebsiteID int    `json:"website_id"`
	Code      string `json:"code"`
	Name      string `json:"name"`
	IsDefault int    `json:"is_default"`
}

// StoreGroup is a row of store_group.
type StoreGroup struct {
	GroupID        int    `json:"group_id"`
	WebsiteID      int    `json:"website_id"`
	Name           string `json:"name"`
	DefaultStoreID int    `json:"default_store_id"`
}

// Store is a row of store: a store view.
type Store struct {
	StoreID   int    `json:"store_id"`
	Code      string `json:"code"`
	WebsiteID int    `json:"website_id"`
	GroupID   int    `json:"group_id"`
	Name      string `json:"name"`
	IsActive  int    `json:"is_active"`
}

// Config is a row of core_config_data whose path is in ConfigPaths. Scope is "default",
// "websites" or "stores".
type Config struct {
	ConfigID int64   `json:"config_id"`
	Scope    string  `json:"scope"`
	ScopeID  int     `json:"scope_id"`
	Path     string  `json:"path"`
	Value    *string `json:"value"`
}

// EntityType is a row of eav_entity_type.
type EntityType struct {
	EntityTypeID int    `json:"entity_type_id"`
	Code         string `json:"entity_type_code"`
}

// Attribute is a row of eav_attribute.
type Attribute struct {
	AttributeID   int     `json:"attribute_id"`
	EntityTypeID  int     `json:"entity_type_id"`
	Code          string  `json:"attribute_code"`
	BackendType   string  `json:"backend_type"`
	FrontendInput *string `json:"frontend_input"`
	SourceModel   *string `json:"source_model"`
}

// CustomerGroup is a row of customer_group; id 0 is for visitors who are not logged in.
type CustomerGroup struct {
	GroupID    int    `json:"customer_group_id"`
	Code       string `json:"customer_group_code"`
	TaxClassID int    `json:"tax_class_id"`
}

// TaxClass is a row of tax_class; ClassType is "PRODUCT" or "CUSTOMER".
type TaxClass struct {
	ClassID   int    `json:"class_id"`
	ClassName string `json:"class_name"`
	ClassType string `json:"class_type"`
}

// Value is a row of an EAV value table without store scope.
type Value struct {
	ValueID     int64           `json:"value_id"`
	AttributeID int             `json:"attribute_id"`
	EntityID    uint64          `json:"entity_id"`
	Value       json.RawMessage `json:"value"` // number, decimal string, text or null
}

// ConfigPaths lists the paths of core_config_data that may leave, because others hold
// passwords and keys. Where a path has no row, Magento's built-in default applies.
var ConfigPaths = []string{
	"catalog/price/scope",
	"currency/options/base",
	"currency/options/default",
	"currency/options/allow",
	"general/country/default",
	"general/locale/code",
	"general/locale/timezone",
	"general/store_information/country_id",
	"general/store_information/merchant_vat_number",
	"tax/calculation/algorithm",
	"tax/calculation/apply_after_discount",
	"tax/calculation/based_on",
	"tax/calculation/cross_border_trade_enabled",
	"tax/calculation/discount_tax",
	"tax/calculation/price_includes_tax",
	"tax/calculation/shipping_includes_tax",
	"tax/classes/shipping_tax_class",
	"tax/defaults/country",
	"tax/weee/apply_vat",
	"tax/weee/enable",
	"tax/weee/include_in_subtotal",
}

// DefaultTimezone is Magento's built-in default of general/locale/timezone.
const DefaultTimezone = "America/Los_Angeles"
