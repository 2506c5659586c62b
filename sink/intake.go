package sink

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/crash"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

const (
	// fetchWait is how long the broker holds a fetch that finds nothing. A record that
	// comes is answered at once, so a longer wait would only let a stage that is told to
	// end wait longer.
	fetchWait = 500 * time.Millisecond
	// topicPoll is how often a stage that starts before transform looks for its topics.
	topicPoll = 300 * time.Millisecond
	// calm is how long nothing must have failed until the trouble counts as over: a
	// partition that fails is tried again each second, while others are read.
	calm = 5 * time.Second
	// steady is how long topics have to be read before another failure is a new one.
	steady = time.Minute
)

// notTaken is what is said while a source is taken from other topics than these.
const notTaken = "nothing of these topics is taken"

// An intake keeps the newest version of each entity. Kafka's group only says who reads
// which partition; how far a partition was read is in Postgres, with the entities.
type intake struct {
	db       *postgres.DB
	topics   *topic.Client
	names    topic.Names
	metrics  *metrics
	log      zerolog.Logger
	failures *failures
	taken    func() // a sync item may be due
	fetched  func() // told of each batch before it is kept; nil when nobody asks
	origins  *origins
	memory   *memory

	failed atomic.Pointer[time.Time] // when reading last failed; nil when that is over
}

// run reads all partitions that are assigned to this process until ctx ends. A
// broker that is gone for a while is waited for.
func (in *intake) run(ctx context.Context) error {
	var topics []string
	partition := map[string]canonical.Kind{}
	for _, k := range plan.Kinds() {
		name := in.names.Canonical(string(k))
		topics, partition[name] = append(topics, name), k
	}
	for {
		began := time.Now()
		in.failures.health.Expect(joining)
		err := in.await(ctx, topics)
		if err == nil {
			err = in.topics.Consume(ctx, in.group(topics), func(ctx context.Context, a topic.Assignment) error {
				return in.read(ctx, a, partition[a.Topic])
			})
		}
		if ctx.Err() != nil {
			return err
		}
		if time.Since(began) > steady {
			in.failures.note(unreadable, nil)
		}
		var other *postgres.OtherPrefixError
		if errors.As(err, &other) {
			in.failures.note(notTaken, other)
		} else {
			in.failures.note(unreadable, err)
		}
		failed := time.Now()
		in.failed.Store(&failed)
		sleep(ctx, interval)
	}
}

// group is the consumer group of the sink. Whoever joins it owes a sign of life until it is
// told which partitions are its own.
func (in *intake) group(topics []string) topic.Group {
	board := in.failures.health
	return topic.Group{
		ID: in.names.Group("sink"), Topics: topics,
		Joining: func() { board.Expect(joining) }, Joined: func() { board.Retire(joining) },
	}
}

