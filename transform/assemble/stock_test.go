package assemble

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// warehouse knows one stock with one source.
type warehouse struct{ nowhere }

func (warehouse) Source(string) (magento.InventorySource, bool) {
	return magento.InventorySource{Code: "default", Enabled: 1}, true
}
func (warehouse) StocksOf(string) []int  { return []int{1} }
func (warehouse) SourcesOf(int) []string { return []string{"DEFAULT"} }

func itemRow(id int, sku string) Row {
	return row(sourceItems, id, `{"source_code":"default","sku":"`+sku+`","quantity":"5.0000","status":1}`)
}

func reservationRow(id int, quantity string) Row {
	return row(reservations, id, `{"stock_id":1,"sku":"mug","quantity":"`+quantity+`"}`)
}

// stock assembles the stock of these rows; nil where they make none.
func stock(t *testing.T, rows ...Row) (a Assembly, content string) {
	t.Helper()
	a, err := Assemble(Input{Root: "stock/MUG", Rows: rows}, warehouse{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(a.Entities)
	if err != nil {
		t.Fatal(err)
	}
	return a, string(text)
}

// Magento compensates a reservation when the order is cancelled or shipped, and deletes both
// some time later.
func TestACompensatedReservationSaysNothingAndNeitherDoesItsDeletion(t *testing.T) {
	_, before := stock(t, itemRow(1, "mug"))
	_, reserved := stock(t, itemRow(1, "mug"), reservationRow(1, "-2.0000"))
	_, compensated := stock(t, itemRow(1, "mug"), reservationRow(1, "-2.0000"), reservationRow(2, "2.0000"))
	_, cleaned := stock(t, itemRow(1, "mug"), deletedRow(reservations))
	if reserved == before {
		t.Error("a reservation changes nothing")
	}
	if diff := cmp.Diff(before, compensated); diff != "" {
		t.Errorf("once it is compensated (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(compensated, cleaned); diff != "" {
		t.Errorf("once it is deleted (-before +after):\n%s", diff)
	}
}

func TestAnotherSpellingDeletesTheFormerKeyFirst(t *testing.T) {
	a, err := Assemble(Input{
		Root: "stock/MUG", Rows: []Row{itemRow(1, "Mug")}, Emitted: []canonical.ID{"stock:mug", "stock:Mug"},
	}, warehouse{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"stock:mug†", "stock:Mug"}, ids(a)); diff != "" {
		t.Errorf("entities (-want +got):\n%s", diff)
	}
}

func TestStockExistsWhileThereIsARowOfTheSKU(t *testing.T) {
	known := []canonical.ID{"stock:mug"}
	for name, c := range map[string]struct {
		in   Input
		want []string
	}{
		"a source item":                          {Input{Rows: []Row{itemRow(1, "mug")}}, []string{"stock:mug"}},
		"a reservation alone":                    {Input{Rows: []Row{reservationRow(1, "-1")}}, []string{"stock:mug"}},
		"reservations that net to zero":          {Input{Rows: []Row{reservationRow(1, "-1"), reservationRow(2, "1")}, Emitted: known}, []string{"stock:mug"}},
		"a reservation after the source item":    {Input{Rows: []Row{deletedRow(sourceItems), reservationRow(1, "-1")}, Emitted: known}, []string{"stock:mug"}},
		"none: the source item was deleted":      {Input{Rows: []Row{deletedRow(sourceItems)}, Emitted: known}, []string{"stock:mug†"}},
		"none: the reservations were deleted":    {Input{Rows: []Row{deletedRow(reservations)}, Emitted: known}, []string{"stock:mug†"}},
		"none, while the first snapshot lasts":   {Input{Emitted: known}, nil},
		"none of which anything was ever said":   {Input{Rows: []Row{deletedRow(sourceItems)}}, nil},
		"none, and a snapshot has seen them all": {Input{Complete: true, Emitted: known}, []string{"stock:mug†"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.in.Root = "stock/MUG"
			a, err := Assemble(c.in, warehouse{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, ids(a)); diff != "" {
				t.Errorf("entities (-want +got):\n%s", diff)
			}
		})
	}
}

// A SKU may have any letters, and an entity of it reads back as it was written.
func TestStockOfAnySKUReadsBack(t *testing.T) {
	for _, sku := range []string{"a:b", "a,}{\"'\\", "Größe 42 – blå", "<&>\u2028", "12", " x ", "", "\t\n", "💡"} {
		t.Run(sku, func(t *testing.T) {
			text, err := json.Marshal(sku)
			if err != nil {
				t.Fatal(err)
			}
			a, err := Assemble(Input{Root: "stock/X", Rows: []Row{row(sourceItems, 1, `{"sku":`+string(text)+`,"quantity":"1"}`)}}, warehouse{})
			if err != nil {
				t.Fatal(err)
			}
			e := a.Entities[0]
			written, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			back, err := canonical.Decode(canonical.KindStock, written)
			if err != nil || back.ID() != e.ID() || e.ID().Text() != sku {
				t.Errorf("%q is %q and reads back as %q (%v)", sku, e.ID(), back.ID(), err)
			}
			if gone := stockKind.deletion(e.ID(), "stock/X"); gone.ID() != e.ID() {
				t.Errorf("the deletion of %q is of %q", e.ID(), gone.ID())
			}
		})
	}
}

func TestADeletionNamesTheSKUAndNothingOfWhatWasThere(t *testing.T) {
	want := &canonical.Stock{Envelope: canonical.Envelope{Deleted: true}, SKU: "mug", Sources: []canonical.SourceItem{}, Stocks: []canonical.StockLevel{}}
	if diff := cmp.Diff(canonical.Entity(want), stockKind.deletion("stock:mug", "stock/MUG")); diff != "" {
		t.Errorf("deletion (-want +got):\n%s", diff)
	}
}
