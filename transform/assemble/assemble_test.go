package assemble

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
)

func row(table string, id int, columns string) Row {
	return Row{Table: table, PK: fmt.Sprint(id), Value: []byte(columns)}
}

func deletedRow(table string) Row { return Row{Table: table, PK: "1", Deleted: true} }

// ids lists the entities of an assembly, those that are deleted with a cross.
func ids(a Assembly) (all []string) {
	for _, e := range a.Entities {
		id := string(e.ID())
		if e.Head().Deleted {
			id += "†"
		}
		all = append(all, id)
	}
	return all
}

// keys lists rows as table/key, sorted.
func keys(rows []Row) (all []string) {
	for _, r := range rows {
		all = append(all, r.Table+"/"+r.PK)
	}
	slices.Sort(all)
	return all
}

func TestWhatIsAbsentIsGoneOnlyWhenItCannotStillCome(t *testing.T) {
	for name, c := range map[string]struct {
		emitted  canonical.ID
		deleted  string
		complete bool
		want     bool
	}{
		"after a snapshot it is gone":                               {"invoice:1", "", true, true},
		"while the first snapshot lasts it may still come":          {"invoice:1", "", false, false},
		"an invoice goes with its own row":                          {"invoice:1", "sales_invoice", false, true},
		"an invoice goes with its order":                            {"invoice:1", "sales_order", false, true},
		"an invoice does not go with an item":                       {"invoice:1", "sales_invoice_item", false, false},
		"an invoice does not go with a credit memo":                 {"invoice:1", "sales_creditmemo", false, false},
		"a credit memo goes with its own row":                       {"creditmemo:1", "sales_creditmemo", false, true},
		"a credit memo goes with its order":                         {"creditmemo:1", "sales_order", false, true},
		"a credit memo does not go with an invoice":                 {"creditmemo:1", "sales_invoice", false, false},
		"a customer goes with its row":                              {"customer:1", "customer_entity", false, true},
		"a customer does not go with an address":                    {"customer:1", "customer_address_entity", false, false},
		"a customer may still come while the first snapshot lasts":  {"customer:1", "", false, false},
		"a customer of whom nothing is left after one does not, so": {"customer:1", "", true, true},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{Root: "order/7", Complete: c.complete, Emitted: []canonical.ID{c.emitted}}
			if c.emitted.Kind() == canonical.KindCustomer {
				in.Root = "customer/1"
			}
			if c.deleted != "" {
				in.Rows = []Row{deletedRow(c.deleted)}
			}
			a, err := Assemble(in, nowhere{})
			if err != nil {
				t.Fatal(err)
			}
			if got := len(a.Entities) == 1; got != c.want {
				t.Errorf("gone: %v (%v), want %v", got, ids(a), c.want)
			}
		})
	}
}

