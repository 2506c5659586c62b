package transform

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
)

const mug = change.Root("product/9")

// catalogRows are the reference data of a shop with a name and a tax class for its products.
func catalogRows(taxClass string) []rowChange {
	return []rowChange{
		{"eav_entity_type", "", `{"entity_type_id":4}`, columns{"entity_type_id": 4, "entity_type_code": "catalog_product"}},
		{"eav_attribute", "", `{"attribute_id":73}`, columns{"attribute_id": 73, "entity_type_id": 4, "attribute_code": "name", "backend_type": "varchar"}},
		{"eav_attribute", "", `{"attribute_id":136}`, columns{"attribute_id": 136, "entity_type_id": 4, "attribute_code": "tax_class_id", "backend_type": "int"}},
		{"catalog_eav_attribute", "", `{"attribute_id":73}`, columns{"attribute_id": 73, "is_global": 0}},
		{"tax_class", "", `{"class_id":2}`, columns{"class_id": 2, "class_name": taxClass, "class_type": "PRODUCT"}},
	}
}

// versionRow is a version of the mug, which holds from a Unix time.
func versionRow(row, from int) rowChange {
	return rowChange{"catalog_product_entity", mug, fmt.Sprintf(`{"row_id":%d}`, row), columns{
		"entity_id": 9, "attribute_set_id": 4, "type_id": "simple", "sku": "MUG", "updated_at": "2026-01-02T03:04:05Z",
		"row_id": row, "created_in": from, "updated_in": 2147483647,
	}}
}

func versionValue(table string, attribute, row int, value any) rowChange {
	id := attribute*100 + row
	return rowChange{"catalog_product_entity_" + table, mug, fmt.Sprintf(`{"value_id":%d}`, id), columns{
		"value_id": id, "attribute_id": attribute, "store_id": 0, "value": value, "row_id": row,
	}}
}

// products says of each emission of the mug what happened, its name and its tax class's.
func (w *world) products() (all []string) {
	w.t.Helper()
	for _, e := range w.emissions() {
		if p, ok := e.entity.(*canonical.Product); ok {
			all = append(all, strings.TrimSpace(fmt.Sprint(strings.TrimPrefix(e.kind, "product."), " ", p.Name, " ", p.TaxClassName)))
		}
	}
	return all
}

// A sale is staged to begin at the time of transaction 20. The stage's clock is behind that of the
// shop's database, so that the next change of the product brings it out.
func TestAProductFollowsItsVersionsAndItsTaxClass(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.commit(10, append(referenceRows("General"), catalogRows("Goods")...)...)
	sequence := rowChange{"sequence_product", mug, `{"sequence_value":9}`, columns{"sequence_value": 9}}
	w.commit(11, sequence, versionRow(31, 1), versionValue("varchar", 73, 31, "Mug"), versionValue("int", 136, 31, 2))
	r := w.startAt(dir, newTestClock(0))
	r.settled()
	w.commit(12, versionRow(32, unix(20)), versionValue("varchar", 73, 32, "Sale"), versionValue("int", 136, 32, 2))
	r.settled()
	if got, want := w.newest()["product:9"], `"next_version_at":"2023-11-14T22:13:40Z"`; !strings.Contains(got, want) {
		t.Errorf("it is %s, want %s in it", got, want)
	}
	w.commit(19, versionValue("varchar", 73, 32, "The sale"))
	w.commit(20, versionRow(31, 1))
	w.commit(21, versionRow(31, 1))
	r.settled()
	w.commit(22, catalogRows("Taxable Goods")...)
	r.until("the tax class has its new name", func() bool { return strings.Contains(w.newest()["product:9"], "Taxable Goods") })
	w.commit(23, gone(sequence))
	r.settled()
	r.end()
	want := []string{"created Mug Goods", "updated Mug Goods", "updated The sale Goods", "updated The sale Taxable Goods", "deleted"}
	if diff := cmp.Diff(want, w.products()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	other := w.copyRaw(t, nil)
	r = other.start(t.TempDir())
	r.settled()
	r.end()
	if got := other.products(); len(got) > 0 {
		t.Errorf("of a deleted product comes %v where nobody knew it", got)
	}
}

// colourRows are an attribute whose values are chosen from a list, and one option of it.
func colourRows(name string) []rowChange {
	return []rowChange{
		{"eav_attribute", "", `{"attribute_id":93}`, columns{"attribute_id": 93, "entity_type_id": 4, "attribute_code": "color", "backend_type": "int", "frontend_input": "select"}},
		{"eav_attribute_option", "", `{"option_id":49}`, columns{"option_id": 49, "attribute_id": 93, "sort_order": 0}},
		colourName(49, 0, name),
	}
}

func colourName(option, store int, name string) rowChange {
	id := option*10 + store
	return rowChange{"eav_attribute_option_value", "", fmt.Sprintf(`{"value_id":%d}`, id), columns{"value_id": id, "option_id": option, "store_id": store, "value": name}}
}

// An option's new name brings out the products, a new option none, and neither the customers.
func TestWhatAnOptionIsCalledReachesItsProductsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, slices.Concat(referenceRows("General"), catalogRows("Goods"), colourRows("Blue"), inventoryRows(1))...)
	w.commit(11, versionRow(31, 1), versionValue("varchar", 73, 31, "Mug"), versionValue("int", 93, 31, 49))
	w.commit(12, customerRow(5, nil))
	dir := t.TempDir()
	r := w.start(dir)
	r.settled()
	labels := func() string {
		p, _ := canonical.Decode(canonical.KindProduct, []byte(w.newest()["product:9"]))
		return fmt.Sprint(p.(*canonical.Product).Labels, len(p.(*canonical.Product).Scopes))
	}
	if got := labels(); got != "map[color:[Blue]] 0" {
		t.Errorf("labels %s, want Blue", got)
	}
	w.commit(13, colourName(49, 0, "Navy"))
	r.until("the new name", func() bool { return labels() == "map[color:[Navy]] 0" })
	w.commit(14, colourName(49, 1, "Marine"))
	r.until("the name in a store", func() bool { return labels() == "map[color:[Navy]] 1" })
	w.commit(15, gone(colourName(49, 1, "Marine")))
	r.until("the store's name is gone", func() bool { return labels() == "map[color:[Navy]] 0" })
	r.end()
	if got := len(w.products()); got != 4 {
		t.Errorf("the product was said %d times, want 4", got)
	}
}
