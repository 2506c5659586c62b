package reference

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// drawnRow is a row of an option, of a name or of a group, in some state.
func drawnRow(t *rapid.T, version uint64) Row {
	id := rapid.IntRange(1, 6).Draw(t, "id")
	created := rapid.Bool().Draw(t, "created")
	var r Row
	switch rapid.IntRange(0, 3).Draw(t, "table") {
	case 0:
		r = option(id)
	case 1:
		r = row("customer_group", fmt.Sprintf(`{"customer_group_id":%d,"customer_group_code":"G%d"}`, id, version))
	default:
		of := rapid.IntRange(1, 6).Draw(t, "of option")
		r = row("eav_attribute_option_value", fmt.Sprintf(`{"value_id":%d,"option_id":%d,"store_id":%d,"value":"N%d"}`, id, of, version%3, version))
	}
	switch rapid.IntRange(0, 4).Draw(t, "what") {
	case 0:
		r = removed(r)
	case 1:
		r.Value = []byte(`{"option_id":"none"`)
	}
	return at(version, created, r)
}

// TestRowsThatChangeGiveTheViewOfRowsThatWereAlwaysThere puts rows one after the other, looks at
// them in between, and compares with what their newest states give at once.
func TestRowsThatChangeGiveTheViewOfRowsThatWereAlwaysThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var live Rows
		newest := map[string]Row{}
		for n := range rapid.IntRange(1, 40).Draw(t, "rows") {
			r := drawnRow(t, uint64(n/2+1)) // two of a transaction
			live.Put(r)
			newest[r.id()] = r
			if rapid.IntRange(0, 3).Draw(t, "look") == 0 {
				if _, _, err := live.View(""); err != nil {
					t.Fatal(err)
				}
			}
		}
		var rows []Row
		for _, r := range newest {
			rows = append(rows, r)
		}
		want, wantMisfits, err := New(rows, "")
		got, misfits, failed := live.View("")
		if err != nil || failed != nil {
			t.Fatal(err, failed)
		}
		if diff := cmp.Diff(fmt.Sprint(wantMisfits), fmt.Sprint(misfits)); diff != "" {
			t.Errorf("misfits (-at once +live):\n%s", diff)
		}
		for id := range uint64(8) {
			a, _ := want.OptionLabels(id)
			b, _ := got.OptionLabels(id)
			if diff := cmp.Diff(a, b); diff != "" {
				t.Errorf("names of %d (-at once +live):\n%s", id, diff)
			}
		}
		if diff := cmp.Diff(want.fingerprints, got.fingerprints); diff != "" {
			t.Errorf("fingerprints (-at once +live):\n%s", diff)
		}
	})
}

// TestAViewDoesNotChangeWhenRowsDo holds on to a view.
func TestAViewDoesNotChangeWhenRowsDo(t *testing.T) {
	var rows Rows
	for _, r := range shop(option(49), label(49, 0, "Blue")) {
		rows.Put(r)
	}
	before, _, _ := rows.View("")
	rows.Put(at(2, false, label(49, 0, "Navy")))
	rows.Put(at(2, false, label(50, 0, "Red")))
	after, _, _ := rows.View("")
	for name, c := range map[string]struct {
		v    *View
		want map[int]string
	}{"before": {before, map[int]string{0: "Blue"}}, "after": {after, map[int]string{0: "Navy"}}} {
		if got, _ := c.v.OptionLabels(49); !cmp.Equal(got, c.want) {
			t.Errorf("%s it is called %v, want %v", name, got, c.want)
		}
	}
	if before.Fingerprint(change.AggregateProduct) == after.Fingerprint(change.AggregateProduct) {
		t.Error("products have the same fingerprint")
	}
}

// BenchmarkAChangedName measures what a name that changes costs among 100,000 options.
func BenchmarkAChangedName(b *testing.B) {
	var rows Rows
	for _, r := range shop() {
		rows.Put(r)
	}
	for id := range 1000 {
		rows.Put(row("eav_attribute", fmt.Sprintf(`{"attribute_id":%d,"entity_type_id":4,"attribute_code":"a%d"}`, 100+id, id)))
	}
	for id := range 100_000 {
		rows.Put(option(id))
		rows.Put(label(id, 0, "Blue"))
	}
	if _, _, err := rows.View(""); err != nil {
		b.Fatal(err)
	}
	n := uint64(1)
	for b.Loop() {
		n++
		rows.Put(at(n, false, label(int(n)%100_000, 0, "Navy")))
		if _, _, err := rows.View(""); err != nil {
			b.Fatal(err)
		}
	}
}
