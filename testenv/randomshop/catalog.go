package randomshop

// The ids of the attributes of products that these shops have.
const (
	nameAttribute    = 73
	priceAttribute   = 77
	specialAttribute = 78
	weightAttribute  = 82
	colourAttribute  = 93
	statusAttribute  = 97
	taxAttribute     = 136
)

// attributes are those of products: what they are called, in which table their values stand,
// and whether one value holds everywhere.
var attributes = []struct {
	id            int
	code, backend string
	global        int
}{
	{nameAttribute, "name", "varchar", 0}, {priceAttribute, "price", "decimal", 1}, {specialAttribute, "special_price", "decimal", 1},
	{weightAttribute, "weight", "decimal", 1}, {colourAttribute, "color", "int", 0}, {statusAttribute, "status", "int", 2}, {taxAttribute, "tax_class_id", "int", 2},
}

// colours are the options of the attribute color: what they are called in all stores, and
// what in store 2.
var colours = map[int][2]string{49: {"Blue", "Bleu"}, 50: {"Red", ""}}

// taxClasses are those of products.
var taxClasses = map[int]string{2: "Taxable Goods", 3: "Books"}

// The sources of these shops, the stocks that they serve, and which are enabled.
var sources = []struct {
	code    string
	stock   int
	enabled bool
}{{"default", 1, true}, {"lyon", 2, true}, {"old", 1, false}}

// catalogReference are attributes, options, tax classes and warehouses.
func catalogReference() Transaction {
	s := newSheet("")
	s.insert("eav_entity_type", columns{"entity_type_id": 4, "entity_type_code": "catalog_product"})
	for _, a := range attributes {
		row := columns{"attribute_id": a.id, "entity_type_id": 4, "attribute_code": a.code, "backend_type": a.backend, "frontend_input": "text", "source_model": nil}
		if a.id == colourAttribute {
			row["frontend_input"] = "select"
		}
		s.insert("eav_attribute", row)
		s.insert("catalog_eav_attribute", columns{"attribute_id": a.id, "is_global": a.global})
	}
	for id, names := range colours {
		s.insert("eav_attribute_option", columns{"option_id": id, "attribute_id": colourAttribute, "sort_order": 0})
		for store, name := range map[int]string{0: names[0], 2: names[1]} {
			if name != "" {
				s.insert("eav_attribute_option_value", columns{"value_id": id*10 + store, "option_id": id, "store_id": store, "value": name})
			}
		}
	}
	for id, name := range taxClasses {
		s.insert("tax_class", columns{"class_id": id, "class_name": name, "class_type": "PRODUCT"})
	}
	for n, source := range sources {
		s.insert("inventory_source", columns{"source_code": source.code, "name": source.code, "enabled": flag(source.enabled), "country_id": "GB"})
		s.insert("inventory_source_stock_link", columns{"link_id": n + 1, "stock_id": source.stock, "source_code": source.code, "priority": n})
	}
	for id, website := range map[int]string{1: "base", 2: "eu"} {
		s.insert("inventory_stock", columns{"stock_id": id, "name": website})
		s.insert("inventory_stock_sales_channel", columns{"type": "website", "code": website, "stock_id": id})
	}
	return s.open
}
