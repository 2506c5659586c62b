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
// A table also says to which aggregate its rows belong (RootRule) and whether only
// some rows may leave (Filter). The package does not know how rows are read or what
// is made of them.
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
	PK      []string // primary key columns, all of them in Columns
	Columns []string // allowed columns, the order of the struct's fields
	Root    RootRule
	Filter  Filter
	// FilterColumn holds what Filter looks at; in eav_attribute, what the filter of
	// the value tables looks up. "" where no filter needs the table.
	FilterColumn string
}

// A RootRule says which aggregate a row belongs to.
type RootRule struct {
	// Kind is the aggregate's kind, change.AggregateOrder or change.AggregateCustomer.
	// Reference tables have none.
	Kind string
	// Column holds the root's id, or with Parent the parent's primary key.
	Column string
	// Parent names the table whose rows have the root's id in a column of their own. A
	// row is at most one step away from its root: capture follows one parent.
	Parent string
}

// A Filter says which rows of a table may leave.
type Filter string

// Filters.
const (
	// EveryRow lets every row pass.
	EveryRow Filter = ""
	// ListedPaths lets rows of core_config_data pass whose path is in ConfigPaths.
	ListedPaths Filter = "path"
	// ListedAttributes lets EAV values pass whose attribute code is configured.
	ListedAttributes Filter = "attribute"
)

// AttributeTable gives the codes of the attributes that value tables name by id: the
// table to look them up in for ListedAttributes.
const AttributeTable = "eav_attribute"

// Tables lists every captured table, a parent before its children, so that a snapshot
// in this order knows the parent of every row.
var Tables = []Table{
	table("store_website", change.Reference, Website{}, RootRule{}, "website_id"),
	table("store_group", change.Reference, StoreGroup{}, RootRule{}, "group_id"),
	table("store", change.Reference, Store{}, RootRule{}, "store_id"),
	table("core_config_data", change.Reference, Config{}, RootRule{}, "config_id").only(ListedPaths, "path"),
	table("eav_entity_type", change.Reference, EntityType{}, RootRule{}, "entity_type_id"),
	table(AttributeTable, change.Reference, Attribute{}, RootRule{}, "attribute_id").only(EveryRow, "attribute_code"),
	table("customer_group", change.Reference, CustomerGroup{}, RootRule{}, "customer_group_id"),
	table("tax_class", change.Reference, TaxClass{}, RootRule{}, "class_id"),

	table("customer_entity", change.Customer, Customer{}, RootRule{Kind: change.AggregateCustomer, Column: "entity_id"}, "entity_id"),
	customerValue("customer_entity_varchar"),
	customerValue("customer_entity_int"),
	customerValue("customer_entity_decimal"),
	customerValue("customer_entity_datetime"),
	customerValue("customer_entity_text"),
	table("customer_address_entity", change.Customer, CustomerAddress{}, RootRule{Kind: change.AggregateCustomer, Column: "parent_id"}, "entity_id"),
	addressValue("customer_address_entity_varchar"),
	addressValue("customer_address_entity_int"),
	addressValue("customer_address_entity_decimal"),
	addressValue("customer_address_entity_datetime"),
	addressValue("customer_address_entity_text"),

	table("sales_order", change.Sales, Order{}, RootRule{Kind: change.AggregateOrder, Column: "entity_id"}, "entity_id"),
	table("sales_order_item", change.Sales, OrderItem{}, RootRule{Kind: change.AggregateOrder, Column: "order_id"}, "item_id"),
	table("sales_order_address", change.Sales, OrderAddress{}, RootRule{Kind: change.AggregateOrder, Column: "parent_id"}, "entity_id"),
	table("sales_order_payment", change.Sales, OrderPayment{}, RootRule{Kind: change.AggregateOrder, Column: "parent_id"}, "entity_id"),
	table("sales_order_tax", change.Sales, OrderTax{}, RootRule{Kind: change.AggregateOrder, Column: "order_id"}, "tax_id"),
	table("sales_order_tax_item", change.Sales, OrderTaxItem{}, RootRule{Kind: change.AggregateOrder, Column: "tax_id", Parent: "sales_order_tax"}, "tax_item_id"),
	table("sales_invoice", change.Sales, Invoice{}, RootRule{Kind: change.AggregateOrder, Column: "order_id"}, "entity_id"),
	table("sales_invoice_item", change.Sales, DocumentItem{}, RootRule{Kind: change.AggregateOrder, Column: "parent_id", Parent: "sales_invoice"}, "entity_id"),
	table("sales_creditmemo", change.Sales, CreditMemo{}, RootRule{Kind: change.AggregateOrder, Column: "order_id"}, "entity_id"),
	table("sales_creditmemo_item", change.Sales, CreditMemoItem{}, RootRule{Kind: change.AggregateOrder, Column: "parent_id", Parent: "sales_creditmemo"}, "entity_id"),
}

// ByName finds a table by its logical name.
func ByName(name string) (Table, bool) {
	t, ok := byName[name]
	return t, ok
}

// Domains lists the domains that have tables. Reference comes first, because
// assembling the entities of the others needs it.
func Domains() []change.Domain {
	return []change.Domain{change.Reference, change.Customer, change.Sales}
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

func table(name string, d change.Domain, row any, root RootRule, pk ...string) Table {
	return Table{Name: name, Domain: d, PK: pk, Columns: columnsOf(row), Root: root}
}

func (t Table) only(f Filter, column string) Table {
	t.Filter, t.FilterColumn = f, column
	return t
}

func customerValue(name string) Table {
	return table(name, change.Customer, Value{}, RootRule{Kind: change.AggregateCustomer, Column: "entity_id"}, "value_id").only(ListedAttributes, "attribute_id")
}

func addressValue(name string) Table {
	return table(name, change.Customer, Value{}, RootRule{Kind: change.AggregateCustomer, Column: "entity_id", Parent: "customer_address_entity"}, "value_id").only(ListedAttributes, "attribute_id")
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
