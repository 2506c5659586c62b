package assemble

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// somewhere knows store 1, group 1 and the attributes 10 and 11.
type somewhere struct {
	noCatalog
	noInventory
}

func (somewhere) Store(id int) *canonical.StoreView {
	if id != 1 {
		return nil
	}
	return &canonical.StoreView{StoreID: 1, Code: "en", WebsiteID: 4}
}

func (somewhere) Group(id int) (string, bool) {
	code, ok := map[int]string{1: "Trade"}[id]
	return code, ok
}

func (somewhere) Attribute(id int) (string, bool) {
	code, ok := map[int]string{10: "vat_id", 11: "credit_limit"}[id]
	return code, ok
}

// customer assembles the customer of these rows.
func customer(t *testing.T, rows ...Row) *canonical.Customer {
	t.Helper()
	a, err := Assemble(Input{Root: "customer/5", Rows: rows}, somewhere{})
	if err != nil || len(a.Entities) != 1 {
		t.Fatalf("%v, %v; want one customer", ids(a), err)
	}
	return a.Entities[0].(*canonical.Customer)
}

func TestACustomersAddressesAreTheDefaultOnes(t *testing.T) {
	home := row("customer_address_entity", 1, `{"entity_id":1,"city":"Leeds","telephone":"1","company":"Engines"}`)
	work := row("customer_address_entity", 2, `{"entity_id":2,"city":"York","telephone":"2","company":"Looms","vat_id":"GB2"}`)
	for name, c := range map[string]struct {
		columns             string
		want                []string
		company, phone, vat string
	}{
		"billing and shipping, in this order": {`{"default_billing":2,"default_shipping":1}`, []string{"billing York", "shipping Leeds"}, "Looms", "2", "GB2"},
		"one that is both is there twice":     {`{"default_billing":1,"default_shipping":1}`, []string{"billing Leeds", "shipping Leeds"}, "Engines", "1", ""},
		"a shipping address gives no VAT":     {`{"default_shipping":2}`, []string{"shipping York"}, "Looms", "2", ""},
		"without a default the phone is any":  {`{}`, nil, "", "1", ""},
		"a default that is not there":         {`{"default_billing":9}`, nil, "", "1", ""},
		"the customer's own VAT number wins":  {`{"default_billing":2,"taxvat":"GB5"}`, []string{"billing York"}, "Looms", "2", "GB5"},
	} {
		t.Run(name, func(t *testing.T) {
			e := customer(t, work, home, row("customer_entity", 5, c.columns))
			var got []string
			for _, a := range e.Addresses {
				got = append(got, a.Kind+" "+a.City)
			}
			if !slices.Equal(got, c.want) || e.Company != c.company || e.Phone != c.phone || e.VATNumber != c.vat {
				t.Errorf("%q, company %q, phone %q, VAT %q; want %q, %q, %q, %q", got, e.Company, e.Phone, e.VATNumber, c.want, c.company, c.phone, c.vat)
			}
		})
	}
}

func TestAttributesAreTextByTheirCode(t *testing.T) {
	value := func(table string, id int, columns string) Row { return row("customer_entity_"+table, id, columns) }
	e := customer(t, row("customer_entity", 5, `{"entity_id":5}`),
		value("varchar", 1, `{"attribute_id":10,"value":"GB \"1\""}`), value("decimal", 2, `{"attribute_id":11,"value":12.50}`),
		value("text", 3, `{"attribute_id":99,"value":"unknown"}`), row("customer_address_entity_varchar", 4, `{"attribute_id":10,"value":"of an address"}`))
	if diff := cmp.Diff(map[string]string{"vat_id": `GB "1"`, "credit_limit": "12.50"}, e.Attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	e = customer(t, row("customer_entity", 5, `{"entity_id":5}`), value("varchar", 1, `{"attribute_id":10,"value":null}`))
	if len(e.Attributes) != 0 {
		t.Errorf("NULL is an attribute: %v", e.Attributes)
	}
}

func TestStoreAndGroupAreThoseOfTheReferenceData(t *testing.T) {
	e := customer(t, row("customer_entity", 5, `{"entity_id":5,"group_id":1,"store_id":1,"is_active":1}`))
	if e.GroupCode != "Trade" || e.Store == nil || e.Store.Code != "en" || !e.IsActive {
		t.Errorf("group %q, store %+v, active %v; want those of the shop", e.GroupCode, e.Store, e.IsActive)
	}
	e = customer(t, row("customer_entity", 5, `{"entity_id":5,"group_id":9,"store_id":9}`))
	if e.GroupCode != "" || e.Store != nil || *e.GroupID != 9 || *e.StoreID != 9 {
		t.Errorf("group %q, store %+v; want none, and their ids kept", e.GroupCode, e.Store)
	}
}

func TestStreetsHaveNoEmptyLinesAndRegionsNoZero(t *testing.T) {
	zero, one := uint64(0), uint64(1)
	a := newAddress("billing", magento.Address{Street: " 1 High St \n\nFlat 2\n", RegionID: &zero})
	if !slices.Equal(a.Street, []string{"1 High St", "Flat 2"}) || a.RegionID != nil {
		t.Errorf("street %q, region %v", a.Street, a.RegionID)
	}
	a = newAddress("billing", magento.Address{RegionID: &one})
	if a.Street == nil || len(a.Street) != 0 || *a.RegionID != 1 {
		t.Errorf("street %#v, region %v; want an empty list and region 1", a.Street, a.RegionID)
	}
}
