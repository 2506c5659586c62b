package transform

import (
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/transform/assemble"
	"github.com/mage2sage/mage2sage/transform/state"
)

// Rows that were deleted are kept for a while, because an older state of them may come after
// the deletion: capture publishes again what it had not saved, and a capture that slept may
// write once more what its successor has written. A deletion is forgotten when it is older than
// change.MostUnsaved transactions, and from then on it is the partition that knows late rows:
//
//   - capture writes versions in order and goes back by change.MostUnsaved at the most, so a row
//     that is older than that, seen from the newest marker of the scan, is none of its own doing.
//     If the store does not know it, it is left out (outdated), as if its deletion were known.
//   - A scan that begins anew knows no marker, and takes every row. It meets the deletions again
//     as well, before it is at its end, or compaction has taken both.
//   - Rows of a snapshot have the version at which they were delivered, which is none that
//     capture goes back behind. Rows that a lost topic gives back are older than the beginning of
//     the snapshot that then follows, and its end removes them.
//   - Another instance has a state of its own, with a marker of its own.
//
// Deletions that package assemble asks for are kept, and so are all while no snapshot has ended.

// forgetAtOnce bounds the deletions that are forgotten with one batch, so that a cron's clean-up
// delays nobody.
const forgetAtOnce = 5000

// outdated is the version below which capture writes no rows any more.
func (s *scan) outdated() change.Version {
	v := s.state.LastMarkerThisScan
	v.Sequence -= min(v.Sequence, change.MostUnsaved)
	return v
}

// put keeps a row unless a newer state of it is known, or was. Only a row that comes late is
// held against what is known before it is written; of any other, which is the newest is found
// when it is read, and kept is true: its root is assembled at the worst, and nothing emitted.
func (s *scan) put(b *state.Batch, row state.Row) (kept bool, err error) {
	if s.place.domain == change.Reference {
		return b.Put(row) // a name that an option has lost is remembered, and a new view is dear
	}
	if outdated := s.outdated(); row.Version.Before(outdated) {
		kept, err = b.PutNew(row, outdated)
	} else {
		kept, err = true, b.Add(row)
	}
	if err != nil || !kept {
		return kept, err
	}
	return true, s.forgetLater(b, row)
}

// forgetLater has a deletion that was kept forgotten in time.
func (s *scan) forgetLater(b *state.Batch, row state.Row) error {
	if !row.Deleted || s.place.domain == change.Reference || !assemble.Forgets(row.Table) {
		return nil
	}
	return b.ForgetLater(row)
}

// forget removes deletions that nothing older can follow.
func (s *scan) forget(b *state.Batch) error {
	if !s.state.Complete() {
		return nil
	}
	return b.Forget(s.outdated(), forgetAtOnce)
}
