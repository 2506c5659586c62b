package transform

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// replayTold is how often a partition says how far a replay is.
const replayTold = time.Second

// replayTurn is how long a partition replays at a stretch: changes of the shop wait no longer
// than that behind a replay of a million entities.
const replayTurn = 200 * time.Millisecond

// replayStep is how many records are looked at before what they give is written: enough that a
// request to the broker is well filled.
const replayStep = 500

// replayAsked goes on with the replay that is under way, or begins one that was asked for and
// that the partition has not answered. A partition writes its canonical records itself, between
// those of what it reads, so that a newer state is never followed by an older one.
func (p *partition) replayAsked(ctx context.Context) (stateFunc, error) {
	for _, request := range p.stage.orders.now().Open(p.assignment.Partition) {
		if p.replaying != nil {
			break
		}
		if p.replayed[request.ID] || request.Expired(time.Now()) || !slices.Contains(canonical.KindsOf(p.domain), canonical.Kind(request.Kind)) {
			continue
		}
		if next, err := p.beginReplay(ctx, request); next != nil || err != nil {
			return next, err
		}
	}
	if p.replaying == nil {
		return nil, nil
	}
	return p.replaying.turn(ctx)
}

// beginReplay begins to write again what a request asks for. It goes back to open, and begins
// anew afterwards, when somebody else has written to the canonical partition.
func (p *partition) beginReplay(ctx context.Context, request change.ReplayRequest) (stateFunc, error) {
	k, number := canonical.Kind(request.Kind), p.assignment.Partition
	name := p.stage.Names.Canonical(request.Kind)
	starts, ends, err := p.stage.Topics.Ranges(ctx, name, number+1)
	if err != nil {
		return nil, err
	}
	if ends[number] != p.scan.state.CanonicalEnds[k] {
		return p.open, nil
	}
	r := &replay{p: p, request: request, kind: k, at: max(starts[number], request.FromOffset), end: ends[number], told: time.Now()}
	if request.ToOffset > 0 {
		r.end = min(r.end, request.ToOffset)
	}
	p.replaying = r
	return nil, p.store.ForgetOnce()
}

// answer says how far a replay is.
func (p *partition) answer(ctx context.Context, request change.ReplayRequest, answer change.ReplayAnswer) error {
	record, err := topic.ReplayAnswerRecord(p.stage.Source, request.ID, p.assignment.Partition, answer)
	if err != nil {
		return err
	}
	records := []topic.Record{record}
	topic.Stamp(records, p.stage.pipeline)
	_, err = p.stage.Topics.Produce(ctx, p.stage.Names.Offsets(), 0, records)
	return err
}

// A replay is what is written again of one canonical partition: of the offsets from at, which
// moves on, to end.
type replay struct {
	p       *partition
	request change.ReplayRequest
	kind    canonical.Kind
	at, end int64
	fetched []topic.Record // from at, those that were taken left out
	next    int64          // the at of what follows them
	done    change.ReplayAnswer
	told    time.Time // when it was last said how far it is
}

// turn replays for a while, and answers when there is no more.
func (r *replay) turn(ctx context.Context) (stateFunc, error) {
	for began := time.Now(); r.at < r.end; {
		if next, err := r.step(ctx); next != nil || err != nil {
			return next, err
		}
		if time.Since(r.told) > replayTold {
			r.told = time.Now()
			if err := r.p.answer(ctx, r.request, r.done); err != nil {
				return nil, err
			}
		}
		if time.Since(began) > cmp.Or(r.p.stage.replayTurn, replayTurn) && r.at < r.end {
			return nil, nil
		}
	}
	return nil, r.finish(ctx)
}

