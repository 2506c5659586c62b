package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A catalog says everything that is held against Magento of its products, one thing at a
// place: "12 in store 1: price" is 34.000000.
type catalog map[string]string

// put leaves out what is not there: an entity leaves it out, too.
func (c catalog) put(product uint64, store int, what, value string) {
	if value != "" {
		c[fmt.Sprintf("%d in store %d: %s", product, store, what)] = value
	}
}

// productsAgree waits until the entities say of each product, in each store, what Magento's
// tables come to. It wants at least so many products.
func (w *world) productsAgree(patience time.Duration, atLeast int) {
	w.t.Helper()
	want, products := w.catalogInMagento()
	var got catalog
	if !w.eventually(patience, func() bool { got = w.catalog(); return maps.Equal(got, want) }) {
		w.differ(got, want)
		w.t.Fatalf("after %s the products say %d things, Magento's tables %d", patience, len(got), len(want))
	}
	if products < atLeast {
		w.t.Errorf("the shop has %d products, want at least %d", products, atLeast)
	}
	w.t.Logf("%d products say %d things", products, len(want))
}

// differ lists the first places at which two catalogs are not the same.
func (w *world) differ(got, want catalog) {
	w.t.Helper()
	places := maps.Clone(want)
	maps.Copy(places, got)
	n := 0
	for _, place := range slices.Sorted(maps.Keys(places)) {
		if got[place] != want[place] && n < 20 {
			n++
			w.t.Errorf("%s is %q, Magento has %q", place, got[place], want[place])
		}
	}
}

// productValues are the values that may differ by store.
var productValues = map[string]func(canonical.ProductValues) string{
	"name":          func(v canonical.ProductValues) string { return v.Name },
	"status":        func(v canonical.ProductValues) string { return v.Status },
	"visibility":    func(v canonical.ProductValues) string { return v.Visibility },
	"price":         func(v canonical.ProductValues) string { return sixPlaces(v.Price) },
	"special_price": func(v canonical.ProductValues) string { return sixPlaces(v.SpecialPrice) },
	"cost":          func(v canonical.ProductValues) string { return sixPlaces(v.Cost) },
	"weight":        func(v canonical.ProductValues) string { return sixPlaces(v.Weight) },
	"tax_class_id":  func(v canonical.ProductValues) string { return v.TaxClass },
	"url_key":       func(v canonical.ProductValues) string { return v.URLKey },
	"color":         func(v canonical.ProductValues) string { return v.Attributes["color"] },
	"size":          func(v canonical.ProductValues) string { return v.Attributes["size"] },
	"label of color": func(v canonical.ProductValues) string {
		return strings.Join(v.Labels["color"], ", ")
	},
	"label of size": func(v canonical.ProductValues) string { return strings.Join(v.Labels["size"], ", ") },
}

func sixPlaces(a *money.Amount) string {
	if a == nil {
		return ""
	}
	return a.Fixed(6)
}

// catalog is what the newest entities say.
func (w *world) catalog() catalog {
	w.t.Helper()
	products := map[uint64]*canonical.Product{}
	w.eachEmission(canonical.KindProduct, func(r topic.Record) {
		e, err := canonical.Decode(canonical.KindProduct, r.Value)
		w.must(err)
		p := e.(*canonical.Product)
		if products[p.MagentoID] = p; p.Deleted {
			delete(products, p.MagentoID)
		}
	})
	all := catalog{}
	for id, p := range products {
		all.put(id, 0, "sku", p.SKU)
		all.put(id, 0, "type", p.ProductType)
		all.put(id, 0, "tax class", p.TaxClassName)
		all.put(id, 0, "websites", joined(p.WebsiteIDs))
		all.put(id, 0, "variants", joined(p.VariantIDs))
		all.put(id, 0, "grouped", joined(p.GroupedIDs))
		all.put(id, 0, "selections", joined(selectionsOf(p)))
		all.put(id, 0, "quantity", quantityOf(p))
		for what, of := range productValues {
			all.put(id, 0, what, of(p.ProductValues))
		}
		for _, scope := range p.Scopes {
			for what, of := range productValues {
				all.put(id, scope.StoreID, what, of(scope.ProductValues))
			}
			for _, code := range scope.Without {
				all.put(id, scope.StoreID, code, "none")
			}
		}
	}
	return all
}

// selectionsOf are the products that a bundle is chosen from.
func selectionsOf(p *canonical.Product) (all []uint64) {
	for _, o := range p.BundleOptions {
		for _, s := range o.Selections {
			all = append(all, s.ProductID)
		}
	}
	return all
}

func quantityOf(p *canonical.Product) string {
	if p.StockQty == nil {
		return ""
	}
	return p.StockQty.Fixed(4)
}

// joined are numbers in their order, as GROUP_CONCAT has them.
func joined[N int | uint64](numbers []N) string {
	var all []string
	for _, n := range slices.Sorted(slices.Values(numbers)) {
		all = append(all, strconv.FormatUint(uint64(n), 10))
	}
	return strings.Join(all, ",")
}
