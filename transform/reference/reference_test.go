package reference

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// row has its first column for a key, and all where that is none alone.
func row(table, columns string) Row {
	pk, _, _ := strings.Cut(columns, ",")
	if table == "core_config_data" || table == "inventory_stock_sales_channel" {
		pk = columns
	}
	return Row{Table: table, PK: pk, Value: []byte(columns), Version: change.Version{Epoch: 1, Sequence: 1}}
}

func setting(scope string, id, path, value string) Row {
	return row("core_config_data", `{"scope":"`+scope+`","scope_id":`+id+`,"path":"`+path+`","value":`+value+`}`)
}

// shop has one store view of one website, one group and one attribute of customers.
func shop(more ...Row) []Row {
	return append([]Row{
		row("eav_attribute", `{"attribute_id":10,"entity_type_id":1,"attribute_code":"vat_id"}`),
		row("eav_attribute", `{"attribute_id":73,"entity_type_id":4,"attribute_code":"name"}`),
		row("eav_entity_type", `{"entity_type_id":4,"entity_type_code":"catalog_product"}`),
		row("eav_entity_type", `{"entity_type_id":1,"entity_type_code":"customer"}`),
		row("store", `{"store_id":3,"code":"en","name":"English","website_id":2}`),
		row("store_website", `{"website_id":2,"code":"uk"}`),
		row("customer_group", `{"customer_group_id":0,"customer_group_code":"NOT LOGGED IN"}`),
	}, more...)
}

func view(t *testing.T, rows []Row) *View {
	t.Helper()
	v, misfits, err := New(rows, "")
	if err != nil || len(misfits) > 0 {
		t.Fatal(misfits, err)
	}
	return v
}

func TestAStoreViewHasItsWebsiteAndItsSettings(t *testing.T) {
	got := view(t, shop(setting("websites", "2", pathTimezone, `"Europe/London"`), setting("default", "0", pathCountry, `"GB"`))).Store(3)
	want := &canonical.StoreView{
		StoreID: 3, Code: "en", Name: "English", WebsiteID: 2, WebsiteCode: "uk", Timezone: "Europe/London", CountryID: "GB",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("store view (-want +got):\n%s", diff)
	}
	if got := view(t, shop()).Store(4); got != nil {
		t.Errorf("store 4, which there is not, is %+v", got)
	}
}

func TestTheNarrowestScopeOfASettingWins(t *testing.T) {
	store, website, byDefault := setting("stores", "3", pathTimezone, `"Europe/Paris"`), setting("websites", "2", pathTimezone, `"Europe/London"`), setting("default", "0", pathTimezone, `"Europe/Rome"`)
	for name, c := range map[string]struct {
		rows []Row
		want string
	}{
		"the store view's":                     {[]Row{byDefault, website, store}, "Europe/Paris"},
		"else the website's":                   {[]Row{byDefault, website}, "Europe/London"},
		"else the default":                     {[]Row{byDefault}, "Europe/Rome"},
		"else what Magento has built in":       {nil, magento.DefaultTimezone},
		"another store's does not count":       {[]Row{setting("stores", "9", pathTimezone, `"Europe/Oslo"`)}, magento.DefaultTimezone},
		"another path's does not count":        {[]Row{setting("stores", "3", "general/locale/code", `"en_GB"`)}, magento.DefaultTimezone},
		"NULL lets the wider scope through":    {[]Row{byDefault, setting("stores", "3", pathTimezone, `null`)}, "Europe/Rome"},
		"so does an empty value":               {[]Row{byDefault, setting("stores", "3", pathTimezone, `""`)}, "Europe/Rome"},
		"a website's id is none of store view": {[]Row{setting("stores", "2", pathTimezone, `"Europe/Oslo"`)}, magento.DefaultTimezone},
	} {
		t.Run(name, func(t *testing.T) {
			if got := view(t, shop(c.rows...)).Store(3).Timezone; got != c.want {
				t.Errorf("time zone %s, want %s", got, c.want)
			}
		})
	}
}

func TestOnlyAttributesOfCustomersAreKnown(t *testing.T) {
	v := view(t, shop())
	if code, ok := v.Attribute(10); !ok || code != "vat_id" {
		t.Errorf("attribute 10 is %q, %v; want vat_id", code, ok)
	}
	if code, ok := v.Attribute(73); ok {
		t.Errorf("a product's attribute is known as %q", code)
	}
}

func TestAGroupThatIsKnownMayHaveTheIDZero(t *testing.T) {
	v := view(t, shop())
	if code, ok := v.Group(0); !ok || code != "NOT LOGGED IN" {
		t.Errorf("group 0 is %q, %v", code, ok)
	}
	if code, ok := v.Group(1); ok {
		t.Errorf("group 1, which there is not, is %q", code)
	}
}

// kinds are those of aggregates, and one of which this version knows nothing.
var kinds = []string{"customer", "company", "order", "estimate", "product", "stock", "seal"}

