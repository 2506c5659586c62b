package magento

import (
	"slices"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// A Link is a foreign key between captured tables by which InnoDB changes rows together with
// a deleted row of another aggregate, or of the same one: it empties the column
// (ON DELETE SET NULL), or deletes the row (ON DELETE CASCADE). The log tells of the deleted
// row alone. What follows from RootRule is not repeated here, and what happens within the
// reference data neither: they are one root, and HasReferences names the parents.
type Link struct {
	Table, Column string // of the row that is changed
	Parent        string // whose primary key the column holds
	// Apart says that the two rows belong to different roots though these are of one kind.
	Apart bool
}

// Links are those of Magento Open Source 2.4.4 to 2.4.8. None of its keys has an ON UPDATE
// rule, and keys of columns that are not captured change nothing that is.
var Links = append([]Link{
	{"customer_entity", "website_id", "store_website", false},
	{"customer_entity", "store_id", "store", false},
	{"sales_order", "customer_id", "customer_entity", false},
	{"sales_order", "store_id", "store", false},
	{"sales_order_item", "store_id", "store", false},
	{"sales_invoice", "store_id", "store", false},
	{"sales_creditmemo", "store_id", "store", false},
	{"sales_order_tax_item", "item_id", "sales_order_item", false},
	{"sales_order_tax_item", "associated_item_id", "sales_order_item", false},
	{"sales_payment_transaction", "payment_id", "sales_order_payment", false},
	{"sales_payment_transaction", "parent_id", "sales_payment_transaction", false},
	{CartTable, "store_id", "store", false},
	{"quote_item", "store_id", "store", false},
	{"quote_item", "parent_item_id", "quote_item", false},
	{"company", "customer_group_id", "customer_group", false},
	{"catalog_product_website", "website_id", "store_website", false},
	{"inventory_source_item", "source_code", "inventory_source", false},
	{"catalog_product_bundle_selection", "option_id", "catalog_product_bundle_option", false},
	{"catalog_product_bundle_selection", "product_id", ProductTable, true},
	{"catalog_product_super_link", "product_id", ProductTable, true},
	{"catalog_product_link", "linked_product_id", ProductTable, true},
	{"catalog_product_bundle_selection", "product_id", "sequence_product", true},
	{"catalog_product_super_link", "product_id", "sequence_product", true},
	{"catalog_product_link", "linked_product_id", "sequence_product", true},
}, valueLinks()...)

// valueLinks are those of the value tables, whose rows go with their attribute, and those of
// products with their store, too.
func valueLinks() (all []Link) {
	for _, t := range Tables {
		if t.Filter == ListedAttributes {
			all = append(all, Link{t.Name, t.FilterColumn, AttributeTable, false})
		}
		if t.Filter == ListedAttributes && t.Root.Kind == change.AggregateProduct {
			all = append(all, Link{t.Name, "store_id", "store", false})
		}
	}
	return all
}

// Follows reports whether capture finds out what a foreign key does to a table's rows when a
// row of the parent is deleted: the key is a link, or it is how the row finds its root, or
// both are reference data.
func Follows(t Table, column, parent string) bool {
	p, known := ByName(parent)
	if !known {
		return slices.Contains(lasting, parent)
	}
	up := t.Root.Column == column && (t.Root.Parent == parent || t.Root.Parent == "" && p.Root.Kind == t.Root.Kind && p.Root.Column == p.PK[0])
	return up || p.Domain == t.Domain && HasReferences(parent) || slices.ContainsFunc(Links, func(l Link) bool { return l.Table == t.Name && l.Column == column && l.Parent == parent })
}

// HasReferences reports whether rows of the reference data hang on those of a table of them,
// and go with them. Nothing hangs on the others, such as the names of options, which Magento
// deletes and writes anew whenever somebody saves an attribute.
func HasReferences(table string) bool { return slices.Contains(referenceParents, table) }

var referenceParents = []string{
	"store_website", "store_group", "store", "eav_entity_type", AttributeTable, OptionTable, "inventory_source", "inventory_stock",
}

// lasting are tables, not captured, of which nothing in Magento deletes a row.
var lasting = []string{"cataloginventory_stock", "catalog_product_link_type"}

// LinksTo lists the links to a table.
func LinksTo(parent string) []Link { return linksTo[parent] }

var linksTo = func() map[string][]Link {
	m := map[string][]Link{}
	for _, l := range Links {
		m[l.Parent] = append(m[l.Parent], l)
	}
	return m
}()