func TestRowsAreOrphansOnceTheirParentWasDeletedAndNotWhileItIsAbsent(t *testing.T) {
	order := row("sales_order", 7, `{"entity_id":7}`)
	invoice := row("sales_invoice", 1, `{"entity_id":1,"order_id":7,"state":1}`)
	item := row("sales_invoice_item", 11, `{"entity_id":11,"parent_id":1}`)
	other := row("sales_invoice_item", 21, `{"entity_id":21,"parent_id":2}`)
	memoItem := row("sales_creditmemo_item", 31, `{"entity_id":31,"parent_id":3}`)
	memo := row("sales_creditmemo", 4, `{"entity_id":4,"order_id":7,"state":2}`)
	comment := row("sales_creditmemo_comment", 41, `{"entity_id":41,"parent_id":4}`)
	otherComment := row("sales_creditmemo_comment", 51, `{"entity_id":51,"parent_id":5}`)
	address := row("customer_address_entity", 5, `{"entity_id":5,"parent_id":5}`)
	for name, c := range map[string]struct {
		in      Input
		orphans []string
		made    []string
	}{
		"items of documents that are not there, after a snapshot": {
			Input{Root: "order/7", Complete: true, Rows: []Row{order, invoice, item, other, memoItem}},
			nil, []string{"order:7", "invoice:1"}},
		"rows of an order that is not there, after a snapshot": {
			Input{Root: "order/7", Complete: true, Rows: []Row{invoice, item}, Emitted: []canonical.ID{"invoice:1"}}, nil, []string{"invoice:1†"}},
		"addresses of a customer who is not there, after a snapshot": {
			Input{Root: "customer/5", Complete: true, Rows: []Row{address}}, nil, nil},
		"none while the first snapshot lasts": {
			Input{Root: "order/7", Rows: []Row{order, invoice, item, other, memoItem}}, nil, []string{"order:7", "invoice:1"}},
		"items of a deleted invoice, but none of credit memos": {
			Input{Root: "order/7", Rows: []Row{order, deletedRow("sales_invoice"), invoice, item, other, memoItem}},
			[]string{"sales_invoice_item/21"}, []string{"order:7", "invoice:1"}},
		"what was written on a deleted credit memo": {
			Input{Root: "order/7", Rows: []Row{order, deletedRow("sales_creditmemo"), memo, comment, otherComment}},
			[]string{"sales_creditmemo_comment/51"}, []string{"order:7", "creditmemo:4"}},
		"everything of a deleted order": {
			Input{Root: "order/7", Rows: []Row{deletedRow("sales_order"), invoice, item}, Emitted: []canonical.ID{"invoice:1", "payment:9"}},
			[]string{"sales_invoice/1", "sales_invoice_item/11"}, []string{"invoice:1†", "payment:9†"}},
		"addresses of a deleted customer": {
			Input{Root: "customer/5", Rows: []Row{deletedRow("customer_entity"), address}, Emitted: []canonical.ID{"customer:5"}},
			[]string{"customer_address_entity/5"}, []string{"customer:5†"}},
		"addresses before their customer are not": {
			Input{Root: "customer/5", Rows: []Row{address}}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Assemble(c.in, nowhere{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.orphans, keys(a.Orphans)); diff != "" {
				t.Errorf("orphans (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.made, ids(a)); diff != "" {
				t.Errorf("entities (-want +got):\n%s", diff)
			}
		})
	}
}

func TestADocumentThatExistsIsNotDeletedBesides(t *testing.T) {
	a, err := Assemble(Input{
		Root: "order/7", Complete: true, Emitted: []canonical.ID{"invoice:1", "invoice:2"},
		Rows: []Row{row("sales_order", 7, `{"entity_id":7}`), row("sales_invoice", 1, `{"entity_id":1,"order_id":7}`)},
	}, nowhere{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"order:7", "invoice:1", "invoice:2†"}, ids(a)); diff != "" {
		t.Errorf("entities (-want +got):\n%s", diff)
	}
}

func TestARowThatDoesNotFitItsTableIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		root change.Root
		row  Row
	}{
		"an amount that is no number":     {"order/7", row("sales_invoice", 1, `{"grand_total":"many"}`)},
		"an item of an order":             {"order/7", row("sales_order_item", 2, `{"item_id":"two"}`)},
		"an item of a document":           {"order/7", row("sales_creditmemo_item", 3, `[]`)},
		"an address":                      {"order/7", row("sales_order_address", 4, `{"entity_id":-1}`)},
		"a tax":                           {"order/7", row("sales_order_tax_item", 5, `{"tax_percent":{}}`)},
		"a customer":                      {"customer/5", row("customer_entity", 5, `{`)},
		"a customer's address":            {"customer/5", row("customer_address_entity", 6, `""`)},
		"what lies in a source":           {"stock/MUG", row("inventory_source_item", 8, `{"quantity":"many"}`)},
		"a reservation":                   {"stock/MUG", row("inventory_reservation", 9, `{"stock_id":"x"}`)},
		"the value of a customer's field": {"customer/5", row("customer_entity_varchar", 7, `{"attribute_id":"x"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Assemble(Input{Root: c.root, Rows: []Row{c.row}}, nowhere{})
			var bad *RowError
			if !errors.As(err, &bad) || bad.Row.Table != c.row.Table || bad.Row.PK != c.row.PK {
				t.Errorf("%v, want a RowError that names %s/%s", err, c.row.Table, c.row.PK)
			}
		})
	}
}

func TestRowsOfLaterTablesAreLeftOut(t *testing.T) {
	for root, rows := range map[change.Root][]Row{
		"order/7":    {row("sales_order_parcel", 1, `nonsense`), row("sales_invoice", 1, `{"entity_id":1}`)},
		"customer/5": {row("customer_points", 1, `nonsense`), row("customer_entity", 5, `{"entity_id":5}`)},
		"stock/MUG":  {row("inventory_pallet", 1, `nonsense`), row("inventory_source_item", 1, `{"sku":"mug","quantity":"1"}`)},
	} {
		t.Run(string(root), func(t *testing.T) {
			if a, err := Assemble(Input{Root: root, Rows: rows}, nowhere{}); err != nil || len(a.Entities) != 1 {
				t.Errorf("%v, %v; want the entity without them", ids(a), err)
			}
		})
	}
}
