package transform

import (
	"errors"
	"slices"
	"testing"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/state"
)

const ofItems = "sales_invoice_item"

func TestASnapshotOfATableIsNewOnceAndNotBehindOneOfItsDomain(t *testing.T) {
	for name, c := range map[string]struct {
		state state.ScanState
		want  bool // that one which begins at 5 is new
	}{
		"the first":                               {state.ScanState{SnapshotDone: version(1)}, true},
		"one after that which ended":              {state.ScanState{Tables: tables(0, 4)}, true},
		"the one that ended, read again":          {state.ScanState{Tables: tables(0, 5)}, false},
		"the open one, read again":                {state.ScanState{Tables: tables(5, 0)}, true},
		"one that was begun again meanwhile":      {state.ScanState{Tables: tables(6, 0)}, false},
		"one before its domain's which ended":     {state.ScanState{SnapshotDone: version(6)}, false},
		"one before its domain's which is open":   {state.ScanState{SnapshotOpen: version(6)}, false},
		"one while that of another table is open": {state.ScanState{Tables: map[string]state.TableSnapshot{"sales_invoice": {Open: version(6)}}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := scan{state: c.state}
			if got := s.openSnapshot(change.Snapshot{Table: ofItems, Begin: version(5)}, 7); got != c.want {
				t.Errorf("new: %v, want %v", got, c.want)
			}
			if got := s.state.Tables[ofItems].Open == version(5); got != c.want {
				t.Errorf("open: %v, want %v", got, c.want)
			}
		})
	}
}

func tables(open, done uint64) map[string]state.TableSnapshot {
	var t state.TableSnapshot
	if open > 0 {
		t.Open = version(open)
	}
	if done > 0 {
		t.Done = version(done)
	}
	return map[string]state.TableSnapshot{ofItems: t}
}

// tableRecord begins or ends a snapshot of one table of the sales domain.
func tableRecord(kind, table string, n, begin uint64) topic.Record {
	r := snapshotRecord(kind, n, begin)
	r.Key = []byte(change.Scope{Domain: change.Sales, Table: table}.Key(kind))
	r.Value = []byte(`{"domain":"sales","table":"` + table + `","version":"` + version(n).String() + `","begin":"` + version(begin).String() + `"}`)
	return r
}

func TestASnapshotOfATableTakesTheRowsOfThatTableAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), append(invoiceRows(1, 1), invoiceRow(1, 1, nil))...)...)
	r := w.start(t.TempDir())
	r.settled()
	w.sales(
		tableRecord(change.KindSnapshotBegin, ofItems, 13, 13),
		rawRecord(version(14), invoiceRow(1, 2, nil)), markerRecord(version(14), version(11)),
	)
	r.settled()
	if got := w.types("invoice:1"); !slices.Equal(got, []string{"invoice.created"}) {
		t.Errorf("while the table's snapshot is open the events are %v, want no other", got)
	}
	w.sales(rawRecord(version(14), invoiceItemRow(1)), tableRecord(change.KindSnapshotEnd, ofItems, 15, 13))
	r.settled()
	if got := w.types("invoice:1"); !slices.Equal(got, []string{"invoice.created", "invoice.paid"}) {
		t.Errorf("behind its end the events are %v, want the payment: all but old items stay", got)
	}
	before := w.lines("invoice:1")
	w.sales(tableRecord(change.KindSnapshotBegin, ofItems, 20, 20), tableRecord(change.KindSnapshotEnd, ofItems, 21, 20))
	r.settled()
	if got := w.lines("invoice:1"); before != 1 || got != 0 {
		t.Errorf("the invoice has %d lines, and %d behind a snapshot that found none", before, got)
	}
}

// A session that ended in the middle of a table's snapshot may be followed by an epoch, which
// begins with one of the whole domain.
func TestTheBeginningOfADomainsSnapshotEndsThoseOfItsTables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	r := w.start(t.TempDir())
	r.settled()
	w.sales(tableRecord(change.KindSnapshotBegin, ofItems, 13, 13), snapshotRecord(change.KindSnapshotBegin, 20, 20))
	w.commit(21, append(orderRows(1), invoiceRows(1, 1)...)...)
	w.sales(snapshotRecord(change.KindSnapshotEnd, 22, 20), tableRecord(change.KindSnapshotEnd, ofItems, 23, 13))
	r.settled()
	if got := w.types("invoice:1"); !slices.Equal(got, []string{"invoice.created"}) {
		t.Errorf("the events are %v, want the creation", got)
	}
	if got := w.lines("invoice:1"); got != 1 {
		t.Errorf("the invoice has %d lines, want one: the old end removes nothing", got)
	}
}

// lines counts those of an invoice's newest record.
func (w *world) lines(id canonical.ID) (n int) {
	w.t.Helper()
	for _, e := range w.emissions() {
		if invoice, ok := e.entity.(*canonical.Invoice); ok && e.id == id {
			n = len(invoice.Lines)
		}
	}
	return n
}

func TestASnapshotOfATableOfALaterVersionIsNamedAndHasNoEffect(t *testing.T) {
	end := forgery{key: "snapshot_end/sales/sales_gift", kind: change.KindSnapshotEnd, version: "1.9", value: ofTable("sales_gift")}
	if e, err := end.effect(change.Sales); err != nil || e != (recordEffect{unknownTable: "sales_gift"}) {
		t.Errorf("the effect is %+v, %v", e, err)
	}
}

func TestTheSnapshotOfATableHealsWhatWasSetAsideOfItAlone(t *testing.T) {
	db, err := state.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	board := &health.Board{}
	s := newShelf(&Stage{metrics: newMetrics(nil), Log: zerolog.Nop(), Health: board}, db)
	key := func(table string) string { return `{"table":"` + table + `","pk":{"entity_id":1}}` }
	for offset, k := range []string{key(ofItems), key("sales_invoice"), "no key", key(ofItems)} {
		at := topic.Coordinates{Topic: "t", Offset: int64(offset)}
		if err := s.setAside(&RecordError{at, k, errors.New("bad"), ""}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.healedTable(topic.Coordinates{Topic: "t", Offset: 3}, ofItems); err != nil {
		t.Fatal(err)
	}
	var left []int64
	for _, r := range board.Troubles()[0].Records {
		left = append(left, r.Offset)
	}
	slices.Sort(left)
	if !slices.Equal(left, []int64{1, 2, 3}) {
		t.Errorf("set aside are still %v, want all but the first", left)
	}
}

// Capture writes the beginning again in each session, with rows of the snapshot before it.
func TestABeginningThatIsWrittenAgainChangesNothing(t *testing.T) {
	open := state.TableSnapshot{Open: version(5), OpenedAt: 3}
	s := scan{state: state.ScanState{SnapshotOpen: version(4), SnapshotOpenedAt: 2, Tables: map[string]state.TableSnapshot{ofItems: open}}}
	for _, again := range []change.Snapshot{{Begin: version(4)}, {Table: ofItems, Begin: version(5)}} {
		if !s.openSnapshot(again, 9) {
			t.Errorf("%+v is not open", again)
		}
	}
	if s.state.SnapshotOpenedAt != 2 || s.state.Tables[ofItems] != open {
		t.Errorf("the domain's is open since %d, and the table's is %+v", s.state.SnapshotOpenedAt, s.state.Tables[ofItems])
	}
}
