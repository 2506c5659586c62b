package capture

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/snapshot"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/capture/stream"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// keepRequests is how long a request and its answer stay for people to see.
const keepRequests = 7 * 24 * time.Hour

// CheckRequest says what is wrong with a request; captures tells which tables are captured.
func CheckRequest(r change.SnapshotRequest, captures func(magento.Table) bool) error {
	_, err := jobOf(r, captures)
	return err
}

// Asked reports whether a configuration asks for a table. The shop may lack it even so.
func (c Config) Asked(t magento.Table) bool {
	return t.Group == magento.Always || slices.Contains(c.AlsoCapture, t.Group)
}

// jobOf is what a request asks for.
func jobOf(r change.SnapshotRequest, captures func(magento.Table) bool) (job snapshot.Job, err error) {
	named := 0
	for _, given := range []bool{r.Table != "", r.Domain != "", r.Root != ""} {
		if given {
			named++
		}
	}
	switch {
	case named != 1:
		return job, errors.New("name one of a table, a domain and an entity")
	case r.Table != "":
		return tableJob(r, captures)
	case r.From != "" || r.To != "":
		return job, errors.New("a range of keys needs a table")
	case r.Root != "":
		return rootJob(r.Root, captures)
	}
	job.Of.Domain = r.Domain
	for _, t := range magento.InDomain(r.Domain) {
		if captures(t) {
			job.Tables = append(job.Tables, t)
		}
	}
	if len(job.Tables) == 0 {
		return job, domainRefused(r.Domain, captures)
	}
	return job, nil
}

func tableJob(r change.SnapshotRequest, captures func(magento.Table) bool) (job snapshot.Job, err error) {
	t, known := magento.ByName(r.Table)
	if !known || !captures(t) {
		return job, tableRefused(r.Table)
	}
	job.Of, job.Tables = change.Scope{Domain: t.Domain, Table: t.Name}, []magento.Table{t}
	if err := checkRange(t, r.From, r.To); err != nil {
		return job, err
	}
	if r.From != "" || r.To != "" {
		job.Some = func(t magento.Table) *snapshot.Some { return &snapshot.Some{Column: t.PK[0], From: r.From, To: r.To} }
	}
	return job, nil
}

// checkRange refuses a range of keys that has none: the server would read a text as the number 0
// where its column has numbers. Which column that is only the shop knows; all that a table may have
// are of one kind.
func checkRange(t magento.Table, from, to string) error {
	field := slices.IndexFunc(reflect.VisibleFields(t.Row), func(f reflect.StructField) bool { return f.Tag.Get("json") == t.PK[0] })
	if !reflect.VisibleFields(t.Row)[field].Type.ConvertibleTo(reflect.TypeFor[float64]()) {
		return nil
	}
	bounds := make([]*big.Int, 2)
	for i, text := range []string{from, to} {
		number, is := new(big.Int).SetString(text, 10)
		if bounds[i] = number; text != "" && !is {
			return fmt.Errorf("the keys of %s are numbers, and %q is none: write a range such as 1000..2000", t.Name, text)
		}
	}
	if from != "" && to != "" && bounds[0].Cmp(bounds[1]) > 0 {
		return fmt.Errorf("there is no key from %s to %s: write the lower one first", from, to)
	}
	return nil
}

// rootJob reads the rows of one aggregate.
func rootJob(root change.Root, captures func(magento.Table) bool) (job snapshot.Job, err error) {
	kind, id, _ := strings.Cut(string(root), "/")
	var kinds []string
	for _, t := range magento.Tables {
		if !captures(t) || t.Root.Kind == "" {
			continue
		}
		if !slices.Contains(kinds, t.Root.Kind) {
			kinds = append(kinds, t.Root.Kind)
		}
		if t.Root.Kind == kind {
			job.Of.Domain, job.Tables = t.Domain, append(job.Tables, t)
		}
	}
	if _, number := root.Number(); len(job.Tables) == 0 || id == "" || !number && kind != change.AggregateStock {
		return job, entityRefused(root, kinds)
	}
	job.Some = func(t magento.Table) *snapshot.Some {
		if t.Root.Parent != "" {
			return &snapshot.Some{Column: t.Root.ParentRoot, OfParent: true, From: id, To: id}
		}
		return &snapshot.Some{Column: t.Root.Column, From: id, To: id}
	}
	return job, nil
}

// A requester takes the snapshots that people ask for, and reads what the stream wants, one
// after the other.
type requester struct {
	stage    *Stage
	db       *source.Database
	streamer *stream.Streamer
	shots    *snapshot.Snapshotter
	out      stream.Producer
	// before are the snapshots that earlier sessions have finished, by the id of who asked.
	before map[string]change.Progress
}

// run answers requests until ctx ends.
func (q *requester) run(ctx context.Context) error {
	s := q.stage
	state, err := s.Topics.ReadSourceState(ctx, s.Names, s.Config.Name)
	if err != nil {
		return err
	}
	q.before = finishedIn(state)
	reader := &topic.RequestReader{Client: s.Topics, Names: s.Names, Source: s.Config.Name, Pipeline: state.Pipeline}
	for {
		requests, err := reader.Read(ctx)
		if err != nil {
			return err
		}
		if err := q.forget(ctx, requests); err != nil {
			return err
		}
		for _, r := range requests.Open() {
			if err := q.take(ctx, r); err != nil {
				return err
			}
		}
		if err := q.readWanted(ctx); err != nil {
			return fmt.Errorf("read carts that are negotiated: %w", err)
		}
		if !sleep(ctx, s.clocks.requests) {
			return ctx.Err()
		}
	}
}

