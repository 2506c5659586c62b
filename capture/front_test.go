package capture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// deleteRecords is Kafka's request of that name, which the client's library lacks.
type deleteRecords struct {
	Topics    []deleteTopic `kafka:"min=v0,max=v1"`
	TimeoutMs int32         `kafka:"min=v0,max=v1"`
}

type deleteTopic struct {
	Name       string            `kafka:"min=v0,max=v1"`
	Partitions []deletePartition `kafka:"min=v0,max=v1"`
}

type deletePartition struct {
	Partition int32 `kafka:"min=v0,max=v1"`
	Before    int64 `kafka:"min=v0,max=v1"`
}

type deletedRecords struct {
	ThrottleTimeMs int32          `kafka:"min=v0,max=v1"`
	Topics         []deletedTopic `kafka:"min=v0,max=v1"`
}

type deletedTopic struct {
	Name       string             `kafka:"min=v0,max=v1"`
	Partitions []deletedPartition `kafka:"min=v0,max=v1"`
}

type deletedPartition struct {
	Partition int32 `kafka:"min=v0,max=v1"`
	Start     int64 `kafka:"min=v0,max=v1"`
	ErrorCode int16 `kafka:"min=v0,max=v1"`
}

func (*deleteRecords) ApiKey() protocol.ApiKey  { return protocol.DeleteRecords }
func (*deletedRecords) ApiKey() protocol.ApiKey { return protocol.DeleteRecords }

// Broker is the one that a test has.
func (*deleteRecords) Broker(c protocol.Cluster) (protocol.Broker, error) {
	for _, b := range c.Brokers {
		return b, nil
	}
	return protocol.Broker{}, errors.New("no broker")
}

func init() { protocol.Register(&deleteRecords{}, &deletedRecords{}) }

// deleteBefore deletes the records of a partition before an offset, as kafka-delete-records
// does. Kafka refuses that of a topic that is compacted alone, so its policy is altered first.
func deleteBefore(t *testing.T, admin *kafka.Client, name string, partition int, before int64) {
	t.Helper()
	set(t, admin, name, "cleanup.policy", "compact,delete")
	res, err := admin.Transport.RoundTrip(t.Context(), admin.Addr, &deleteRecords{
		Topics: []deleteTopic{{name, []deletePartition{{int32(partition), before}}}}, TimeoutMs: 10_000,
	})
	if err != nil {
		t.Fatal(err)
	}
	if code := res.(*deletedRecords).Topics[0].Partitions[0].ErrorCode; code != 0 {
		t.Fatalf("delete records of %s/%d before %d: %v", name, partition, before, kafka.Error(code))
	}
}

