package capture

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/capture/binlog"
	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/capture/stream"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// partitions is the pinned count of every domain.
func (s *Stage) partitions() map[change.Domain]int { return partitionsOf(s.Partitions) }

// ensureTopics makes the topics. It returns a topic.PartitionCountError when the
// source is pinned to another count.
func (s *Stage) ensureTopics(ctx context.Context) error {
	return s.Topics.Ensure(ctx, Needs(s.Names, s.Partitions, s.Replicas).Made())
}

// A resumePoint is where a session begins.
type resumePoint struct {
	checkpoint change.Checkpoint
	progress   map[change.Domain]change.Progress
	tables     map[string]change.Progress // of snapshots of single tables that are not done
	again      []change.Scope             // what has to be snapshotted again in the same epoch
	endOffsets map[change.Domain][]int64  // of every partition, now
	// layouts are the columns at the checkpoint of the tables of which they are known.
	layouts map[string][]row.Definition
	// published is the newest version in the topics behind what the checkpoint knows.
	published change.Version
	// untold are rows whose deletes the topics of their tables may lack.
	untold []stream.Gone
	// doubts are the tables whose log is passed over for a while.
	doubts map[string]binlog.Doubt
	// takenOver says that another server answers than the checkpoint's, and has to prove that
	// it has the same history.
	takenOver bool
	// resetReason is why a new epoch begins; "" when the saved checkpoint holds. doubtReason is
	// why single tables or domains are snapshotted again.
	resetReason, doubtReason string
}

// from is where the checkpoint's server stood.
func (p resumePoint) from() position.From {
	c := p.checkpoint
	from := position.From{GTID: c.GTID, At: position.Position{File: c.File, Pos: c.Pos}, Created: c.LogCreated, ByGTID: c.ByGTID}
	if p.takenOver {
		from.Again, from.Created = position.Transaction{GTID: c.Last, TSMS: c.TSMS, Before: c.Before}, 0
	}
	return from
}

// resumePoint compares what was saved with what Kafka and the server say. again is how
// the session before ended. Where a snapshot is going to be taken, the tables must not
// be in doubt: until they are not, nothing is saved and nothing published.
func (s *Stage) resumePoint(ctx context.Context, db *source.Database, out stream.Producer, again reset) (resumePoint, error) {
	state, err := s.Topics.ReadSourceState(ctx, s.Names, s.Config.Name)
	if err != nil {
		return resumePoint{}, err
	}
	p := resumePoint{
		checkpoint: state.Checkpoint, progress: map[change.Domain]change.Progress{}, tables: map[string]change.Progress{},
		endOffsets: map[change.Domain][]int64{},
	}
	for d, n := range s.partitions() {
		if pinned := state.Partitions(d); pinned != 0 && pinned != n {
			return resumePoint{}, &topic.PartitionCountError{Topic: s.Names.Raw(d), Have: pinned, Want: n}
		}
		if p.endOffsets[d], err = s.Topics.EndOffsets(ctx, s.Names.Raw(d), n); err != nil {
			return resumePoint{}, err
		}
	}
	if p.untold, err = s.untold(ctx, state.Checkpoint, p.endOffsets); err != nil {
		return p, err
	}
	p.checkpoint.Filled = without(p.checkpoint.Filled, again.explained)
	if err := s.judge(ctx, db, &p, state, again); err != nil {
		return p, err
	}
	if err := s.doubt(ctx, db, p); err != nil {
		return p, err
	}
	if p.resetReason != "" {
		if err := s.beginSettled(ctx, db, &p); err != nil {
			return p, err
		}
	}
	now, err := db.Definitions(ctx)
	if err != nil {
		return p, err
	}
	p.doubts = p.passedOver(now)
	p.settle(now)
	// It is saved before anything is published: a crash does not begin yet another epoch,
	// and a successor sees who may still be writing.
	p.checkpoint.Holder, p.checkpoint.Released = s.holder, false
	p.checkpoint.Captured = s.captured(db)
	return p, s.offsets(out).Save(ctx, p.checkpoint, p.againProgress())
}

