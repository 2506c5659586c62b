package snapshot

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// TestRowsThatAreKeptAreNotWrittenOver keeps rows of all lengths out of values that are
// overwritten.
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
	var rows []row.SnapshotRow
	var want []string
	text, parent := make([]byte, 0, 2*keptBlock), make([]byte, 0, 20)
	for n, size := range []int{1, 100, 40_000, 10, 70_000, 10, 10, 300_000, 10, 60_000, 60_000, 60_000, 60_000, 60_000, 1} {
		text, parent = append(text[:0], bytes.Repeat([]byte{byte('a' + n)}, size)...), fmt.Append(parent[:0], 1000+n)
		values := [][]byte{[]byte("1"), []byte("1"), []byte("1"), parent}
		values[name] = text
		rows, want = append(rows, kept.keep(layout, values)), append(want, string(text))
	}
	for n, r := range rows {
		_, img := layout.AppendSelected(nil, func() [][]byte {
			v := [][]byte{[]byte("1"), []byte("1"), []byte("1")}
			v[name] = []byte(want[n])
			return v
		}())
		if !bytes.Equal(r.Image.JSON, img.JSON) || !bytes.Equal(r.Image.Key, img.Key) || string(r.ParentRoot) != fmt.Sprint(1000+n) {
			t.Errorf("row %d of %d bytes is %.60q with the key %q and the parent %q", n, len(want[n]), r.Image.JSON, r.Image.Key, r.ParentRoot)
		}
	}
	if r := kept.keep(layout, [][]byte{[]byte("1"), []byte("1"), []byte("x"), nil}); r.ParentRoot != nil {
		t.Errorf("without a parent there is the root %q", r.ParentRoot)
	}
}
