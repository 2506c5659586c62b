package transform

import (
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/transform/state"
)

// TestOnlyWhatComesLateIsHeldAgainstWhatIsKnown has a partition know a row of version 20, and then
// meet one that is older. Of what is not late the newest is found when it is read, and the root is
// assembled at the worst; of reference data a row that changes nothing must make no new view.
func TestOnlyWhatComesLateIsHeldAgainstWhatIsKnown(t *testing.T) {
	const lateFrom = 15 // with the marker, the oldest version that is not late
	const known, other = `{"entity_id":1}`, `{"entity_id":2}`
	for name, c := range map[string]struct {
		domain  change.Domain
		pk      string
		version uint64
		kept    bool
		stands  uint64 // the version that is found afterwards; 0 is none
	}{
		"an older state of reference data":        {change.Reference, known, 19, false, 20},
		"a newer one":                             {change.Reference, known, 21, true, 21},
		"reference data that nobody knows":        {change.Reference, other, 1, true, 1},
		"an older state that is not late":         {change.Sales, known, lateFrom, true, 20},
		"a newer state":                           {change.Sales, known, 21, true, 21},
		"a late state of a row that is known":     {change.Sales, known, lateFrom - 1, false, 20},
		"a row that nobody knows":                 {change.Sales, other, lateFrom, true, lateFrom},
		"a late row that may have been forgotten": {change.Sales, other, lateFrom - 1, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := state.Open(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			s := scan{store: db.Partition(c.domain, 0), place: place{domain: c.domain}}
			b := s.store.Begin()
			defer b.Close()
			row := state.Row{Root: "order/1", Table: "sales_order", PK: known, Version: version(20), Value: []byte("{}")}
			if err := b.Add(row); err != nil {
				t.Fatal(err)
			}
			s.state.LastMarkerThisScan = version(lateFrom + change.MostUnsaved)
			row.PK, row.Version = c.pk, version(c.version)
			kept, err := s.put(b, row)
			if err != nil || kept != c.kept {
				t.Errorf("kept is %v, %v, want %v", kept, err, c.kept)
			}
			got, found, err := b.FindRow(row.Root, row.Table, row.PK)
			if want := version(c.stands); err != nil || found != (c.stands != 0) || found && got.Version != want {
				t.Errorf("version %v stands (%v, %v), want %v", got.Version, found, err, want)
			}
		})
	}
}
