package snapshot

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// A range of wide rows is delivered in pieces, and a later session goes on behind the last.
func TestALedgerKnowsWhatIsLeftOfEveryRange(t *testing.T) {
	l := newLedger(change.Scope{Domain: change.Sales}, change.Progress{Epoch: 5})
	first, second := change.KeyRange{Until: []string{"10"}}, change.KeyRange{After: []string{"10"}, Until: []string{"20"}}
	l.begin("sales_order", []string{"20"})
	l.begin("sales_invoice", nil)
	l.open("sales_order", first)
	l.open("sales_order", second)
	l.deliver("sales_order", second, []string{"14"}, false, 4, 3)
	want := change.Progress{Epoch: 5, Rows: 3, Read: 4, Tables: []string{"sales_invoice"}, Parts: []change.Part{{
		Table: "sales_order", Until: []string{"20"}, Begun: []string{"20"},
		Open: []change.KeyRange{first, {After: []string{"14"}, Until: []string{"20"}}},
	}}}
	same := func(want change.Progress) {
		t.Helper()
		got := l.progress()
		got.ReadMS = 0
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the progress is (-want +got):\n%s", diff)
		}
	}
	same(want)
	l.deliver("sales_order", second, []string{"20"}, true, 6, 6)
	l.deliver("sales_order", first, nil, true, 0, 0)
	same(change.Progress{Epoch: 5, Rows: 9, Read: 10, Tables: []string{"sales_invoice", "sales_order"}, Parts: []change.Part{}})
}
