package capture

import (
	"context"
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// Compaction of the raw topics: every state of a row is kept for a week, and a
// delete for two.
const (
	compactionLag   = 7 * 24 * time.Hour
	deleteRetention = 14 * 24 * time.Hour
)

// allDomains are those that have a topic, with or without tables as yet.
var allDomains = []change.Domain{change.Reference, change.Customer, change.Sales, change.Catalog}

// partitions is the pinned count of every domain.
func (s *Stage) partitions() map[change.Domain]int {
	all := map[change.Domain]int{}
	for _, d := range allDomains {
		all[d] = s.Partitions
	}
	all[change.Reference] = 1
	return all
}

// ensure makes the topics. It returns a topic.PartitionCountError when the source
// is pinned to another count.
func (s *Stage) ensure(ctx context.Context) error {
	specs := []topic.Spec{{Name: s.Names.Offsets(), Partitions: 1}}
	for d, n := range s.partitions() {
		specs = append(specs, topic.Spec{Name: s.Names.Raw(d), Partitions: n, MinCompactionLag: compactionLag, DeleteRetention: deleteRetention})
	}
	return s.Topics.Ensure(ctx, specs)
}

// A beginning is where a session starts.
type beginning struct {
	at       change.Checkpoint
	progress map[change.Domain]change.Progress
	ends     map[change.Domain][]int64
	// fresh says why a new epoch begins; empty when the saved position holds.
	fresh string
}

// begin holds what was saved against what Kafka and the server say. lost is why
// the session before found that the saved position is worth nothing, if it did.
func (s *Stage) begin(ctx context.Context, shop shop, who server, lost string) (beginning, error) {
	state, err := s.Topics.ReadSourceState(ctx, s.Names, s.Config.Name)
	if err != nil {
		return beginning{}, err
	}
	b := beginning{at: state.Checkpoint, progress: map[change.Domain]change.Progress{}, ends: map[change.Domain][]int64{}}
	for d, n := range s.partitions() {
		if pinned := state.Partitions(d); pinned != 0 && pinned != n {
			return beginning{}, &topic.PartitionCountError{Topic: s.Names.Raw(d), Have: pinned, Want: n}
		}
		if b.ends[d], err = s.Topics.EndOffsets(ctx, s.Names.Raw(d), n); err != nil {
			return beginning{}, err
		}
	}
	if b.fresh = staleness(state, b.ends, who, lost); b.fresh != "" {
		return b, s.renew(ctx, shop, who, &b)
	}
	for d, p := range state.Progress {
		if p.Epoch == state.Checkpoint.Epoch {
			b.progress[d] = p
		}
	}
	return b, nil
}

// staleness says why a saved position cannot be gone on from; empty when it can.
func staleness(state topic.SourceState, ends map[change.Domain][]int64, who server, lost string) string {
	at := state.Checkpoint
	switch {
	case lost != "":
		return lost
	case !state.Known:
		return "nothing was captured of this source before"
	case at.File == "":
		return "the last run met something that it could not read"
	case at.ServerID != who.serverID:
		return fmt.Sprintf("another server answers: its server_id is %d, and %d was captured", who.serverID, at.ServerID)
	}
	for d, saved := range at.EndOffsets {
		for i, end := range saved {
			if i < len(ends[d]) && ends[d][i] < end {
				return (&lostRecordsError{fmt.Sprintf("%s/%d", d, i), ends[d][i], end}).Error()
			}
		}
	}
	return ""
}

// renew begins a new epoch at the end of the server's log and saves it, so that a
// crash does not begin yet another.
func (s *Stage) renew(ctx context.Context, shop shop, who server, b *beginning) error {
	from, err := shop.endOfLog(ctx)
	if err != nil {
		return err
	}
	b.at = change.Checkpoint{
		Epoch: max(uint64(time.Now().UnixMilli()), b.at.Epoch+1), GTID: from.GTID, File: from.At.File, Pos: from.At.Pos,
		ServerID: who.serverID, TSMS: time.Now().UnixMilli(), Partitions: s.partitions(), EndOffsets: b.ends,
	}
	return s.book().save(ctx, b.at, nil)
}

func (s *Stage) book() *book {
	return &book{out: s.Topics, topic: s.Names.Offsets(), source: s.Config.Name}
}

// lanes are the partitions of all domains as they stand.
func (s *Stage) lanes(b beginning) map[change.Domain][]*lane {
	all := map[change.Domain][]*lane{}
	for d, n := range s.partitions() {
		for i := range n {
			l := &lane{topic: s.Names.Raw(d), partition: i, end: b.ends[d][i]}
			if markers := b.at.Markers[d]; i < len(markers) {
				l.marker = markers[i]
			}
			all[d] = append(all[d], l)
		}
	}
	return all
}

// place is where a position's server stood.
func place(at change.Checkpoint) position.Position {
	return position.Position{File: at.File, Pos: at.Pos}
}

// complete tells whether the snapshots of all domains are done.
func complete(progress map[change.Domain]change.Progress) bool {
	for _, d := range magento.Domains() {
		if !progress[d].Done {
			return false
		}
	}
	return true
}
