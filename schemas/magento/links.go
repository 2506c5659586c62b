package magento

import "slices"

// A Link is a foreign key between captured tables by which InnoDB changes rows together with
// a deleted row of another aggregate, or of the same one: it empties the column
// (ON DELETE SET NULL), or deletes the row (ON DELETE CASCADE). The log tells of the deleted
// row alone. What follows from RootRule is not repeated here, and what happens within the
// reference data neither: they are one.
type Link struct {
	Table, Column string // of the row that is changed
	Parent        string // whose primary key the column holds
}

// Links are those of Magento Open Source 2.4.4 to 2.4.8. None of its keys has an ON UPDATE
// rule, and keys of columns that are not captured change nothing that is.
var Links = append([]Link{
	{"customer_entity", "website_id", "store_website"},
	{"customer_entity", "store_id", "store"},
	{"sales_order", "customer_id", "customer_entity"},
	{"sales_order", "store_id", "store"},
	{"sales_order_item", "store_id", "store"},
	{"sales_invoice", "store_id", "store"},
	{"sales_creditmemo", "store_id", "store"},
	{"sales_order_tax_item", "item_id", "sales_order_item"},
	{"sales_order_tax_item", "associated_item_id", "sales_order_item"},
}, valueLinks()...)

// valueLinks are those of the value tables, whose rows go with their attribute.
func valueLinks() (all []Link) {
	for _, t := range Tables {
		if t.Filter == ListedAttributes {
			all = append(all, Link{t.Name, t.FilterColumn, AttributeTable})
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
		return false
	}
	up := t.Root.Column == column && (t.Root.Parent == parent || t.Root.Parent == "" && p.Root.Kind == t.Root.Kind && p.Root.Column == p.PK[0])
	return up || p.Domain == t.Domain && t.Root.Kind == "" || slices.Contains(Links, Link{t.Name, column, parent})
}

// LinksTo lists the links to a table.
func LinksTo(parent string) []Link { return linksTo[parent] }

var linksTo = func() map[string][]Link {
	m := map[string][]Link{}
	for _, l := range Links {
		m[l.Parent] = append(m[l.Parent], l)
	}
	return m
}()
