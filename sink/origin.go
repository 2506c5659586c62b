package sink

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// A place is a partition of a canonical topic, with what its records must fit.
type place struct {
	topic      string
	partition  int
	partitions int // of the topic
	kind       canonical.Kind
	readBefore int64 // the offset below which a database that is lost had read
}

// origins tell what this pipeline has written from what somebody else has. Whoever may
// write to a topic can write what it likes; but a record that does not fit the contract, its
// partition or the source's own position is not transform's.
type origins struct {
	topics *topic.Client
	names  topic.Names

	mu     sync.Mutex
	states map[string]readState // by source
}

// A readState is the offsets topic as it was at a time.
type readState struct {
	topic.SourceState
	at time.Time
}

// state returns what the offsets topic holds of a source, read after a time at the
// earliest.
func (o *origins) state(ctx context.Context, source string, after time.Time) (topic.SourceState, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if s, ok := o.states[source]; ok && s.at.After(after) {
		return s.SourceState, nil
	}
	at := time.Now()
	s, err := o.topics.ReadSourceState(ctx, o.names, source)
	if err != nil {
		return s, err
	}
	if o.states == nil {
		o.states = map[string]readState{}
	}
	o.states[source] = readState{s, at}
	return s, nil
}

// pipeline says whose records carry an identity. fetched is when they came.
func (o *origins) pipeline(ctx context.Context, id string, fetched time.Time) (postgres.Pipeline, error) {
	p := postgres.Pipeline{ID: id, Prefix: o.names.Prefix}
	for _, after := range []time.Time{{}, fetched} {
		s, err := o.state(ctx, "", after)
		if err != nil {
			return p, err
		}
		if s.Pipeline == id && id != "" {
			return p, nil
		}
		if s.Pipeline == "" && !after.IsZero() {
			return p, fmt.Errorf("topic %s does not say whose topics these are: start capture, which makes it", o.names.Offsets())
		}
	}
	p.Past = true
	return p, nil
}

// examine reads a record and says why it is not taken. fetched is when it came.
func (o *origins) examine(ctx context.Context, at place, r topic.Record, past bool, fetched time.Time) (e postgres.Entity, why, err error) {
	e, root, why := entityOf(at.kind, r)
	if why == nil {
		why = fits(at, r, e, root)
	}
	if why != nil || past {
		return e, why, nil
	}
	for _, after := range []time.Time{{}, fetched} {
		s, err := o.state(ctx, e.Source, after)
		if err != nil {
			return e, nil, err
		}
		if why = reached(s, e.Version); why == nil {
			break
		}
	}
	return e, why, nil
}

// reached says why a version cannot be one of the source's own.
func reached(s topic.SourceState, v change.Version) error {
	switch {
	case !s.Known:
		return errors.New("its source is none that capture of this pipeline follows")
	case v.Above(s.Checkpoint.Version()):
		return errors.New("its version is above the one that the source has reached")
	}
	return nil
}

// fits holds a record against its own key and headers, and against its partition.
func fits(at place, r topic.Record, e postgres.Entity, root change.Root) error {
	info, err := at.kind.Info()
	if err != nil {
		return err
	}
	own := change.NewRoot(info.Aggregate, e.ID.Number())
	if info.Aggregate == change.AggregateOrder {
		own = change.NewRoot(info.Aggregate, e.OrderID)
	}
	switch {
	case string(r.Key) != string(e.ID):
		return errors.New("its key is not the id in its value")
	case r.Header(canonical.HeaderVersion) != e.Version.String():
		return errors.New("its version header is not the version in its value")
	case root != own:
		return errors.New("its root is not that of the order or customer in its value")
	case topic.Partition(root, at.partitions) != at.partition:
		return errors.New("it stands in another partition than its root belongs to")
	}
	return nil
}

// ReadAgain takes a record that was set aside, as intake would. It returns why it stays
// set aside, "" when it does not.
func ReadAgain(ctx context.Context, db *postgres.DB, topics *topic.Client, names topic.Names, r postgres.SetAside) (reason string, err error) {
	at := place{topic: r.Topic, partition: r.Partition}
	if at.kind, err = kindOf(names, r.Topic); err != nil {
		return "", err
	}
	if at.partitions, err = topics.PartitionCount(ctx, r.Topic); err != nil {
		return "", err
	}
	batch, err := topics.Fetch(ctx, r.Topic, r.Partition, r.Offset, fetchWait)
	if err != nil {
		return "", err
	}
	if len(batch.Records) == 0 || batch.Records[0].Offset != r.Offset || batch.Records[0].Value == nil {
		return "its topic does not hold it any more: mage2sage record skip", nil
	}
	record, o, now := batch.Records[0], &origins{topics: topics, names: names}, time.Now()
	pipeline, err := o.pipeline(ctx, record.Header(change.HeaderPipeline), now)
	if err != nil {
		return "", err
	}
	e, why, err := o.examine(ctx, at, record, pipeline.Past, now)
	if why != nil {
		return why.Error(), err
	}
	if err != nil {
		return "", err
	}
	reason, err = db.TakeAgain(ctx, r, e, pipeline)
	if errors.Is(err, postgres.ErrUnknownPipeline) {
		return postgres.ErrUnknownPipeline.Error(), nil
	}
	return reason, err
}

// kindOf is the kind of entity that a topic holds.
func kindOf(names topic.Names, name string) (canonical.Kind, error) {
	for _, k := range plan.Kinds() {
		if names.Canonical(string(k)) == name {
			return k, nil
		}
	}
	return "", fmt.Errorf("topic %s is none that the sink reads under the prefix %s of the config file; what transform has set aside it reads again whenever it starts", name, names.Prefix)
}
