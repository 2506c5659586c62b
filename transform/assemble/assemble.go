// Package assemble makes canonical entities of Magento's rows.
//
//	Input: rows of order/7, what was emitted of it ─┐
//	                                                ├─► Assemble ─► Assembly: invoice:3, creditmemo:1, orphans
//	Reference: stores, groups, attributes          ─┘
//
// It is pure: the same rows and reference data give the same entities at the same time, byte
// for byte, in whatever order the rows came. It holds the two tables that say what transform does
// with each kind of entity and with each kind of aggregate (kinds.go, aggregates.go).
// What is in neither table is an error; nothing is made of it by default.
//
// An entity is one file: how its rows become the entity, and its row in the table. The
// rows of an order are read once for all entities that are made of it (order_rows.go),
// and a document's money is taken apart in package totals.
//
// The package does not know topics, versions or where rows are kept.
package assemble

import (
	"slices"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A Row is the newest known version of one row.
type Row struct {
	Table   string // logical table
	PK      string // primary key, JSON as in the record's key
	Value   []byte // allowed columns, JSON; empty when deleted
	Deleted bool
	Created bool // the log told of its insert
}

// Reference answers from the shop's reference data. ok is false, and a store view is
// nil, where there is no such thing.
type Reference interface {
	Store(id int) *canonical.StoreView
	Group(id int) (code string, ok bool)
	Attribute(id int) (code string, ok bool)
	ProductReference
	Inventory
}

// ProductReference is what products need of the shop's reference data.
type ProductReference interface {
	Website(id int) (w canonical.Website, ok bool)
	TaxClass(id int) (name string, ok bool)
	// ProductAttribute is an attribute of products, and CatalogAttribute says in which scope
	// it has values.
	ProductAttribute(id int) (magento.Attribute, bool)
	CatalogAttribute(id int) (magento.CatalogAttribute, bool)
	// OptionLabels are the names of an option by store, 0 for those that have none of their own.
	OptionLabels(option uint64) (byStore map[int]string, ok bool)
}

// Inventory answers from the sources and stocks of Multi-Source Inventory. Codes of sources
// are compared as Magento does, without case.
type Inventory interface {
	Source(code string) (source magento.InventorySource, ok bool)
	Stock(id int) (name string, ok bool)
	// StocksOf are the ids of the stocks that a source serves.
	StocksOf(source string) []int
	// SourcesOf are the folded codes of a stock's sources (change.Fold), by priority.
	SourcesOf(stock int) []string
	// WebsitesOf are the codes of the websites that sell from a stock, sorted.
	WebsitesOf(stock int) []string
}

// Input is what is known of one aggregate.
type Input struct {
	Root change.Root
	Rows []Row
	// Complete says that the rows are all that there is; else what is absent may still
	// come.
	Complete bool
	// At is the Unix time as of which the entities are made: of staged versions the one that
	// holds then is the present one.
	At int64
	// Emitted names the entities of this root that were emitted before.
	Emitted []canonical.ID
}

// An Assembly is what an aggregate's rows come to.
type Assembly struct {
	// Entities are those that the rows describe, and then the deletion of each that was
	// emitted before and is gone. The deletion of a former spelling comes before what it is
	// now: to a consumer who compares without case the two have one key.
	Entities []canonical.Entity
	// Orphans are rows whose parent was deleted: InnoDB's cascade deleted them, and the
	// binlog does not say so. A row whose parent is merely absent is none: not every child
	// has a foreign key, so the parent may come in a later transaction.
	Orphans []Row
	// Since is the Unix time at which what the entities say began to hold without a change of
	// the rows, because a staged version took over; 0 where none did.
	Since int64
	// Until is the Unix time at which the entities change without a change of the rows, because
	// the next staged version takes over; 0 where none is staged after Input.At.
	Until int64
}

// Assemble makes the entities of one aggregate. It returns a RowError for a row that
// does not fit its table, an UnknownAggregateError for a root that it has no rules for
// and a canonical.UnknownKindError for an emitted entity that it has none for.
func Assemble(in Input, ref Reference) (Assembly, error) {
	rules, err := aggregateOf(in.Root)
	if err != nil {
		return Assembly{}, err
	}
	rows := sortOut(in.Rows, in.Complete)
	rows.at = in.At
	a, err := rules.assemble(rows, ref)
	if err != nil {
		return Assembly{}, err
	}
	return a, a.addDeletions(in, rows)
}

// addDeletions adds the deletion of each entity that was emitted and is gone.
func (a *Assembly) addDeletions(in Input, rows aggregateRows) error {
	alive := map[canonical.ID]bool{}
	for _, e := range a.Entities {
		alive[e.ID()] = true
	}
	var former []canonical.Entity
	for _, id := range in.Emitted {
		if alive[id] {
			continue
		}
		rules, err := kindOf(id.Kind())
		switch {
		case err != nil:
			return err
		case rules.single && len(alive) > 0:
			former = append(former, rules.deletion(id, in.Root))
		case rows.gone(rules.goneWith...):
			a.Entities = append(a.Entities, rules.deletion(id, in.Root))
		}
	}
	a.Entities = append(former, a.Entities...)
	return nil
}

// aggregateRows are the rows of one root, those that were deleted set apart.
type aggregateRows struct {
	alive    []Row
	deleted  map[string]bool // tables of which the root has a deleted row
	complete bool
	at       int64 // Input.At
}

func sortOut(rows []Row, complete bool) aggregateRows {
	out := aggregateRows{alive: make([]Row, 0, len(rows)), deleted: map[string]bool{}, complete: complete}
	for _, row := range rows {
		if row.Deleted {
			if !complete || !Forgets(row.Table) {
				out.deleted[row.Table] = true
			}
			continue
		}
		out.alive = append(out.alive, row)
	}
	return out
}

// remembered are the tables of whose deleted rows something is made: what was left of their
// children goes with them.
var remembered = []string{
	"sales_order", "sales_invoice", "sales_creditmemo", "customer_entity",
	magento.CartTable, magento.ProductTable, "sequence_product",
}

// Forgets reports whether deleted rows of a table say nothing any more once a snapshot has
// ended: they are like rows that never were.
func Forgets(table string) bool { return !slices.Contains(remembered, table) }

// gone reports whether a row of one of these tables that is absent was deleted, and is
// not just still to come.
func (r aggregateRows) gone(tables ...string) bool {
	for _, table := range tables {
		if r.deleted[table] {
			return true
		}
	}
	return r.complete
}

// orphans are the living rows where the row of a table that they all hang on was deleted.
func (r aggregateRows) orphans(table string) []Row {
	if !r.deleted[table] {
		return nil
	}
	return r.alive
}