func TestAFingerprintChangesWithWhatItsKindUsesAndWithNothingElse(t *testing.T) {
	before := view(t, shop())
	for name, c := range map[string]struct {
		rows []Row
		want string // the kinds whose fingerprint changes
	}{
		"the same rows in another order":     {backwards(shop()), ""},
		"a table that no entity uses":        {shop(row("store_group", `{"group_id":1}`)), ""},
		"a table of a later version":         {shop(row("store_seal", `nonsense`)), ""},
		"a setting that no entity uses":      {shop(setting("default", "0", "tax/weee/enable", `"1"`)), ""},
		"a group's new name":                 {shop(row("customer_group", `{"customer_group_id":0,"customer_group_code":"Guests"}`)), "customer company order estimate seal"},
		"a store's time zone":                {shop(setting("stores", "3", pathTimezone, `"Europe/Paris"`)), "customer order estimate seal"},
		"a website's code":                   {shop(row("store_website", `{"website_id":2,"code":"gb"}`)), "customer order estimate product seal"},
		"one more attribute of customers":    {shop(row("eav_attribute", `{"attribute_id":11,"entity_type_id":1,"attribute_code":"limit"}`)), "customer seal"},
		"one more attribute of products":     {shop(row("eav_attribute", `{"attribute_id":74,"entity_type_id":4,"attribute_code":"sku"}`)), "product seal"},
		"one of addresses":                   {shop(row("eav_attribute", `{"attribute_id":22,"entity_type_id":2,"attribute_code":"city"}`)), ""},
		"the scope of an attribute":          {shop(row("catalog_eav_attribute", `{"attribute_id":73,"is_global":2}`)), "product seal"},
		"a tax class":                        {shop(row("tax_class", `{"class_id":2,"class_name":"Taxable Goods"}`)), "product seal"},
		"a source of the inventory":          {shop(row("inventory_source", `{"source_code":"leeds","enabled":1}`)), "stock seal"},
		"a stock":                            {shop(row("inventory_stock", `{"stock_id":2,"name":"Trade"}`)), "stock seal"},
		"what a source serves":               {shop(row("inventory_source_stock_link", `{"link_id":1,"stock_id":1,"source_code":"leeds"}`)), "stock seal"},
		"a website that sells from a stock":  {shop(row("inventory_stock_sales_channel", `{"type":"website","code":"base","stock_id":1}`)), "stock seal"},
		"a channel that is no website":       {shop(row("inventory_stock_sales_channel", `{"type":"market","code":"base","stock_id":1}`)), ""},
		"a store view that is no longer one": {shop()[:4], "customer company order estimate product seal"},
	} {
		t.Run(name, func(t *testing.T) {
			now := view(t, c.rows)
			var changed []string
			for _, kind := range kinds {
				if now.Fingerprint(kind) != before.Fingerprint(kind) {
					changed = append(changed, kind)
				}
			}
			if got := strings.Join(changed, " "); got != c.want {
				t.Errorf("the fingerprints of %q change, want %q", got, c.want)
			}
		})
	}
}

func backwards(rows []Row) []Row {
	slices.Reverse(rows)
	return rows
}

func TestTheVersionIsThatOfTheNewestRowThatIsUsed(t *testing.T) {
	newest := row("store", `{"store_id":4}`)
	newest.Version = change.Version{Epoch: 1, Sequence: 9}
	unused := row("store_group", `{}`)
	unused.Version = change.Version{Epoch: 2}
	if got := view(t, append([]Row{newest, unused}, shop()...)).Version(); got != newest.Version {
		t.Errorf("version %s, want %s", got, newest.Version)
	}
}

func TestARowThatDoesNotFitItsTableIsLeftOutAndNamed(t *testing.T) {
	for table := range tables {
		t.Run(table, func(t *testing.T) {
			bad := Row{Table: table, PK: `{"id":8}`, Value: []byte(`"x"`), Offset: 5}
			v, misfits, err := New(append(shop(), bad), "")
			if err != nil || len(misfits) != 1 || misfits[0].Row.Table != table || misfits[0].Row.Offset != 5 || misfits[0].Err == nil {
				t.Fatalf("%v, %v; want the row alone", misfits, err)
			}
			if v.Fingerprint("customer") != view(t, shop()).Fingerprint("customer") {
				t.Error("the others are not as they were")
			}
		})
	}
}

func TestEveryTableThatIsReadIsCaptured(t *testing.T) {
	for table := range tables {
		t.Run(table, func(t *testing.T) {
			if known, ok := magento.ByName(table); !ok || known.Domain != change.Reference {
				t.Errorf("capture does not publish it as reference data")
			}
		})
	}
}

func TestProductsFindTheirAttributesTaxClassesAndWebsites(t *testing.T) {
	v := view(t, shop(
		row("eav_attribute", `{"attribute_id":77,"entity_type_id":4,"attribute_code":"price","backend_type":"decimal","frontend_input":"price"}`),
		row("catalog_eav_attribute", `{"attribute_id":77,"is_global":2}`),
		row("tax_class", `{"class_id":2,"class_name":"Taxable Goods","class_type":"PRODUCT"}`),
	))
	if a, ok := v.ProductAttribute(77); !ok || a.Code != "price" || a.BackendType != "decimal" {
		t.Errorf("attribute 77 is %+v, %v", a, ok)
	}
	if a, ok := v.ProductAttribute(10); ok {
		t.Errorf("a customer's attribute is a product's: %+v", a)
	}
	if a, ok := v.CatalogAttribute(77); !ok || a.Scope != 2 {
		t.Errorf("the scope of attribute 77 is %+v, %v", a, ok)
	}
	if name, ok := v.TaxClass(2); !ok || name != "Taxable Goods" {
		t.Errorf("tax class 2 is %q, %v", name, ok)
	}
	if w, ok := v.Website(2); !ok || w.Code != "uk" || w.PriceCurrency != "USD" || *w.PricesIncludeTax {
		t.Errorf("website 2 is %+v, %v", w, ok)
	}
	if _, ok := v.Website(1); ok {
		t.Error("a website that there is not is known")
	}
}