// await returns when all topics exist: transform makes them.
func (in *intake) await(ctx context.Context, topics []string) error {
	for _, name := range topics {
		for {
			n, err := in.topics.PartitionCount(ctx, name)
			if err != nil {
				return err
			}
			if n > 0 {
				break
			}
			in.failures.health.Prove(joining)
			if sleep(ctx, topicPoll); ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return nil
}

// read copies one partition, batch after batch, from the bookmark, or from the
// beginning when the bookmark does not belong to this topic.
// An entity is in Postgres, with the bookmark, before the group's copy of the
// offset moves.
func (in *intake) read(ctx context.Context, a topic.Assignment, kind canonical.Kind) error {
	loop := fmt.Sprintf("%s/%d", a.Topic, a.Partition)
	in.failures.health.Expect(loop)
	defer in.failures.health.Retire(loop)
	if err := in.memory.compare(ctx); err != nil { // before the group is put back to the bookmark
		return err
	}
	from, err := in.begin(ctx, a)
	if err != nil {
		return err
	}
	place := place{topic: a.Topic, partition: a.Partition, partitions: from.partitions, kind: kind}
	// The group may be behind: a process that died may have kept entities and not said so.
	if place.readBefore, err = in.readBefore(ctx, a, from.offset); err != nil {
		return err
	}
	if err := a.Commit(from.offset); err != nil {
		return fmt.Errorf("commit offset of %s/%d: %w", a.Topic, a.Partition, err)
	}
	kept, ended, database := from.kept, int64(0), (*string)(nil)
	for offset := from.offset; ; {
		if in.memory.putBack(&database) {
			return fmt.Errorf("%w: the database was restored", topic.ErrGenerationEnded)
		}
		batch, err := in.topics.Fetch(ctx, a.Topic, a.Partition, offset, fetchWait)
		if err != nil {
			return err
		}
		fetched := time.Now()
		if len(batch.Records) == 0 {
			if kept.Offset < place.readBefore && batch.End > ended { // compaction has taken the last ones that were read before
				if err := in.db.NoteReadTo(ctx, a.Topic, a.Partition, batch.End); err != nil {
					return err
				}
				ended = batch.End
			}
			offset = batch.Next
			in.prove(loop)
			continue
		}
		for records := range byPipeline(batch.Records) {
			if kept, err = in.put(ctx, place, records, progress{kept, records[0].Offset < max(from.known, place.readBefore)}, fetched); err != nil {
				return err
			}
		}
		if err := a.Commit(kept.Offset); err != nil { // never ahead of Postgres, not by offsets without records either
			return fmt.Errorf("commit offset of %s/%d: %w", a.Topic, a.Partition, err)
		}
		offset = batch.Next
		in.prove(loop)
	}
}

// unreadable is what is logged, and stands on the board, while topics cannot be read.
const unreadable = "topics could not be read"

// prove says that a partition was read to its end, or a batch of it kept.
func (in *intake) prove(loop string) {
	in.failures.health.Prove(loop)
	if failed := in.failed.Load(); failed != nil && time.Since(*failed) > calm {
		in.failures.health.Clear(unreadable)
		in.failed.CompareAndSwap(failed, nil)
	}
}

// A progress is how far a partition was kept, and whether what follows was read before.
type progress struct {
	kept  topic.Bookmark
	again bool
}

// byPipeline cuts records where they are another pipeline's.
func byPipeline(records []topic.Record) iter.Seq[[]topic.Record] {
	return func(yield func([]topic.Record) bool) {
		for len(records) > 0 {
			n := 1
			for n < len(records) && records[n].Header(change.HeaderPipeline) == records[0].Header(change.HeaderPipeline) {
				n++
			}
			if !yield(records[:n]) {
				return
			}
			records = records[n:]
		}
	}
}

// put keeps what is newest of each entity, and returns the bookmark behind it. A record that
// is not what the contract says, or that transform cannot have written, is set aside with
// its place, so that those behind it pass. The records are of one pipeline. What was fetched
// before a sleep, while another process read on, is not taken: the generation has ended.
func (in *intake) put(ctx context.Context, at place, records []topic.Record, from progress, fetched time.Time) (kept topic.Bookmark, err error) {
	pipeline, err := in.origins.pipeline(ctx, records[0].Header(change.HeaderPipeline), fetched)
	if err != nil {
		return kept, err
	}
	mark := postgres.PartitionMark{
		Topic: at.topic, Partition: at.partition, From: from.kept, Mark: topic.After(records[len(records)-1]),
		Pipeline: pipeline, ReadAgain: from.again, ReadBefore: at.readBefore,
	}
	entities, refused, err := in.examine(ctx, at, records, mark, fetched)
	if err != nil {
		return kept, err
	}
	mark.SetAside = refused
	if in.fetched != nil {
		in.fetched()
	}
	taken, err := in.db.Put(ctx, entities, mark)
	if errors.Is(err, postgres.ErrUnknownPipeline) {
		for _, r := range records {
			refused = append(refused, postgres.Refusal{Offset: r.Offset, Reason: postgres.ErrUnknownPipeline.Error()})
		}
		mark.SetAside = refused
		taken, err = in.db.Put(ctx, nil, mark)
	}
	if errors.Is(err, postgres.ErrReadOn) {
		in.log.Info().Str("topic", at.topic).Int("partition", at.partition).Msg("another process has read on in this partition: it is asked for anew whose it is")
		return kept, fmt.Errorf("%w: %w", topic.ErrGenerationEnded, err)
	}
	if err != nil {
		return kept, err
	}
	crash.At(crash.SinkTaken)
	in.failures.note(notTaken, nil)
	in.note(mark, at.kind, taken)
	return mark.Mark, nil
}

// examine reads records, and keeps the newest of each entity. An older one behind it is set
// aside as one behind what is kept in Postgres would be.
func (in *intake) examine(ctx context.Context, at place, records []topic.Record, mark postgres.PartitionMark, fetched time.Time) (entities []postgres.Entity, refused []postgres.Refusal, err error) {
	newest := map[canonical.ID]int{}
	for _, r := range records {
		if r.Value == nil {
			continue // deletion is a state; a tombstone only ends what is kept in Kafka
		}
		e, why, err := in.origins.examine(ctx, at, r, mark.Pipeline.Past, fetched)
		if err != nil {
			return nil, nil, err
		}
		if why != nil {
			refused = append(refused, postgres.Refusal{Offset: r.Offset, Reason: why.Error()})
			continue
		}
		n, seen := newest[e.ID]
		switch {
		case !seen:
			newest[e.ID] = len(entities)
			entities = append(entities, e)
		case e.Follows(entities[n]):
			entities[n] = e
		case !mark.ReadAgain && e.OlderThan(entities[n]):
			refused = append(refused, postgres.Refusal{Offset: r.Offset, Reason: postgres.OlderVersion})
		}
	}
	return entities, refused, nil
}

// note counts and says what became of a batch.
func (in *intake) note(at postgres.PartitionMark, kind canonical.Kind, taken postgres.Taken) {
	for _, r := range taken.SetAside {
		in.metrics.setAside.WithLabelValues(string(kind)).Inc()
		in.log.Warn().Str("topic", at.Topic).Int("partition", at.Partition).Int64("offset", r.Offset).Str("reason", r.Reason).
			Str("hint", "mage2sage record list").Msg("record set aside")
	}
	if taken.New > 0 {
		in.metrics.entities.WithLabelValues(string(kind)).Add(float64(taken.New))
		in.taken()
	}
}
