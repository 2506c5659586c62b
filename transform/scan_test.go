package transform

import (
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/transform/state"
)

func marker(n, previous uint64) change.Commit {
	return change.Commit{Version: version(n), Previous: version(previous)}
}

func TestAMissedMarkerIsOneBetweenOursAndItsPredecessor(t *testing.T) {
	for name, c := range map[string]struct {
		last   change.Version
		marker change.Commit
		want   bool
	}{
		"the predecessor is ours":                 {version(11), marker(12, 11), false},
		"the predecessor is newer":                {version(11), marker(13, 12), true},
		"the predecessor is older":                {version(11), marker(12, 9), false},
		"nothing was read before":                 {change.Version{}, marker(13, 12), false},
		"the first marker names none":             {version(11), change.Commit{Version: version(12)}, false},
		"the predecessor is of a later epoch":     {version(11), change.Commit{Version: change.Version{Epoch: 2, Sequence: 2}, Previous: change.Version{Epoch: 2, Sequence: 1}}, false},
		"ours is the predecessor, an epoch began": {version(11), change.Commit{Version: change.Version{Epoch: 2, Sequence: 1}, Previous: version(11)}, false},
		"one was missed before an epoch began":    {version(11), change.Commit{Version: change.Version{Epoch: 2, Sequence: 1}, Previous: version(12)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := scan{state: state.ScanState{Marker: c.last}}
			if got := s.missedMarkerBefore(c.marker); got != c.want {
				t.Errorf("missed: %v, want %v", got, c.want)
			}
		})
	}
}

func TestAMarkerClosesItsTransactionAndNeverFalls(t *testing.T) {
	s := scan{state: state.ScanState{ScanID: 2, Marker: version(20)}}
	s.closeTransaction(marker(11, 10), 7)
	if s.state.Marker != version(20) || s.state.LastMarkerThisScan != version(11) || s.state.ClosedOffset != 8 {
		t.Errorf("after an older marker the state is %+v", s.state)
	}
	s.closeTransaction(marker(21, 20), 9)
	if s.state.Marker != version(21) || s.state.LastMarkerThisScan != version(21) || s.state.ClosedOffset != 10 {
		t.Errorf("after a newer marker the state is %+v", s.state)
	}
	for name, c := range map[string]struct {
		at   state.ScanOffset
		open bool
	}{
		"the row before the marker":            {state.ScanOffset{Scan: 2, Offset: 8}, false},
		"the row after the marker":             {state.ScanOffset{Scan: 2, Offset: 10}, true},
		"a row of the scan before":             {state.ScanOffset{Scan: 1, Offset: 10}, false},
		"a root that is due for other reasons": {state.ScanOffset{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := s.inOpenTransaction(c.at); got != c.open {
				t.Errorf("in an open transaction: %v, want %v", got, c.open)
			}
		})
	}
}

func TestASnapshotIsNewOnce(t *testing.T) {
	for name, c := range map[string]struct {
		open, done change.Version
		begin      uint64
		want       bool
	}{
		"the first":                           {change.Version{}, change.Version{}, 5, true},
		"one after that which ended":          {change.Version{}, version(4), 5, true},
		"the one that ended, read again":      {change.Version{}, version(5), 5, false},
		"one before that which ended":         {change.Version{}, version(6), 5, false},
		"the open one, read again":            {version(5), change.Version{}, 5, true},
		"one that was begun again meanwhile":  {version(6), change.Version{}, 5, false},
		"one that begins while another lasts": {version(4), change.Version{}, 5, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := scan{state: state.ScanState{SnapshotOpen: c.open, SnapshotDone: c.done}}
			if got := s.openSnapshot(change.Snapshot{Begin: version(c.begin)}, 7); got != c.want {
				t.Errorf("new: %v, want %v", got, c.want)
			}
			if c.want && s.state.SnapshotOpen != version(c.begin) {
				t.Errorf("open since %s, want %s", s.state.SnapshotOpen, version(c.begin))
			}
			if !c.want && s.state.SnapshotOpen != c.open {
				t.Errorf("open since %s, want still %s", s.state.SnapshotOpen, c.open)
			}
		})
	}
}

