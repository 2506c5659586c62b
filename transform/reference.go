package transform

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	store "github.com/mage2sage/mage2sage/transform/state"
)

// Paths of core_config_data that entities use.
const (
	pathTimezone = "general/locale/timezone"
	pathCountry  = "general/country/default"
)

// A reference is what entities need of the shop's reference data, as of one moment.
// It does not change once it is made.
type reference struct {
	Stores     map[int]magento.Store
	Websites   map[int]magento.Website
	Groups     map[int]string
	Attributes map[int]string    // codes of customers' attributes
	Config     map[string]string // "stores/1/general/locale/timezone"
	customers  int               // entity type of customers

	fingerprint string         // of all of this
	version     change.Version // of the newest row of it
}

// newReference makes a reference of rows.
func newReference(rows []store.Row) (*reference, error) {
	ref := &reference{
		Stores: map[int]magento.Store{}, Websites: map[int]magento.Website{}, Groups: map[int]string{},
		Attributes: map[int]string{}, Config: map[string]string{},
	}
	attributes := []magento.Attribute{}
	for _, row := range rows {
		if err := ref.take(row, &attributes); err != nil {
			return nil, err
		}
	}
	for _, a := range attributes {
		if a.EntityTypeID == ref.customers {
			ref.Attributes[a.AttributeID] = a.Code
		}
	}
	all, err := json.Marshal(ref)
	if err != nil {
		return nil, fmt.Errorf("encode reference data: %w", err)
	}
	sum := sha256.Sum256(all)
	ref.fingerprint = hex.EncodeToString(sum[:16])
	return ref, nil
}

// take adds one row; tables that no entity uses are left out.
func (ref *reference) take(row store.Row, attributes *[]magento.Attribute) (err error) {
	switch row.Table {
	case "store":
		var s magento.Store
		err = decode(row, &s)
		ref.Stores[s.StoreID] = s
	case "store_website":
		var w magento.Website
		err = decode(row, &w)
		ref.Websites[w.WebsiteID] = w
	case "customer_group":
		var g magento.CustomerGroup
		err = decode(row, &g)
		ref.Groups[g.GroupID] = g.Code
	case "eav_entity_type":
		var t magento.EntityType
		if err = decode(row, &t); t.Code == "customer" {
			ref.customers = t.EntityTypeID
		}
	case "eav_attribute":
		var a magento.Attribute
		err = decode(row, &a)
		*attributes = append(*attributes, a)
	case "core_config_data":
		err = ref.takeConfig(row)
	default:
		return nil
	}
	ref.version = change.Latest(ref.version, row.Version)
	return err
}

func (ref *reference) takeConfig(row store.Row) error {
	var c magento.Config
	if err := decode(row, &c); err != nil {
		return err
	}
	if c.Value != nil && (c.Path == pathTimezone || c.Path == pathCountry) {
		ref.Config[configKey(c.Scope, c.ScopeID, c.Path)] = *c.Value
	}
	return nil
}

func configKey(scope string, id int, path string) string {
	return fmt.Sprintf("%s/%d/%s", scope, id, path)
}

// config looks a path up as Magento does: store view, website, default, and then
// what config.xml of Magento has.
func (ref *reference) config(s magento.Store, path, builtIn string) string {
	for _, key := range []string{
		configKey("stores", s.StoreID, path), configKey("websites", s.WebsiteID, path), configKey("default", 0, path),
	} {
		if v, ok := ref.Config[key]; ok && v != "" {
			return v
		}
	}
	return builtIn
}

// Store describes a store view; nil when it is not known.
func (ref *reference) Store(id int) *canonical.StoreView {
	s, ok := ref.Stores[id]
	if !ok {
		return nil
	}
	return &canonical.StoreView{
		StoreID: s.StoreID, Code: s.Code, Name: s.Name,
		WebsiteID: s.WebsiteID, WebsiteCode: ref.Websites[s.WebsiteID].Code,
		Timezone:  ref.config(s, pathTimezone, magento.DefaultTimezone),
		CountryID: ref.config(s, pathCountry, ""),
	}
}

// Group is a customer group's code.
func (ref *reference) Group(id int) (code string, ok bool) {
	code, ok = ref.Groups[id]
	return code, ok
}

// Attribute is the code of a customer's attribute.
func (ref *reference) Attribute(id int) (code string, ok bool) {
	code, ok = ref.Attributes[id]
	return code, ok
}
