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

// A row's image may just fit into its block, and the root of its parent not.
func TestARowWhoseParentsRootDoesNotFitKeepsItsImage(t *testing.T) {
	table, _ := magento.ByName("sales_invoice_item")
	layout, err := row.NewLayout(table, map[string]row.Kind{"entity_id": row.Integer, "parent_id": row.Integer, "name": row.Text})
	if err != nil {
		t.Fatal(err)
	}
	of := func(size int, fill byte) [][]byte {
		values := [][]byte{nil, nil, nil, []byte("4294967295")}
		for i, c := range layout.Columns {
			if values[i] = []byte("1"); c.Name == "name" {
				values[i] = bytes.Repeat([]byte{fill}, size)
			}
		}
		return values
	}
	empty, _ := layout.AppendSelected(nil, of(0, 'a'))
	alone := 0 // rows whose image is in the block, and their parent's root is not
	for size := keptBlock - len(empty) - 20; size <= keptBlock-len(empty)+1; size++ {
		var kept keeper
		kept.keep(layout, of(size, 'a'))
		image, key := string(kept.rows[0].Image.JSON), string(kept.rows[0].Image.Key)
		if used := len(kept.blocks[0]); used > 0 && used < len(empty)+size+10 {
			alone++
		}
		kept.keep(layout, of(100, 'b'))
		kept.keep(layout, of(keptBlock/2, 'c'))
		if r := kept.rows[0]; string(r.Image.JSON) != image || string(r.Image.Key) != key || string(r.ParentRoot) != "4294967295" {
			t.Fatalf("a row with a name of %d bytes was overwritten by the next ones", size)
		}
	}
	if alone != 10 {
		t.Errorf("the parent's root alone does not fit for %d sizes, want for each of its ten bytes", alone)
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