// step writes again what is asked for of the next records.
func (r *replay) step(ctx context.Context) (stateFunc, error) {
	if len(r.fetched) == 0 {
		if err := r.fetch(ctx); err != nil {
			return nil, err
		}
	}
	b := r.p.begin()
	defer b.close()
	n := min(len(r.fetched), replayStep)
	if err := r.take(b, r.fetched[:n]); err != nil {
		return nil, err
	}
	if next, err := b.flush(ctx); next != nil || err != nil {
		return next, err
	}
	r.p.stage.Health.Prove(r.p.name())
	if r.fetched = r.fetched[n:]; len(r.fetched) == 0 {
		r.at = r.next
	}
	return nil, nil
}

// fetch reads on. Compaction may have left nothing up to the end.
func (r *replay) fetch(ctx context.Context) error {
	p := r.p
	f, err := p.stage.Topics.Fetch(ctx, p.stage.Names.Canonical(r.request.Kind), p.assignment.Partition, r.at, p.stage.fetchWait)
	if err != nil {
		return err
	}
	if r.fetched, r.next = f.Records, f.Next; len(f.Records) == 0 && f.End >= r.end {
		r.next = r.end
	}
	return nil
}

// finish answers.
func (r *replay) finish(ctx context.Context) error {
	p := r.p
	r.done.Done = true
	if p.replayed == nil {
		p.replayed = map[string]bool{}
	}
	p.replayed[r.request.ID], p.replaying = true, nil
	if err := p.store.ForgetOnce(); err != nil {
		return err
	}
	p.log.Info().Str("of", r.request.What()).Int64("read", r.done.Read).Int64("emitted", r.done.Emitted).Msg("records were written again, as somebody asked for")
	return p.answer(ctx, r.request, r.done)
}

// take queues the records before the end that were asked for, each entity once: an earlier
// replay may have left the same record twice.
func (r *replay) take(b *batch, records []topic.Record) error {
	for i := range records {
		record := &records[i]
		if record.Offset >= r.end {
			break
		}
		r.done.Read++
		if record.Header(change.HeaderPipeline) != r.p.stage.pipeline || !r.asked(record) {
			continue
		}
		newest, err := r.newest(b, record)
		if err != nil {
			return err
		}
		if !newest {
			continue
		}
		if first, err := b.rows.Once(canonical.ID(record.Key)); err != nil || !first {
			if err != nil {
				return err
			}
			continue
		}
		r.done.Emitted++
		b.emit(r.kind, r.again(record))
	}
	return nil
}

// asked reports whether a record is within the bounds of the request.
func (r *replay) asked(record *topic.Record) bool {
	q := r.request
	if q.Key != "" && q.Key != string(record.Key) {
		return false
	}
	if q.FromMS == nil && q.ToMS == nil {
		return true
	}
	at, err := time.Parse(time.RFC3339, record.Header(canonical.HeaderTime))
	return err == nil && (q.FromMS == nil || at.UnixMilli() >= *q.FromMS) && (q.ToMS == nil || at.UnixMilli() < *q.ToMS)
}

// newest reports whether a record says what was emitted last of its entity. What does not
// decode was set aside when it was met first.
func (r *replay) newest(b *batch, record *topic.Record) (bool, error) {
	out, ok, err := r.p.decodeEmitted(r.kind, record)
	if err != nil || !ok {
		return false, nil
	}
	known, found, err := b.rows.FindEmitted(out.root, out.emitted.ID)
	return found && known.Version == out.emitted.Version && known.Hash == out.emitted.Hash, err
}

// again is the record as it was, with the time of the request, in the form in which values are
// written now: where a schema registry has come since, readers of old records can have theirs.
func (r *replay) again(record *topic.Record) topic.Record {
	headers := slices.DeleteFunc(slices.Clone(record.Headers), func(h topic.Header) bool { return h.Key == canonical.HeaderReplayed })
	when := time.UnixMilli(r.request.AtMS).UTC().Format(time.RFC3339)
	value := r.p.stage.written(r.kind, canonical.Text(record.Value))
	return topic.Record{Key: record.Key, Value: value, Headers: append(headers, topic.Header{Key: canonical.HeaderReplayed, Value: []byte(when)})}
}
