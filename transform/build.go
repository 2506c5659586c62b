package transform

import (
	"encoding/json"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	store "github.com/mage2sage/mage2sage/transform/state"
)

// lookup answers from reference data.
type lookup interface {
	Store(id int) *canonical.StoreView
	Group(id int) (code string, ok bool)
	Attribute(id int) (code string, ok bool)
}

// built is what became of the rows of one root.
type built struct {
	entities []canonical.Entity
	// orphans are rows whose parent is gone: InnoDB deleted them without a word in
	// the binlog.
	orphans []store.Row
	// traces names the tables of which the root has a deleted row.
	traces map[string]bool
	whole  bool
}

// build assembles the entities of a root. whole tells that the rows are all that
// there is; else a parent that is absent may still come.
func build(root change.Root, rows []store.Row, whole bool, look lookup) (built, error) {
	b := built{traces: map[string]bool{}, whole: whole}
	var alive []store.Row
	for _, row := range rows {
		if row.Deleted {
			b.traces[row.Table] = true
			continue
		}
		alive = append(alive, row)
	}
	switch root.Kind() {
	case "order":
		return b, b.order(alive, look)
	case "customer":
		return b, b.customer(alive, look)
	}
	return b, nil // a root of a later version
}

// gone tells whether an entity without rows is gone, and not just still to come.
func (b *built) gone(id canonical.ID) bool {
	switch id.Kind() {
	case canonical.KindInvoice:
		return b.whole || b.traces["sales_invoice"] || b.traces["sales_order"]
	case canonical.KindCreditMemo:
		return b.whole || b.traces["sales_creditmemo"] || b.traces["sales_order"]
	}
	return b.whole || b.traces["customer_entity"]
}

func (b *built) add(e canonical.Entity) { b.entities = append(b.entities, e) }

// rowError is returned for a row that does not fit its table.
type rowError struct {
	row store.Row
	err error
}

func (e *rowError) Error() string {
	return fmt.Sprintf("row of %s with key %s: %v", e.row.Table, e.row.PK, e.err)
}

func (e *rowError) Unwrap() error { return e.err }

// decode reads a row's columns.
func decode(row store.Row, into any) error {
	if err := json.Unmarshal(row.Value, into); err != nil {
		return &rowError{row, err}
	}
	return nil
}

// as decodes a row into a new value of its table's type.
func as[T any](row store.Row) (*T, error) {
	v := new(T)
	return v, decode(row, v)
}