// judge decides whether the saved checkpoint holds, and for which tables it does not.
func (s *Stage) judge(ctx context.Context, db *source.Database, p *resumePoint, state topic.SourceState, again reset) (err error) {
	whole := again.reason
	if again.table != "" {
		whole = ""
	}
	if whole == "" {
		whole = staleCheckpoint(state, p.endOffsets)
	}
	if whole == "" && !s.sameCaptured(state.Checkpoint.Captured, db) {
		whole = "other tables, columns or attributes are captured than before"
	}
	if whole == "" {
		if whole, err = s.lostTableTopic(ctx, db, state); err != nil {
			return err
		}
	}
	if whole == "" {
		if whole, err = p.otherHistory(ctx, db); err != nil {
			return err
		}
	}
	if whole == "" && p.takenOver && len(p.checkpoint.Doubts) > 0 {
		whole = "another server answers before the tables in doubt were read again"
	}
	if whole != "" {
		p.resetReason = cmp.Or(again.reason, whole)
		return nil
	}
	p.takeProgress(state)
	if p.published, err = s.publishedSince(ctx, p.checkpoint, p.endOffsets); err != nil {
		return err
	}
	if again.table == "" {
		return nil
	}
	narrow, err := p.doubtTable(ctx, db, again)
	if err != nil {
		return err
	}
	if narrow {
		p.doubtReason = again.reason
		return nil
	}
	p.resetReason = again.reason
	clear(p.progress)
	clear(p.tables)
	return nil
}

// takeProgress takes the progress of the checkpoint's epoch.
func (p *resumePoint) takeProgress(state topic.SourceState) {
	for d, progress := range state.Progress {
		if progress.Epoch == state.Checkpoint.Epoch {
			p.progress[d] = progress
		}
	}
	for table, progress := range state.Tables {
		if progress.Epoch == state.Checkpoint.Epoch && !progress.Done {
			p.tables[table] = progress
		}
	}
}

// doubt returns a DoubtError when the snapshot that is to be taken would find a table
// empty that had rows, or not at all, though the log has emptied it neither by a statement nor row by row: it was restored
// from an incomplete dump, or is being restored now.
func (s *Stage) doubt(ctx context.Context, db *source.Database, p resumePoint) error {
	var ahead, lacking []string
	for _, name := range without(p.checkpoint.Filled, s.Config.AcceptEmpty) {
		t, known := magento.ByName(name)
		if db.Lacks(t) {
			lacking = append(lacking, name)
		}
		progress := p.progress[t.Domain]
		_, alone := p.tables[name]
		if known && db.Captures(t) && (alone || !progress.Done && !slices.Contains(progress.Tables, name)) {
			ahead = append(ahead, name)
		}
	}
	empty, err := db.Empty(ctx, ahead)
	if err != nil {
		return err
	}
	if empty, err = s.unexplained(ctx, empty); err != nil { // the log may have told of each delete
		return err
	}
	if empty = append(empty, lacking...); len(empty) == 0 {
		return nil
	}
	return &source.DoubtError{
		Problem: "the tables " + strings.Join(empty, ", ") + " had rows and are empty or gone, and the log does not say why; nothing is deleted until they are back",
		Hint:    "restore them; or, if it is true, write source.accept_empty: [" + strings.Join(empty, ", ") + "], start again, and take it out afterwards",
	}
}

// without are the names that are not among others.
func without(names, others []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(others, n) })
}

// staleCheckpoint reports why capture cannot resume from the saved checkpoint, or ""
// if it can.
func staleCheckpoint(state topic.SourceState, endOffsets map[change.Domain][]int64) string {
	saved := state.Checkpoint
	switch {
	case !state.Known:
		return "nothing was captured of this source before"
	case saved.File == "":
		return "the last run met something that it could not read, or another writer"
	}
	for d, acknowledged := range saved.EndOffsets {
		for i, end := range acknowledged {
			if i < len(endOffsets[d]) && endOffsets[d][i] < end {
				return (&stream.LostRecordsError{Partition: fmt.Sprintf("%s/%d", d, i), Have: endOffsets[d][i], Want: end}).Error()
			}
		}
	}
	return ""
}

// beginEpoch begins a new epoch at the end of the server's log.
func (s *Stage) beginEpoch(ctx context.Context, db *source.Database, p *resumePoint) error {
	from, err := db.EndOfLog(ctx)
	if err != nil {
		return err
	}
	p.checkpoint = change.Checkpoint{
		Epoch: max(uint64(time.Now().UnixMilli()), p.checkpoint.Epoch+1), GTID: from.GTID, File: from.At.File, Pos: from.At.Pos,
		ByGTID: from.ByGTID, ServerID: db.Server.ID, ServerUUID: db.Server.UUID, TSMS: time.Now().UnixMilli(), Partitions: s.partitions(), EndOffsets: p.endOffsets,
		Filled: p.checkpoint.Filled,
	}
	return nil
}

func (s *Stage) offsets(out stream.Producer) *stream.OffsetsTopic {
	return &stream.OffsetsTopic{Out: out, Topic: s.Names.Offsets(), Source: s.Config.Name}
}
