package sink

import (
	"context"
	"errors"
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

// A BrokenRecordError stops the stage: a record of a canonical topic is not what
// the contract says, and nothing behind it may be passed over.
type BrokenRecordError struct {
	At  topic.Coordinates
	Err error
}

func (e *BrokenRecordError) Error() string {
	return fmt.Sprintf("record %s does not decode: %v", e.At, e.Err)
}

func (e *BrokenRecordError) Unwrap() error { return e.Err }

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
		var broken *BrokenRecordError
		if ctx.Err() != nil || errors.As(err, &broken) {
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
	}
	for {
		batch, err := in.topics.Fetch(ctx, a.Topic, a.Partition, offset, fetchWait)
		if err != nil {
			return err
		}
		offset = batch.Next
		if len(batch.Records) == 0 {
			continue
		}
		if err := in.put(ctx, a, kind, batch.Records); err != nil {
			return err
		}
		if err := a.Commit(offset); err != nil {
			return fmt.Errorf("commit offset of %s/%d: %w", a.Topic, a.Partition, err)
		}
	}
}

func (in *intake) put(ctx context.Context, a topic.Assignment, kind canonical.Kind, records []topic.Record) error {
	newest := map[canonical.ID]int{}
	var entities []postgres.Entity
	for _, r := range records {
		if r.Value == nil {
			continue // deletion is a state; a tombstone only ends what is kept in Kafka
		}
		e, err := entityOf(kind, r.Value)
		if err != nil {
			return &BrokenRecordError{topic.Coordinates{Topic: a.Topic, Partition: a.Partition, Offset: r.Offset}, err}
		}
		n, seen := newest[e.ID]
		switch {
		case !seen:
			newest[e.ID] = len(entities)
			entities = append(entities, e)
		case !e.Version.Before(entities[n].Version):
			entities[n] = e
		}
	}
	at := postgres.PartitionMark{Topic: a.Topic, Partition: a.Partition, Mark: topic.After(records[len(records)-1])}
	changed, err := in.db.Put(ctx, entities, at)
	if err != nil {
		return err
	}
	if changed > 0 {
		in.metrics.entities.WithLabelValues(string(kind)).Add(float64(changed))
		in.taken()
	}
	return nil
}

// entityOf reads a record's value as far as its row needs it.
func entityOf(kind canonical.Kind, value []byte) (postgres.Entity, error) {
	decoded, err := canonical.Decode(kind, value)
	if err != nil {
		return postgres.Entity{}, err
	}
	h := decoded.Head()
	e := postgres.Entity{
		Source: h.Source.Name, ID: decoded.ID(), WebsiteID: h.WebsiteID, StoreID: h.StoreID,
		Version: h.Version, Deleted: h.Deleted, Body: value,
	}
	if e.Source == "" || h.MagentoEntityID == 0 || h.Version.IsZero() {
		return e, errors.New("source, magento_entity_id or version is missing")
	}
	switch x := decoded.(type) {
	case *canonical.Invoice:
		e.OrderID, e.CustomerID = x.OrderID, x.Customer.MagentoID
	case *canonical.CreditMemo:
		e.OrderID, e.CustomerID = x.OrderID, x.Customer.MagentoID
	case *canonical.Customer:
		e.CustomerID = x.MagentoEntityID
	default:
		return e, fmt.Errorf("intake knows no columns of a %T", decoded)
	}
	return e, nil
}
