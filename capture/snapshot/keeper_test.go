package snapshot

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// TestRowsThatAreKeptAreNotWrittenOver keeps rows of all lengths out of values that are
// overwritten, for one chunk and in the same memory for another.
func TestRowsThatAreKeptAreNotWrittenOver(t *testing.T) {
	table, _ := magento.ByName("sales_invoice_item") // has a parent
	layout, err := row.NewLayout(table, map[string]row.Kind{"entity_id": row.Integer, "parent_id": row.Integer, "name": row.Text})
	if err != nil {
		t.Fatal(err)
	}
	name := 0
	for i, c := range layout.Columns {
		if c.Name == "name" {
			name = i
		}
	}
	var kept keeper
	for chunk := range 2 {
		kept.clear()
		keepAll(t, &kept, layout, name, chunk)
	}
	kept.clear()
	if kept.keep(layout, [][]byte{[]byte("1"), []byte("1"), []byte("x"), nil}); len(kept.rows) != 1 || kept.rows[0].ParentRoot != nil {
		t.Errorf("without a parent there is %q", kept.rows)
	}
}

func keepAll(t *testing.T, kept *keeper, layout *row.Layout, name, chunk int) {
	var want []string
	text, parent := make([]byte, 0, 2*keptBlock), make([]byte, 0, 20)
	for n, size := range []int{1, 100, 40_000, 10, 70_000, 10, 10, 300_000, 10, 60_000, 60_000, 60_000, 60_000, 60_000, 1} {
		text, parent = append(text[:0], bytes.Repeat([]byte{byte('a' + n + chunk)}, size)...), fmt.Append(parent[:0], 1000+n+chunk)
		values := [][]byte{[]byte("1"), []byte("1"), []byte("1"), parent}
		values[name] = text
		kept.keep(layout, values)
		want = append(want, string(text))
	}
	for n, r := range kept.rows {
		_, img := layout.AppendSelected(nil, func() [][]byte {
			v := [][]byte{[]byte("1"), []byte("1"), []byte("1")}
			v[name] = []byte(want[n])
			return v
		}())
		if !bytes.Equal(r.Image.JSON, img.JSON) || !bytes.Equal(r.Image.Key, img.Key) || string(r.ParentRoot) != fmt.Sprint(1000+n+chunk) {
			t.Errorf("row %d of %d bytes is %.60q with the key %q and the parent %q", n, len(want[n]), r.Image.JSON, r.Image.Key, r.ParentRoot)
		}
	}
}
