// Package magento is the allow-list of what may leave a shop's database: the tables
// that are captured, and of each table the columns. Data of any other table or
// column does not reach a topic.
//
// Each table is a Go struct whose fields are its allowed columns, so the list of
// columns that capture sends and the type that transform decodes cannot differ:
//
//	type Invoice struct { EntityID uint64 `json:"entity_id"` … }   sales_invoice
//
// Column names, types and links are those of Magento Open Source 2.4.4 to 2.4.8.
// Columns are found by name, because upgraded shops order them differently. Where the
// field is not a pointer, NULL reads as zero, and so does a column that the shop's
// edition does not have.
//
// A table also says to which aggregate its rows belong (RootRule), whether only some rows
// may leave (Filter), whether an operator has to ask for it (Group), whether every shop has
// it (Optional), and how Adobe Commerce keeps it (Staged). The package does not know how
// rows are read or what is made of them.
package magento

import (
	"reflect"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// A Table is one captured table.
type Table struct {
	Name    string // without the shop's prefix
	Domain  change.Domain
	PK      []string     // primary key columns, all of them in Columns
	Columns []string     // allowed columns, the order of the struct's fields
	Row     reflect.Type // the struct
	Root    RootRule
	Filter  Filter
	// FilterColumn holds what Filter looks at; in eav_attribute, what the filter of
	// the value tables looks up. "" where no filter needs the table.
	FilterColumn string
	// Group names what an operator asks for with this table; Always needs no asking.
	Group Group
	// Optional says that an edition, or a shop without a module, does not have the table. A
	// table that is not optional is a fault where it is missing.
	Optional bool
	// Staged is, in a table that hangs on a product's version where changes are staged, the
	// column with the version's row_id. See InStaging.
	Staged string
	// OwnKey says that editions give the table different primary keys: the shop's own counts.
	// All of its columns are in Columns, and PK is the one of Open Source.
	OwnKey bool
}

// A Group is a part of the shop that leaves only where an operator asks for it.
type Group string

// Groups.
const (
	// Always is what every document and customer is made of.
	Always Group = ""
	// CatalogGroup has the products with their stock.
	CatalogGroup Group = "catalog"
	// CompanyGroup has the companies of Adobe Commerce's B2B modules, and who buys for them.
	CompanyGroup Group = "companies"
	// EstimateGroup has the quotes of which Adobe Commerce's B2B modules negotiate the price,
	// with their carts.
	EstimateGroup Group = "estimates"
	// CommentGroup has what people wrote on credit memos: any text, about anybody.
	CommentGroup Group = "comments"
)

// Groups lists what can be asked for.
func Groups() []Group { return []Group{CatalogGroup, CompanyGroup, EstimateGroup, CommentGroup} }

// A RootRule says which aggregate a row belongs to.
type RootRule struct {
	// Kind is the aggregate's kind, such as change.AggregateOrder. Reference tables have none.
	Kind string
	// Column holds the root's id, or with Parent what the parent has in ParentKey. The roots
	// of change.AggregateStock are SKUs, all others are numbers.
	Column string
	// Parent names the table whose rows have the root's id in ParentRoot. A row is at most
	// one step away from its root: capture follows one parent. ParentKey is its primary key.
	Parent, ParentKey, ParentRoot string
}

// A Filter says which rows of a table may leave.
type Filter string

// Filters.
const (
	// EveryRow lets every row pass.
	EveryRow Filter = ""
	// ListedPaths lets rows of core_config_data pass whose path is in ConfigPaths.
	ListedPaths Filter = "path"
	// ListedAttributes lets EAV values pass whose attribute code is configured for the
	// aggregate's kind.
	ListedAttributes Filter = "attribute"
	// GroupedLinks lets the links of a grouped product to its parts pass, and not those that
	// recommend other products.
	GroupedLinks Filter = "grouped"
	// NegotiatedCarts lets rows of carts pass that have a row in NegotiableTable. All others
	// are nobody's business, and most of what a shop writes.
	NegotiatedCarts Filter = "negotiated"
)

// NegotiableTable has the carts whose price is negotiated, by the column NegotiableKey, and
// CartTable all carts.
const (
	NegotiableTable = "negotiable_quote"
	NegotiableKey   = "quote_id"
	CartTable       = "quote"
)

// AttributeTable gives the codes of the attributes that value tables name by id: the
// table to look them up in for ListedAttributes.
const AttributeTable = "eav_attribute"

// ByName finds a table by its logical name.
func ByName(name string) (Table, bool) {
	t, ok := byName[name]
	return t, ok
}

// Domains lists the domains that have tables. Reference comes first, because
// assembling the entities of the others needs it.
func Domains() []change.Domain {
	return []change.Domain{change.Reference, change.Customer, change.Sales, change.Catalog}
}

// InDomain lists the tables of a domain in their order.
func InDomain(d change.Domain) (all []Table) {
	for _, t := range Tables {
		if t.Domain == d {
			all = append(all, t)
		}
	}
	return all
}

var byName = func() map[string]Table {
	m := make(map[string]Table, len(Tables))
	for _, t := range Tables {
		m[t.Name] = t
	}
	return m
}()

// InStaging is the table as Adobe Commerce keeps it. There a product has a row for each of
// its versions, with a key of its own, row_id, and what belongs to a version names it by that
// (developer.adobe.com/commerce, "Content staging"; the columns by a dump of a shop's schema).
func (t Table) InStaging() Table {
	if t.Staged != "" {
		t.Root = RootRule{t.Root.Kind, t.Staged, ProductTable, VersionColumn, "entity_id"}
	}
	return t
}

// ProductTable has VersionColumn where changes of products are staged.
const (
	ProductTable  = "catalog_product_entity"
	VersionColumn = "row_id"
)

func table(name string, d change.Domain, row any, root RootRule, pk ...string) Table {
	return Table{Name: name, Domain: d, PK: pk, Columns: columnsOf(row), Row: reflect.TypeOf(row), Root: root}
}

func (t Table) only(f Filter, column string) Table {
	t.Filter, t.FilterColumn = f, column
	return t
}

// columnsOf lists the json names of a row struct's fields.
func columnsOf(row any) (all []string) {
	for _, f := range reflect.VisibleFields(reflect.TypeOf(row)) {
		if f.Anonymous {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		all = append(all, name)
	}
	return all
}
