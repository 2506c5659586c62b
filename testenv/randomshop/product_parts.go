package randomshop

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// part adds a part to a composite, or takes one away.
func (p *product) part() {
	switch p.kind {
	case "configurable":
		p.parts = p.link("catalog_product_super_link", "link_id", p.parts, func(id uint64) columns {
			return columns{"link_id": id, "product_id": 9000 + id, "parent_id": p.id}
		})
	case "grouped":
		p.parts = p.link("catalog_product_link", "link_id", p.parts, func(id uint64) columns {
			return columns{"link_id": id, "product_id": p.id, "linked_product_id": 9000 + id, "link_type_id": magento.GroupedLinkType}
		})
	case "bundle":
		if len(p.offers) == 0 {
			p.insert("catalog_product_bundle_option", columns{"option_id": p.id, "parent_id": p.id, "required": 1, "position": 1, "type": "select"})
		}
		p.offers = p.link("catalog_product_bundle_selection", "selection_id", p.offers, func(id uint64) columns {
			return columns{
				"selection_id": id, "option_id": p.id, "parent_product_id": p.id, "product_id": 9000 + id, "is_default": 0,
				"selection_price_type": 0, "selection_price_value": zero, "selection_qty": money.FromInt(1),
			}
		})
		if len(p.offers) == 0 {
			p.delete("catalog_product_bundle_option", columns{"option_id": p.id})
		}
	}
}

// link adds a row, or deletes the newest one; all are their ids.
func (p *product) link(table, key string, all []uint64, row func(id uint64) columns) []uint64 {
	if n := len(all); n > 0 && rapid.IntRange(0, 2).Draw(p.t, "take away") == 0 {
		p.delete(table, columns{key: all[n-1]})
		return all[:n-1]
	}
	id := next(&p.n.others)
	p.insert(table, row(id))
	return append(all, id)
}

// shows is what the product's form shows at the end: for all stores, and where a store differs.
func (p *product) shows() map[string]string {
	if p.gone {
		return nil
	}
	out := map[string]string{
		"sku": p.sku, "type": p.kind, "tax class": taxClasses[p.values[valueOf{taxAttribute, 0}].of.(int)],
		"websites": joined(slices.Collect(maps.Keys(p.websites))), "quantity": fmt.Sprint(p.quantity),
		"parts": joined(partIDs(p.parts)), "offers": joined(partIDs(p.offers)),
	}
	for store := range 3 {
		out[fmt.Sprint("name in ", store)] = p.text(nameAttribute, store)
		out[fmt.Sprint("price in ", store)] = p.text(priceAttribute, 0)
		out[fmt.Sprint("special price in ", store)] = p.text(specialAttribute, 0)
		out[fmt.Sprint("status in ", store)] = map[string]string{"1": "enabled", "2": "disabled"}[p.text(statusAttribute, store)]
		out[fmt.Sprint("colour in ", store)] = p.colourIn(store)
	}
	return out
}

func partIDs(links []uint64) (all []uint64) {
	for _, id := range links {
		all = append(all, 9000+id)
	}
	return all
}

// text is the value that holds in a store: its own where there is a row, be it NULL.
func (p *product) text(attribute, store int) string {
	v, own := p.values[valueOf{attribute, store}]
	if !own {
		v = p.values[valueOf{attribute, 0}]
	}
	if v.of == nil {
		return ""
	}
	return fmt.Sprint(v.of)
}

// colourIn is what the colour is called in a store.
func (p *product) colourIn(store int) string {
	option, err := strconv.Atoi(p.text(colourAttribute, store))
	if err != nil {
		return ""
	}
	if name := colours[option][1]; store == 2 && name != "" {
		return name
	}
	return colours[option][0]
}
