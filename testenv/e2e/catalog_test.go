package e2e

import (
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// wholeProducts are the statements for what a product has once. Each gives its number and a text.
var wholeProducts = map[string]string{
	"sku":  `SELECT entity_id, sku FROM catalog_product_entity`,
	"type": `SELECT entity_id, type_id FROM catalog_product_entity`,
	"tax class": `SELECT v.entity_id, c.class_name FROM catalog_product_entity_int v JOIN eav_attribute a USING (attribute_id)
		JOIN tax_class c ON c.class_id = v.value WHERE a.attribute_code = 'tax_class_id' AND v.store_id = 0`,
	"websites": `SELECT product_id, GROUP_CONCAT(website_id ORDER BY website_id) FROM catalog_product_website GROUP BY 1`,
	"variants": `SELECT parent_id, GROUP_CONCAT(product_id ORDER BY product_id) FROM catalog_product_super_link GROUP BY 1`,
	"grouped": `SELECT product_id, GROUP_CONCAT(linked_product_id ORDER BY linked_product_id) FROM catalog_product_link
		JOIN catalog_product_link_type USING (link_type_id) WHERE code = 'super' GROUP BY 1`,
	"selections": `SELECT parent_product_id, GROUP_CONCAT(product_id ORDER BY product_id) FROM catalog_product_bundle_selection GROUP BY 1`,
	"quantity":   `SELECT product_id, qty FROM cataloginventory_stock_item WHERE stock_id = 1 AND qty IS NOT NULL`,
}

// valuesOfProducts gives product, store, attribute and value; of those that are the same
// everywhere only the value of all stores.
const valuesOfProducts = `SELECT v.entity_id, v.store_id, a.attribute_code, v.value FROM (%s) v
	JOIN eav_attribute a USING (attribute_id) JOIN catalog_eav_attribute c USING (attribute_id)
	WHERE a.entity_type_id = 4 AND a.attribute_code IN ('%s') AND (v.store_id = 0 OR c.is_global <> 1)`

// labelsOfOptions gives option, store and name.
const labelsOfOptions = `SELECT option_id, store_id, value FROM eav_attribute_option_value`

// catalogInMagento is what the tables come to, and how many products they have.
func (w *world) catalogInMagento() (all catalog, products int) {
	w.t.Helper()
	all = catalog{}
	for what, statement := range wholeProducts {
		w.eachRow(statement, func(column []string) {
			value := column[1]
			if what == "quantity" {
				value = money.MustParse(value).Fixed(4)
			}
			all.put(number(column[0]), 0, what, value)
		})
	}
	values := w.valuesInMagento()
	labels := w.labelsInMagento()
	for place, value := range values {
		general := values[valuePlace{place.product, 0, place.code}]
		if place.store != 0 && value == general {
			value = ""
		} else if place.store != 0 && value == "" {
			value = "none"
		}
		all.put(place.product, place.store, place.code, inWords(place.code, value))
		if place.store == 0 {
			labels.putTo(all, place, value)
		}
	}
	w.must(w.db.QueryRowContext(w.t.Context(), "SELECT COUNT(*) FROM catalog_product_entity").Scan(&products))
	return all, products
}

// A valuePlace is where a value stands; store 0 has that of all stores.
type valuePlace struct {
	product uint64
	store   int
	code    string
}

// valuesInMagento are the values of all value tables, as text; NULL is "".
func (w *world) valuesInMagento() map[valuePlace]string {
	w.t.Helper()
	var tables, codes []string
	for _, kind := range []string{"varchar", "int", "decimal", "text"} {
		tables = append(tables, "SELECT entity_id, store_id, attribute_id, CAST(value AS CHAR) AS value FROM catalog_product_entity_"+kind)
	}
	for code := range productValues {
		codes = append(codes, code)
	}
	all := map[valuePlace]string{}
	w.eachRow(fmt.Sprintf(valuesOfProducts, strings.Join(tables, " UNION ALL "), strings.Join(codes, "','")), func(column []string) {
		all[valuePlace{number(column[0]), int(number(column[1])), column[2]}] = column[3]
	})
	return all
}

// inWords is a value as the entities have it.
func inWords(code, value string) string {
	words := map[string]map[string]string{
		"status":     {"1": "enabled", "2": "disabled"},
		"visibility": {"1": "none", "2": "catalog", "3": "search", "4": "both"},
	}
	if word := words[code][value]; word != "" {
		return word
	}
	return value
}

// optionNames are what options are called, by option and store.
type optionNames map[string]map[int]string

func (w *world) labelsInMagento() optionNames {
	w.t.Helper()
	all := optionNames{}
	w.eachRow(labelsOfOptions, func(column []string) {
		if all[column[0]] == nil {
			all[column[0]] = map[int]string{}
		}
		all[column[0]][int(number(column[1]))] = column[2]
	})
	return all
}

// putTo puts the name of the option that a value of all stores names, and those of the
// stores that call it otherwise.
func (o optionNames) putTo(all catalog, place valuePlace, option string) {
	if place.code != "color" && place.code != "size" {
		return
	}
	for store, name := range o[option] {
		if store == 0 || name != o[option][0] {
			all.put(place.product, store, "label of "+place.code, name)
		}
	}
}

// eachRow reads the rows of a statement as texts; NULL is "".
func (w *world) eachRow(statement string, each func(column []string)) {
	w.t.Helper()
	rows, err := w.db.QueryContext(w.t.Context(), statement)
	w.must(err)
	defer rows.Close()
	columns, err := rows.Columns()
	w.must(err)
	raw, into := make([][]byte, len(columns)), make([]any, len(columns))
	for i := range raw {
		into[i] = &raw[i]
	}
	for rows.Next() {
		w.must(rows.Scan(into...))
		texts := make([]string, len(raw))
		for i := range raw {
			texts[i] = string(raw[i])
		}
		each(texts)
	}
	w.must(rows.Err())
}

// number is that of an id column.
func number(text string) uint64 {
	var n uint64
	fmt.Sscan(text, &n)
	return n
}
