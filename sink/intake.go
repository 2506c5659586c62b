package sink

import (
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
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
	// steady is how long topics have to be read before another failure is a new one.
	steady = time.Minute
)

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
		err := in.await(ctx, topics)
		if err == nil {
			err = in.topics.Consume(ctx, topic.Group{ID: in.names.Group("sink"), Topics: topics}, func(ctx context.Context, a topic.Assignment) error {
				return in.read(ctx, a, partition[a.Topic])
			})
		}
		if ctx.Err() != nil {
			return err
		}
		if time.Since(began) > steady {
			in.failures.note("topics could not be read", "", nil)
		}
		in.failures.note("topics could not be read", "", err)
		sleep(ctx, interval)
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
	defer in.failures.health.Retire(loop)
	mark, err := in.db.Bookmark(ctx, a.Topic, a.Partition)
	if err != nil {
		return err
	}
	offset, believed, err := in.topics.VerifyBookmark(ctx, a.Topic, a.Partition, mark)
	if err != nil {
		return err
	}
	if !believed {
		in.log.Info().Str("topic", a.Topic).Int("partition", a.Partition).Int64("offset", offset).Msg("partition read from its beginning")
		if err := in.db.ForgetSetAside(ctx, a.Topic, a.Partition); err != nil {
			return err
		}
	}
	for {
		batch, err := in.topics.Fetch(ctx, a.Topic, a.Partition, offset, fetchWait)
		if err != nil {
			return err
		}
		if len(batch.Records) == 0 {
			offset = batch.Next
			in.failures.health.Prove(loop)
			continue
		}
		if err := in.put(ctx, a, kind, batch.Records); err != nil {
			return err
		}
		if err := a.Commit(batch.Next); err != nil {
			return fmt.Errorf("commit offset of %s/%d: %w", a.Topic, a.Partition, err)
		}
		offset = batch.Next
		in.failures.health.Prove(loop)
	}
}

// put keeps what is newest of each entity. A record that is not what the contract says is
// set aside with its place, so that those behind it pass.
func (in *intake) put(ctx context.Context, a topic.Assignment, kind canonical.Kind, records []topic.Record) error {
	at := postgres.PartitionMark{Topic: a.Topic, Partition: a.Partition, Mark: topic.After(records[len(records)-1])}
	newest := map[canonical.ID]int{}
	var entities []postgres.Entity
	for _, r := range records {
		if r.Value == nil {
			continue // deletion is a state; a tombstone only ends what is kept in Kafka
		}
		e, err := entityOf(kind, r)
		if err != nil {
			at.SetAside = append(at.SetAside, postgres.Refusal{Offset: r.Offset, Reason: err.Error()})
			continue
		}
		n, seen := newest[e.ID]
		switch {
		case !seen:
			newest[e.ID] = len(entities)
			entities = append(entities, e)
		case e.Follows(entities[n]):
			entities[n] = e
		}
	}
	taken, err := in.db.Put(ctx, entities, at)
	if err != nil {
		return err
	}
	in.note(at, kind, taken)
	return nil
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
