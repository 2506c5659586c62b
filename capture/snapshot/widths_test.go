package snapshot

import (
	"fmt"
	"slices"
	"testing"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// pieceOf is a range of a table whose key is of a kind.
func pieceOf(t *testing.T, table string, kind row.Kind, after, until string) *piece {
	t.Helper()
	of, _ := magento.ByName(table)
	shop := map[string]row.Kind{of.Root.Column: row.Integer, of.FilterColumn: row.Integer}
	for _, pk := range of.PK {
		shop[pk] = kind
	}
	layout, err := row.NewLayout(of, shop)
	if err != nil {
		t.Fatal(err)
	}
	return &piece{layout: layout, keys: change.KeyRange{After: []string{after}, Until: []string{until}}}
}

func TestAChunkAsksForAsManyRowsAsFitIntoIt(t *testing.T) {
	p := pieceOf(t, "sales_order", row.Integer, "0", "1000000")
	for width, want := range map[int]int{100: 10_000, 1_000: 1_887, chunkBytes: 1, 3 * chunkBytes: 1} {
		var w widths
		if got := w.fitting("sales_order", 10_000); got != 10_000 {
			t.Errorf("before any row was read it asks for %d", got)
		}
		w.note(p, Chunk{Rows: 5, Last: []string{"7"}}, 5*width)
		if got := w.fitting("sales_order", 10_000); got != want {
			t.Errorf("of rows of %d bytes it asks for %d, want %d", width, got, want)
		}
		if got := w.fitting("sales_order_item", 10_000); got != 10_000 {
			t.Errorf("of another table it asks for %d", got)
		}
	}
}

func TestWhereKeysAreAsDenseAsBeforeTheServerIsNotAskedForTheNextRange(t *testing.T) {
	for name, c := range map[string]struct {
		of    *piece // that was read
		chunk Chunk
		next  *piece
		want  string // "" asks the server
	}{
		"every third key":              {pieceOf(t, "sales_order", row.Integer, "0", "900"), Chunk{Rows: 100, Last: []string{"300"}}, pieceOf(t, "sales_order", row.Integer, "900", "99999"), "1200"},
		"a range read to its end":      {pieceOf(t, "sales_order", row.Integer, "0", "900"), Chunk{Rows: 90, Last: []string{"870"}, Done: true}, pieceOf(t, "sales_order", row.Integer, "900", "99999"), "1900"},
		"a gap":                        {pieceOf(t, "sales_order", row.Integer, "0", "900"), Chunk{Rows: 3, Last: []string{"7"}, Done: true}, pieceOf(t, "sales_order", row.Integer, "900", "99999"), ""},
		"no row":                       {pieceOf(t, "sales_order", row.Integer, "0", "900"), Chunk{Done: true}, pieceOf(t, "sales_order", row.Integer, "900", "99999"), ""},
		"the end is nearer":            {pieceOf(t, "sales_order", row.Integer, "0", "900"), Chunk{Rows: 100, Last: []string{"300"}}, pieceOf(t, "sales_order", row.Integer, "900", "1200"), ""},
		"another table":                {pieceOf(t, "sales_order", row.Integer, "0", "900"), Chunk{Rows: 100, Last: []string{"300"}}, pieceOf(t, "sales_order_item", row.Integer, "900", "99999"), ""},
		"keys that are texts":          {pieceOf(t, "inventory_source", row.Text, "0", "900"), Chunk{Rows: 100, Last: []string{"300"}}, pieceOf(t, "inventory_source", row.Text, "900", "99999"), ""},
		"keys of two columns":          {pieceOf(t, "catalog_product_website", row.Integer, "0", "900"), Chunk{Rows: 100, Last: []string{"300"}}, pieceOf(t, "catalog_product_website", row.Integer, "900", "99999"), ""},
		"keys beyond what is counted":  {pieceOf(t, "sales_order", row.Integer, "0", "900"), Chunk{Rows: 100, Last: []string{"300"}}, pieceOf(t, "sales_order", row.Integer, "18446744073709551000", "18446744073709551615"), ""},
		"keys near the end of numbers": {pieceOf(t, "sales_order", row.Integer, "9223372036854775700", "9223372036854775807"), Chunk{Rows: 100, Last: []string{"9223372036854775800"}}, pieceOf(t, "sales_order", row.Integer, "9223372036854775800", "9223372036854775807"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var w widths
			w.note(c.of, c.chunk, 100*c.chunk.Rows)
			if got := w.reach(c.next, 100); fmt.Sprint(got) != fmt.Sprint(slices.DeleteFunc([]string{c.want}, func(s string) bool { return s == "" })) {
				t.Errorf("it reaches to %q, want %q", got, c.want)
			}
		})
	}
}
