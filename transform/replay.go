package transform

import (
	"context"
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// replayTold is how often a partition says how far a replay is.
const replayTold = time.Second

// replayAsked does the replays that were asked for and that the partition has not answered. A
// partition writes its canonical records itself, so that none of them comes between: a newer
// state is never followed by an older one.
func (p *partition) replayAsked(ctx context.Context) (stateFunc, error) {
	for _, request := range p.stage.orders.now().Open(p.assignment.Partition) {
		if p.replayed[request.ID] || request.Expired(time.Now()) || !slices.Contains(canonical.KindsOf(p.domain), canonical.Kind(request.Kind)) {
			continue
		}
		if next, err := p.replay(ctx, request); next != nil || err != nil {
			return next, err
		}
	}
	return nil, nil
}

// replay writes again what a request asks for. It goes back to open, and begins anew
// afterwards, when somebody else has written to the canonical partition.
func (p *partition) replay(ctx context.Context, request change.ReplayRequest) (stateFunc, error) {
	k, number := canonical.Kind(request.Kind), p.assignment.Partition
	name := p.stage.Names.Canonical(request.Kind)
	starts, ends, err := p.stage.Topics.Ranges(ctx, name, number+1)
	if err != nil {
		return nil, err
	}
	if ends[number] != p.scan.state.CanonicalEnds[k] {
		return p.open, nil
	}
	at, end := max(starts[number], request.FromOffset), ends[number]
	if request.ToOffset > 0 {
		end = min(end, request.ToOffset)
	}
	r := replay{p: p, b: p.begin(), request: request, kind: k, seen: map[canonical.ID]bool{}}
	defer r.b.close()
	for told := time.Now(); at < end; {
		fetched, err := p.stage.Topics.Fetch(ctx, name, number, at, p.stage.fetchWait)
		if err != nil {
			return nil, err
		}
		if err := r.take(fetched.Records, end); err != nil {
			return nil, err
		}
		if next, err := r.b.flush(ctx); next != nil || err != nil {
			return next, err
		}
		p.stage.Health.Prove(p.name())
		if at = fetched.Next; len(fetched.Records) == 0 && fetched.End >= end {
			break
		}
		if time.Since(told) > replayTold {
			told = time.Now()
			if err := p.answer(ctx, request, r.done); err != nil {
				return nil, err
			}
		}
	}
	r.done.Done = true
	if p.replayed == nil {
		p.replayed = map[string]bool{}
	}
	p.replayed[request.ID] = true
	p.log.Info().Str("of", request.What()).Int64("read", r.done.Read).Int64("emitted", r.done.Emitted).Msg("records were written again, as somebody asked for")
	return nil, p.answer(ctx, request, r.done)
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

// A replay is what is written again of one canonical partition.
type replay struct {
	p       *partition
	b       *batch
	request change.ReplayRequest
	kind    canonical.Kind
	seen    map[canonical.ID]bool // written again: an earlier replay may have left the same record twice
	done    change.ReplayAnswer
}

// take queues the records before end that were asked for.
func (r *replay) take(records []topic.Record, end int64) error {
	for i := range records {
		record := &records[i]
		if record.Offset >= end {
			break
		}
		r.done.Read++
		if record.Header(change.HeaderPipeline) != r.p.stage.pipeline || !r.asked(record) {
			continue
		}
		newest, err := r.newest(record)
		if err != nil {
			return err
		}
		if id := canonical.ID(record.Key); newest && !r.seen[id] {
			r.seen[id] = true
			r.done.Emitted++
			r.b.emit(r.kind, r.again(record))
		}
	}
	return nil
}

// asked reports whether a record is within the bounds of the request.
func (r *replay) asked(record *topic.Record) bool {
	q := r.request
	if q.Key != "" && q.Key != string(record.Key) {
		return false
	}
	if q.FromMS == 0 && q.ToMS == 0 {
		return true
	}
	at, err := time.Parse(time.RFC3339, record.Header(canonical.HeaderTime))
	return err == nil && at.UnixMilli() >= q.FromMS && (q.ToMS == 0 || at.UnixMilli() < q.ToMS)
}

// newest reports whether a record says what was emitted last of its entity. What does not
// decode was set aside when it was met first.
func (r *replay) newest(record *topic.Record) (bool, error) {
	out, ok, err := r.p.decodeEmitted(r.kind, record)
	if err != nil || !ok {
		return false, nil
	}
	known, found, err := r.b.rows.FindEmitted(out.root, out.emitted.ID)
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
