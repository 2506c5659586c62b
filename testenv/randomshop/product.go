package randomshop

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// A product is written as its form in Magento's administration saves it, and as mass actions
// and imports do.
type product struct {
	*sheet
	t        *rapid.T
	n        *numbers
	id       uint64
	kind     string
	sku      string
	values   map[valueOf]value
	websites map[int]bool
	parts    []uint64 // variants, or parts of a grouped product
	offers   []uint64 // selections of a bundle
	quantity int
	gone     bool
}

// A valueOf is where a value stands: store 0 has that of all stores.
type valueOf struct{ attribute, store int }

// A value is a row of a value table; nil is NULL.
type value struct {
	id uint64
	of any
}

func drawProduct(t *rapid.T, n *numbers, id uint64) Master {
	p := &product{
		sheet: newSheet(change.NewRoot(change.AggregateProduct, id)), t: t, n: n, id: id, sku: fmt.Sprintf("P-%d", id),
		kind:   rapid.SampledFrom([]string{"simple", "virtual", "downloadable", "giftcard", "configurable", "bundle", "grouped"}).Draw(t, "type"),
		values: map[valueOf]value{}, websites: map[int]bool{},
	}
	p.create()
	steps := map[string]func(){
		"name": p.rename, "price": p.reprice, "special price": p.special, "status": p.switchOff, "colour": p.colour, "tax class": p.taxClass,
		"websites": p.sell, "SKU": p.recode, "parts": p.part, "parts ": p.part, "parts  ": p.part, "stock": p.count, "save unchanged": p.saveUnchanged, "delete": p.remove,
	}
	names := slices.Sorted(maps.Keys(steps))
	for range rapid.IntRange(0, 12).Draw(t, "steps") {
		if p.gone {
			break
		}
		steps[rapid.SampledFrom(names).Draw(t, "step")]()
		p.commit()
	}
	return Master{p.root, p.done, p.shows()}
}

// create inserts a product and its values in one transaction. What hangs on it may be written
// before the product's own row is touched again.
func (p *product) create() {
	p.insert("catalog_product_entity", columns{
		"entity_id": p.id, "attribute_set_id": 4, "type_id": p.kind, "sku": p.sku, "created_at": p.now(), "updated_at": p.now(),
	})
	p.set(nameAttribute, 0, fmt.Sprintf("Product %d", p.id))
	p.set(statusAttribute, 0, 1)
	p.set(taxAttribute, 0, 2)
	if p.kind != "grouped" && p.kind != "configurable" {
		p.set(priceAttribute, 0, p.price())
	}
	p.sell()
	p.insert("cataloginventory_stock_item", columns{
		"item_id": p.id, "product_id": p.id, "stock_id": 1, "qty": zero, "is_in_stock": 1, "manage_stock": 0, "use_config_manage_stock": 1,
	})
	p.commit()
}

// touch writes the product's own row with the time of the save.
func (p *product) touch() {
	p.update("catalog_product_entity", columns{"entity_id": p.id, "updated_at": p.now()})
}

// set writes a value: a row of its own at first, and later the same one.
func (p *product) set(attribute, store int, of any) {
	at := valueOf{attribute, store}
	row := columns{"attribute_id": attribute, "store_id": store, "entity_id": p.id, "value": of}
	if known, is := p.values[at]; is {
		row["value_id"] = known.id
		p.values[at] = value{known.id, of}
		p.update(tableOf(attribute), row)
		return
	}
	id := next(&p.n.others)
	row["value_id"] = id
	p.values[at] = value{id, of}
	p.insert(tableOf(attribute), row)
}

// unset deletes the row of a value: "use default value".
func (p *product) unset(attribute, store int) {
	at := valueOf{attribute, store}
	if known, is := p.values[at]; is {
		p.delete(tableOf(attribute), columns{"value_id": known.id})
		delete(p.values, at)
	}
}

func tableOf(attribute int) string {
	for _, a := range attributes {
		if a.id == attribute {
			return "catalog_product_entity_" + a.backend
		}
	}
	panic(fmt.Sprintf("randomshop has no attribute %d", attribute))
}

func (p *product) price() string {
	return money.Cents(int64(rapid.IntRange(0, 90_000).Draw(p.t, "price"))).Fixed(6)
}

// store is where a value is changed: for all, or for one.
func (p *product) store() int { return rapid.IntRange(0, 2).Draw(p.t, "store") }

func (p *product) rename() {
	store := p.store()
	switch name := rapid.SampledFrom([]string{"Mug", "Cup", "", "as all"}).Draw(p.t, "name"); {
	case name == "as all":
		if store != 0 {
			p.unset(nameAttribute, store)
		}
	case name == "" && store != 0:
		p.set(nameAttribute, store, nil)
	case name != "":
		p.set(nameAttribute, store, name)
	}
	p.touch()
}

// reprice may leave a price of a store behind, as an import does: it counts nowhere.
func (p *product) reprice() {
	p.set(priceAttribute, 0, p.price())
	if rapid.IntRange(0, 3).Draw(p.t, "in a store") == 0 {
		p.set(priceAttribute, 1, p.price())
	}
}

func (p *product) special() {
	if rapid.Bool().Draw(p.t, "special") {
		p.set(specialAttribute, 0, p.price())
	} else {
		p.set(specialAttribute, 0, nil)
	}
	p.touch()
}

func (p *product) switchOff() {
	p.set(statusAttribute, p.store(), rapid.IntRange(1, 2).Draw(p.t, "status"))
}

func (p *product) colour() {
	p.set(colourAttribute, p.store(), rapid.SampledFrom([]any{49, 50, nil}).Draw(p.t, "colour"))
}

func (p *product) taxClass() {
	p.set(taxAttribute, 0, rapid.IntRange(2, 3).Draw(p.t, "class"))
}

// sell changes on which websites the product is sold.
func (p *product) sell() {
	website := rapid.IntRange(1, 2).Draw(p.t, "website")
	row := columns{"product_id": p.id, "website_id": website}
	if p.websites[website] {
		p.delete("catalog_product_website", row)
		delete(p.websites, website)
		return
	}
	p.insert("catalog_product_website", row)
	p.websites[website] = true
}

func (p *product) recode() {
	p.sku = fmt.Sprintf("P-%d-%d", p.id, rapid.IntRange(1, 3).Draw(p.t, "SKU"))
	p.update("catalog_product_entity", columns{"entity_id": p.id, "sku": p.sku, "updated_at": p.now()})
}

func (p *product) count() {
	p.quantity = rapid.IntRange(-2, 50).Draw(p.t, "quantity")
	p.update("cataloginventory_stock_item", columns{"item_id": p.id, "qty": money.FromInt(int64(p.quantity)), "is_in_stock": flag(p.quantity > 0)})
}

func (p *product) saveUnchanged() {
	p.saveAgain("catalog_product_entity", columns{"entity_id": p.id, "updated_at": p.now()})
}

func (p *product) remove() {
	p.deleteAll("catalog_product_entity", columns{"entity_id": p.id}, rapid.Bool().Draw(p.t, "the cascade is logged"))
	p.gone = true
}

func joined[N int | uint64](all []N) string {
	slices.Sort(all)
	return strings.Trim(fmt.Sprint(all), "[]")
}