// set alters a setting of a topic.
func set(t *testing.T, admin *kafka.Client, name, setting, value string) {
	t.Helper()
	config := kafka.IncrementalAlterConfigsRequestConfig{Name: setting, Value: value, ConfigOperation: kafka.ConfigOperationSet}
	altered, err := admin.IncrementalAlterConfigs(t.Context(), &kafka.IncrementalAlterConfigsRequest{Resources: []kafka.IncrementalAlterConfigsRequestResource{
		{ResourceType: kafka.ResourceTypeTopic, ResourceName: name, Configs: []kafka.IncrementalAlterConfigsRequestConfig{config}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := altered.Resources[0].Error; err != nil {
		t.Fatal(err)
	}
}

// watchedShop is a shop whose snapshot is complete, and the admin of its broker: the real
// one where the tests have it.
func watchedShop(t *testing.T) (*magentoShop, *running, *kafka.Client) {
	t.Helper()
	s := newShop(t, "m2_")
	s.oneOfEach(6)
	stage := &Stage{Config: s.config, Partitions: testPartitions, topicsCheck: 100 * time.Millisecond, Health: &health.Board{}}
	var admin *kafka.Client
	if brokers := os.Getenv("TESTENV_KAFKA"); brokers != "" {
		stage.Topics, stage.Names = newTopics(t)
		admin = &kafka.Client{Addr: kafka.TCP(strings.Split(brokers, ",")...), Transport: &kafka.Transport{}}
	} else {
		m := newMeddled(t)
		stage.Topics, stage.Names, admin = topic.Dial([]string{m.Addr}), topic.Names{Prefix: "front"}, m.admin
		t.Cleanup(stage.Topics.Close)
	}
	r := run(t, stage)
	r.snapshotDone()
	r.caughtUp(s)
	return s, r, admin
}

// begins is where a partition's beginning of the snapshot stands, and its end.
func (r *running) begins(d change.Domain, partition int) (begin, end int64) {
	r.t.Helper()
	_, err := r.stage.Topics.ReadAll(context.Background(), r.stage.Names.Raw(d), partition, func(rec topic.Record) error {
		if string(rec.Key) == change.SnapshotKey(change.KindSnapshotBegin, d) {
			begin = rec.Offset
		}
		end = rec.Offset + 1
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return begin, end
}

func TestRecordsThatWereDeletedFromTheFrontOfATopicComeBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		domain    change.Domain
		partition int
		away      bool // capture, meanwhile
	}{
		"sales":                            {change.Sales, 1, false},
		"customer":                         {change.Customer, 2, false},
		"reference":                        {change.Reference, 0, false},
		"sales, while capture was stopped": {change.Sales, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, r, admin := watchedShop(t)
			epoch := r.state().Checkpoint.Epoch
			begin, end := r.begins(c.domain, c.partition)
			if end < begin+3 {
				t.Fatalf("the partition has only offsets %d to %d", begin, end)
			}
			if c.away {
				r.halt()
			}
			deleteBefore(t, admin, r.stage.Names.Raw(c.domain), c.partition, begin+2)
			if c.away {
				r = run(t, r.stage)
			}
			until(t, "a new epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > epoch })
			r.snapshotDone()
			r.caughtUp(s)
			if rows := r.sameAsShop(s); rows == 0 {
				t.Error("the shop is empty")
			}
			if want := fmt.Sprintf("deleted those of %s/%d before %d", r.stage.Names.Raw(c.domain), c.partition, begin+2); !strings.Contains(r.log.String(), want) {
				t.Errorf("the log does not say that somebody has %s:\n%s", want, r.log)
			}
			if !r.whole(c.domain, c.partition) {
				t.Error("the next look would find the partition wanting again")
			}
		})
	}
}

// whole asks as the watch does when a partition's beginning has moved.
func (r *running) whole(d change.Domain, partition int) bool {
	r.t.Helper()
	whole, err := r.stage.wholeDomain(r.t.Context(), d, partition)
	if err != nil {
		r.t.Fatal(err)
	}
	return whole
}

// What stands before the beginning of the snapshot comes again behind it: a compaction that
// takes it costs no snapshot.
func TestTheFrontOfATopicMayGoUpToTheBeginningOfTheSnapshot(t *testing.T) {
	t.Parallel()
	_, r, admin := watchedShop(t)
	r.halt()
	begin, _ := r.begins(change.Sales, 1)
	deleteBefore(t, admin, r.stage.Names.Raw(change.Sales), 1, begin)
	if !r.whole(change.Sales, 1) {
		t.Error("the beginning of the snapshot is not enough")
	}
	deleteBefore(t, admin, r.stage.Names.Raw(change.Sales), 1, begin+1)
	if r.whole(change.Sales, 1) {
		t.Error("the beginning of the snapshot is gone, and nobody noticed")
	}
	r.save(change.Checkpoint{Epoch: r.state().Checkpoint.Epoch + 1})
	if !r.whole(change.Sales, 1) {
		t.Error("a snapshot that has not begun brings everything, and counts as lost")
	}
}

func TestDeletedRecordsAreATroubleUntilASnapshotHasBroughtThem(t *testing.T) {
	t.Parallel()
	s, r, admin := watchedShop(t)
	begin, _ := r.begins(change.Sales, 1)
	shop, err := s.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer shop.Close()
	if _, err := shop.ExecContext(t.Context(), "LOCK TABLES m2_sales_order WRITE"); err != nil { // no snapshot gets past it
		t.Fatal(err)
	}
	deleteBefore(t, admin, r.stage.Names.Raw(change.Sales), 1, begin+1)
	until(t, "status says it", func() bool { r.alive(); return strings.Contains(r.troubles(), aboutTopics+": kafka lost records") })
	if _, err := shop.ExecContext(t.Context(), "UNLOCK TABLES"); err != nil {
		t.Fatal(err)
	}
	until(t, "it is over", func() bool { r.alive(); return !strings.Contains(r.troubles(), aboutTopics) })
	r.snapshotDone()
	r.sameAsShop(s)
}

func (r *running) troubles() string { return fmt.Sprint(r.stage.Health.Troubles()) }

func TestAnOffsetsTopicWithoutItsFrontBeginsAnotherPipelineAndEpoch(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]bool{"while capture runs": false, "while it does not": true} {
		t.Run(name, func(t *testing.T) {
			s, r, admin := watchedShop(t)
			before := r.state()
			if away {
				r.halt()
			}
			deleteBefore(t, admin, r.stage.Names.Offsets(), 0, 1)
			if away {
				r = run(t, r.stage)
			}
			until(t, "a new epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > before.Checkpoint.Epoch })
			if now := r.state().Pipeline; now == before.Pipeline || now == "" {
				t.Errorf("the pipeline is %q, as before", now)
			}
			r.snapshotDone()
			r.caughtUp(s)
			r.sameAsShop(s)
		})
	}
}