// finishedIn are the finished snapshots of the epoch, by the id of who asked.
func finishedIn(state topic.SourceState) map[string]change.Progress {
	all := map[string]change.Progress{}
	for _, p := range append(slices.Collect(maps.Values(state.Progress)), slices.Collect(maps.Values(state.Tables))...) {
		if p.Done && p.Request != "" && p.Epoch == state.Checkpoint.Epoch {
			all[p.Request] = p
		}
	}
	return all
}

// do reads what a request asks for, or returns what was read where the snapshot that it asked
// for was under way when a session ended, and is finished by now. It returns a DoubtError, and
// has read nothing, where that would take away what may be true.
func (q *requester) do(ctx context.Context, r change.SnapshotRequest, job snapshot.Job) (p change.Progress, err error) {
	if p, ok := q.shots.Finished(r.ID); ok {
		return p, nil
	}
	if p, ok := q.before[r.ID]; ok {
		return p, nil
	}
	if err := q.doubt(ctx, r, job); err != nil {
		return p, err
	}
	return q.shots.Do(ctx, job)
}

// take does what a request asks for. One that cannot be done is answered with the reason.
func (q *requester) take(ctx context.Context, r change.SnapshotRequest) error {
	job, err := jobOf(r, q.db.Captures)
	if err != nil {
		err = q.stage.Config.refusal(r, err, q.db.Lacks)
	}
	for _, t := range job.Tables {
		if err == nil {
			_, err = q.db.Layout(ctx, t)
		}
	}
	if err != nil {
		return q.answer(ctx, r, change.SnapshotAnswer{Done: true, Problem: problemOf(err)})
	}
	q.stage.Log.Info().Str("request", r.ID).Str("of", r.What()).Msg("a snapshot was asked for")
	column := keyColumn(r, q.db.AsKept)
	job.Report = func(p change.Progress) { // it is told again a moment later when this is lost
		_ = q.answer(ctx, r, change.SnapshotAnswer{Rows: p.Rows, Read: p.Read, ReadMS: p.ReadMS, Column: column})
	}
	job.Request = r.ID
	p, failed := q.do(ctx, r, job)
	var doubt *source.DoubtError
	if failed != nil && (ctx.Err() != nil || job.Some == nil && !errors.As(failed, &doubt)) {
		return failed // the next session goes on with it
	}
	answer := change.SnapshotAnswer{Done: true, Rows: p.Rows, Read: p.Read, ReadMS: p.ReadMS, Column: column}
	if failed != nil {
		answer.Problem = firstLine(failed)
	}
	err = q.streamer.RunAtBoundary(ctx, position.Position{}, func(ctx context.Context) error {
		if r.Root != "" && failed == nil {
			q.streamer.Compare(job.Of.Domain, r.Root)
		}
		return q.streamer.Sync(ctx)
	})
	if err != nil {
		return err
	}
	return q.answer(ctx, r, answer)
}

// problemOf is why a request is not done, with what to do where a table is not there.
func problemOf(err error) string {
	var missing *source.MissingError
	if errors.As(err, &missing) {
		return firstLine(err) + ": restore it and ask again; nothing is deleted until it is back"
	}
	return firstLine(err)
}

// keyColumn is the column that a request's range bounds, where the shop's own primary key begins
// with another than is usual; "" where it does not.
func keyColumn(r change.SnapshotRequest, asKept func(magento.Table) magento.Table) string {
	t, known := magento.ByName(r.Table)
	if !known || r.From == "" && r.To == "" || asKept(t).PK[0] == t.PK[0] {
		return ""
	}
	return asKept(t).PK[0]
}

// doubt returns a DoubtError when a request would take away rows that went from the shop without
// a word in the log. A range of keys takes none away; an entity's rows are compared with the shop.
func (q *requester) doubt(ctx context.Context, r change.SnapshotRequest, job snapshot.Job) error {
	if r.From != "" || r.To != "" {
		return nil
	}
	var filled []string
	err := q.streamer.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		filled = q.streamer.Filled()
		return nil
	})
	if err != nil {
		return err
	}
	filled = slices.DeleteFunc(filled, func(name string) bool {
		return !slices.ContainsFunc(job.Tables, func(t magento.Table) bool { return t.Name == name })
	})
	return q.stage.doubt(ctx, q.db, resumePoint{checkpoint: change.Checkpoint{Filled: filled}})
}

func (q *requester) answer(ctx context.Context, r change.SnapshotRequest, a change.SnapshotAnswer) error {
	record, err := topic.AnswerRecord(q.stage.Config.Name, r.ID, a)
	if err != nil {
		return err
	}
	if _, err := q.out.Produce(ctx, q.stage.Names.Offsets(), 0, []topic.Record{record}); err != nil {
		return fmt.Errorf("answer a request for a snapshot: %w", err)
	}
	return nil
}

// forget drops requests that were done long ago.
func (q *requester) forget(ctx context.Context, requests topic.Requests) error {
	for id, r := range requests.Asked {
		if !requests.Answered[id].Done || time.Since(time.UnixMilli(r.AtMS)) < keepRequests {
			continue
		}
		records, err := topic.ForgetRequest(q.stage.Config.Name, id)
		if err != nil {
			return err
		}
		if _, err := q.out.Produce(ctx, q.stage.Names.Offsets(), 0, records); err != nil {
			return fmt.Errorf("forget a request for a snapshot: %w", err)
		}
	}
	return nil
}