func TestRowsThatAScanHasNotSeenGoWhenTheTopicIsIntact(t *testing.T) {
	for name, c := range map[string]struct {
		until, last change.Version
		gone        bool
	}{
		"it came to the marker of the scan before":     {version(9), version(9), true},
		"it came further":                              {version(9), version(12), true},
		"it has not come as far":                       {version(9), version(8), false},
		"it has read no marker":                        {version(9), change.Version{}, false},
		"it came to another epoch":                     {version(9), change.Version{Epoch: 2, Sequence: 20}, false},
		"there was no scan before, or it is done with": {change.Version{}, version(12), false},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := state.Open(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			p := db.Partition(change.Sales, 0)
			b := p.Begin()
			defer b.Close()
			for id, seen := range map[change.Root]state.ScanID{"order/1": 1, "order/2": 2} {
				if _, err := b.Put(state.Row{Root: id, Table: "sales_order", PK: "1", Scan: seen, Value: []byte("{}")}); err != nil {
					t.Fatal(err)
				}
			}
			if err := b.Commit(); err != nil {
				t.Fatal(err)
			}
			s := scan{store: p, state: state.ScanState{ScanID: 2, RescanUntil: c.until, LastMarkerThisScan: c.last}}
			if err := s.removeUnseen(); err != nil {
				t.Fatal(err)
			}
			left := map[change.Root]bool{}
			if err := p.Rows(func(r state.Row) error { left[r.Root] = true; return nil }); err != nil {
				t.Fatal(err)
			}
			if left["order/1"] == c.gone || !left["order/2"] {
				t.Errorf("left are %v, want the unseen row gone: %v", left, c.gone)
			}
			if c.gone && !s.state.RescanUntil.IsZero() {
				t.Error("it is not done with")
			}
		})
	}
}

func TestAScanBegunAnewKnowsWhereTheOneBeforeEnded(t *testing.T) {
	s := scan{state: state.ScanState{ScanID: 3, Marker: version(9), LastMarkerThisScan: version(9), ClosedOffset: 40, SnapshotDone: version(2)}}
	s.begin(5)
	want := state.ScanState{ScanID: 4, Marker: version(9), RescanUntil: version(9), SnapshotDone: version(2)}
	want.Bookmark.Offset = 5
	if s.state.ScanID != want.ScanID || s.state.RescanUntil != want.RescanUntil || !s.state.LastMarkerThisScan.IsZero() ||
		s.state.ClosedOffset != 0 || s.state.Bookmark != want.Bookmark || s.state.Marker != want.Marker || !s.state.Complete() {
		t.Errorf("the state is %+v, want %+v", s.state, want)
	}
}

func TestDirtyRootsKeepTheirOrderAndTheirLastOffset(t *testing.T) {
	db, err := state.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p := db.Partition(change.Sales, 0)
	save := func(d *dirtyRoots) []state.Dirty {
		t.Helper()
		b := p.Begin()
		defer b.Close()
		if err := d.save(b, 2); err != nil {
			t.Fatal(err)
		}
		if err := b.Commit(); err != nil {
			t.Fatal(err)
		}
		all, err := p.DirtyAfter("", 10)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	d := dirtyRoots{limit: 2}
	d.add("order/2", 5)
	d.add("order/1", 6)
	d.add("order/2", 7)
	if d.order[0] != "order/2" || d.order[1] != "order/1" || d.tooMany() {
		t.Errorf("the order is %v, too many: %v", d.order, d.tooMany())
	}
	if got := save(&d); got[0].At.Offset != 6 || got[1].At.Offset != 7 || d.onDisk || !d.at["order/1"].saved {
		t.Errorf("saved are %+v, on disk alone: %v", got, d.onDisk)
	}
	d.add("order/3", 8)
	if got := save(&d); len(got) != 3 || !d.onDisk || len(d.order) != 0 || d.limit != 2 {
		t.Errorf("with one too many, saved are %+v and in memory %v", got, d.order)
	}
}
