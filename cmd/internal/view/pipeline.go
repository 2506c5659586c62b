package view

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/plan"
)

// A Pipeline is how far capture, transform and sink are.
type Pipeline struct {
	Source    string     `json:"source"`
	Position  *Position  `json:"position"` // null before capture's first
	Snapshots []Snapshot `json:"snapshots"`
	Requests  []Request  `json:"requests,omitempty"` // snapshots that were asked for and are not done
	Lags      []Lag      `json:"lags"`
	Stages    []Stage    `json:"stages"`
	// Checkpoint is what Position is of; nil before the first.
	Checkpoint *change.Checkpoint `json:"-"`
}

// A Position is where capture stands in the source's log.
type Position struct {
	GTID    string         `json:"gtid,omitempty"`
	File    string         `json:"file"`
	Pos     uint64         `json:"pos"`
	Version change.Version `json:"version"`
	Time    time.Time      `json:"time"` // commit time of the last transaction
}

// A Snapshot is how far the snapshot of a domain has come, or of a table of it.
type Snapshot struct {
	Domain change.Domain `json:"domain"`
	Table  string        `json:"table,omitempty"` // "" is all of the domain's
	Begun  bool          `json:"begun"`
	Done   bool          `json:"done"`
	Tables []string      `json:"tables,omitempty"` // that are being read
	Rows   int64         `json:"rows"`             // published
	// Read are the rows read, and Expected is the server's own estimate of all.
	Read     int64 `json:"read"`
	Expected int64 `json:"expected"`
	// RowsPerSecond is over the whole snapshot, and SecondsLeft is by it and Expected; null
	// where that cannot be told.
	RowsPerSecond int64  `json:"rows_per_second"`
	SecondsLeft   *int64 `json:"seconds_left"`
}

// A Request is a snapshot that somebody has asked for.
type Request struct {
	ID   string    `json:"id"`
	Of   string    `json:"of"` // "sales_order 1000..2000"
	At   time.Time `json:"at"`
	Read int64     `json:"read"`
}

func snapshotOf(of change.Scope, p change.Progress) Snapshot {
	s := Snapshot{Domain: of.Domain, Table: of.Table, Begun: !p.Begin.IsZero(), Done: p.Done, Rows: p.Rows, Read: p.Read, Expected: p.Expected, RowsPerSecond: p.Rate()}
	for _, part := range p.Parts {
		s.Tables = append(s.Tables, part.Table)
	}
	if ms, known := p.LeftMS(); known {
		seconds := ms / 1000
		s.SecondsLeft = &seconds
	}
	return s
}

// A Lag is how many records of a topic a stage has not read. That is null while the stage
// does not work: nothing behind a stage that is dead is no good news.
type Lag struct {
	Stage   string `json:"stage"`
	Topic   string `json:"topic"`
	Records *int64 `json:"records"`
	Seconds *int64 `json:"seconds"` // age of the oldest of them, 0 when there is none; null as Records
}

// ReadPipeline asks the topics about a source, and shows of Stages those that are named. It
// asks no process, so the answer is the same wherever the stages run, and nothing about the
// group of a stage that is not shown.
func ReadPipeline(ctx context.Context, c *topic.Client, names topic.Names, source string, shown []string) (Pipeline, error) {
	p, err := readPipeline(ctx, c, names, source, shown)
	p.Stages = slices.DeleteFunc(p.Stages, func(s Stage) bool { return !slices.Contains(shown, s.Stage) })
	return p, err
}

// readPipeline leaves all stages in, because what one has not read is known only while capture
// works, too.
func readPipeline(ctx context.Context, c *topic.Client, names topic.Names, source string, shown []string) (Pipeline, error) {
	p := Pipeline{Source: source}
	state, err := c.ReadSourceState(ctx, names, source)
	if err != nil {
		return p, err
	}
	p.Stages = stagesOf(state.Heartbeats, time.Now())
	if !state.Known {
		return p, nil
	}
	p.take(state)
	for _, stage := range shown {
		for _, name := range readBy(stage, names) {
			if err := p.lag(ctx, c, names.Group(stage), stage, name); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// readBy are the topics that a stage reads; none of capture, which reads the source's log.
func readBy(stage string, names topic.Names) (all []string) {
	switch stage {
	case "transform":
		for _, d := range assembledDomains() {
			all = append(all, names.Raw(d))
		}
	case "sink":
		for _, kind := range plan.Kinds() { // no other is read by the sink
			all = append(all, names.Canonical(string(kind)))
		}
	}
	return all
}

// assembledDomains are those that entities are assembled of.
func assembledDomains() (all []change.Domain) {
	for _, info := range canonical.Kinds() {
		if !slices.Contains(all, info.Domain) {
			all = append(all, info.Domain)
		}
	}
	return all
}

func (p *Pipeline) take(state topic.SourceState) {
	at := state.Checkpoint
	p.Checkpoint = &at
	p.Position = &Position{GTID: at.GTID, File: at.File, Pos: at.Pos, Version: at.Version(), Time: time.UnixMilli(at.TSMS).UTC()}
	for _, d := range magento.Domains() {
		progress := state.Progress[d]
		if progress.Epoch != at.Epoch {
			progress = change.Progress{}
		}
		p.Snapshots = append(p.Snapshots, snapshotOf(change.Scope{Domain: d}, progress))
	}
	for _, r := range state.Requests.Open() {
		p.Requests = append(p.Requests, Request{r.ID, r.What(), time.UnixMilli(r.AtMS).UTC(), state.Requests.Answered[r.ID].Read})
	}
	for _, t := range magento.Tables {
		if progress, known := state.Tables[t.Name]; known && progress.Epoch == at.Epoch && !progress.Done {
			p.Snapshots = append(p.Snapshots, snapshotOf(change.Scope{Domain: t.Domain, Table: t.Name}, progress))
		}
	}
}

// lag adds what a group has not read of a topic; a topic that is not there yet has
// none.
func (p *Pipeline) lag(ctx context.Context, c *topic.Client, group, stage, name string) error {
	partitions, err := c.PartitionCount(ctx, name)
	if err != nil || partitions == 0 {
		return err
	}
	ends, err := c.EndOffsets(ctx, name, partitions)
	if errors.Is(err, topic.ErrUnknownTopic) {
		return nil
	}
	if err != nil {
		return err
	}
	read, err := c.GroupOffsets(ctx, group, name, partitions)
	if err != nil {
		return fmt.Errorf("lag of %s: %w", stage, err)
	}
	l := Lag{Stage: stage, Topic: name}
	if p.works("capture") && p.works(stage) {
		var records, seconds int64
		for i, end := range ends {
			from := min(max(read[i], 0), end)
			if from == end {
				continue
			}
			age, err := ageOf(ctx, c, name, i, from)
			if err != nil {
				return fmt.Errorf("lag of %s: %w", stage, err)
			}
			records, seconds = records+end-from, max(seconds, age)
		}
		l.Records, l.Seconds = &records, &seconds
	}
	p.Lags = append(p.Lags, l)
	return nil
}

// ageOf is how many seconds ago the first record from an offset on was written; 0 when
// compaction has left none.
func ageOf(ctx context.Context, c *topic.Client, name string, partition int, from int64) (int64, error) {
	batch, err := c.Fetch(ctx, name, partition, from, 0)
	switch {
	case errors.Is(err, topic.ErrOutOfRange): // it was deleted meanwhile
		return 0, nil
	case err != nil || len(batch.Records) == 0:
		return 0, err
	}
	return int64(max(0, time.Since(batch.Records[0].Time)).Seconds()), nil
}
