package capture

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/scram"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

// A meddled is a broker whose topics somebody else deletes and makes.
type meddled struct {
	*embedded.Broker
	t     *testing.T
	dir   string
	admin *kafka.Client
}

func newMeddled(t *testing.T) *meddled {
	t.Helper()
	m := &meddled{t: t, dir: t.TempDir()}
	m.start("")
	t.Cleanup(func() { m.Close() })
	user, password, _ := strings.Cut(strings.TrimSuffix(m.Addr, "@"+m.Listens), ":")
	mechanism, err := scram.Mechanism(scram.SHA256, user, password)
	if err != nil {
		t.Fatal(err)
	}
	m.admin = &kafka.Client{Addr: kafka.TCP(m.Listens), Transport: &kafka.Transport{SASL: mechanism}}
	return m
}

func (m *meddled) start(address string) {
	m.t.Helper()
	b, err := embedded.Start(m.dir, address)
	if err != nil {
		m.t.Fatal(err)
	}
	m.Broker = b
}

// delete deletes a topic, as a person would.
func (m *meddled) delete(name string) {
	m.t.Helper()
	res, err := m.admin.DeleteTopics(m.t.Context(), &kafka.DeleteTopicsRequest{Topics: []string{name}})
	if err := errors.Join(err, res.Errors[name]); err != nil {
		m.t.Fatal(err)
	}
}

// make makes a topic, empty.
func (m *meddled) make(name string, partitions int) {
	m.t.Helper()
	res, err := m.admin.CreateTopics(m.t.Context(), &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{{Topic: name, NumPartitions: partitions, ReplicationFactor: 1}}})
	if err := errors.Join(err, res.Errors[name]); err != nil {
		m.t.Fatal(err)
	}
}

// idleShop is a shop that capture has snapshotted, and that changes no more.
func idleShop(t *testing.T) (*magentoShop, *running, *meddled) {
	t.Helper()
	s, m := newShop(t, "m2_"), newMeddled(t)
	s.oneOfEach(2)
	topics := topic.Dial([]string{m.Addr})
	t.Cleanup(topics.Close)
	r := run(t, &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: topic.Names{Prefix: "idle"}, topicsCheck: 100 * time.Millisecond})
	r.snapshotDone()
	r.caughtUp(s)
	return s, r, m
}

func TestATopicThatIsGoneOrEmptyInAnIdleShopComesBackWhole(t *testing.T) {
	t.Parallel()
	n := topic.Names{Prefix: "idle"}
	for name, meddle := range map[string]func(*meddled){
		"reference is deleted":                      func(m *meddled) { m.delete(n.Raw(change.Reference)) },
		"sales is deleted":                          func(m *meddled) { m.delete(n.Raw(change.Sales)) },
		"the offsets are deleted":                   func(m *meddled) { m.delete(n.Offsets()) },
		"somebody made the offsets again":           func(m *meddled) { m.delete(n.Offsets()); m.make(n.Offsets(), 1) },
		"somebody made customer again, as it was":   func(m *meddled) { m.delete(n.Raw(change.Customer)); m.make(n.Raw(change.Customer), testPartitions) },
		"catalog, which has no records, is deleted": func(m *meddled) { m.delete(n.Raw(change.Catalog)) },
	} {
		t.Run(name, func(t *testing.T) {
			s, r, m := idleShop(t)
			before := r.state()
			meddle(m)
			until(t, "the next session begins", func() bool { r.alive(); return strings.Count(r.log.String(), `"capture began"`) == 2 })
			after := r.state()
			if fresh := after.Checkpoint.Epoch > before.Checkpoint.Epoch; fresh == strings.Contains(name, "no records") {
				t.Errorf("a new epoch began: %v, and its snapshot costs a shop what it has to bring", fresh)
			}
			if another := after.Pipeline != before.Pipeline; another != strings.Contains(name, "offsets") {
				t.Errorf("the pipeline is another one: %v", another)
			}
			r.snapshotDone()
			if rows := r.sameAsShop(s); rows == 0 {
				t.Error("the shop is empty")
			}
		})
	}
}

func TestATopicWithAnotherPartitionCountEndsCaptureInAnIdleShop(t *testing.T) {
	t.Parallel()
	n := topic.Names{Prefix: "idle"}
	for name, meddle := range map[string]func(*meddled){
		"fewer":          func(m *meddled) { m.delete(n.Raw(change.Sales)); m.make(n.Raw(change.Sales), 1) },
		"more":           func(m *meddled) { m.delete(n.Raw(change.Sales)); m.make(n.Raw(change.Sales), testPartitions+1) },
		"of the offsets": func(m *meddled) { m.delete(n.Offsets()); m.make(n.Offsets(), 2) },
	} {
		t.Run(name, func(t *testing.T) {
			_, r, m := idleShop(t)
			meddle(m)
			select {
			case err := <-r.done:
				r.done <- err
				var count *topic.PartitionCountError
				if !errors.As(err, &count) {
					t.Errorf("capture ended with %v, want a PartitionCountError", err)
				}
			case <-time.After(patience):
				t.Error("capture goes on as if nothing had happened")
			}
		})
	}
}

// A toldView answers what a test says.
type toldView struct {
	starts, ends []int64
	count        int
	err          error
}

func (v toldView) Ranges(context.Context, string, int) (starts, ends []int64, err error) {
	return v.starts, v.ends, v.err
}
func (v toldView) PartitionCount(context.Context, string) (int, error) { return v.count, nil }

func TestOnlyAnEndThatFellOrAFrontThatIsMissedIsALossOfRecords(t *testing.T) {
	away := &topic.BrokerError{Problem: "kafka: the broker does not answer", Hint: "start it"}
	unknown := fmt.Errorf("list offsets: %w", topic.ErrUnknownTopic)
	for name, c := range map[string]struct {
		told toldView
		want string
	}{
		"as it was":              {toldView{ends: []int64{5, 7}, count: 2}, "<nil>"},
		"longer":                 {toldView{ends: []int64{6, 7}, count: 2}, "<nil>"},
		"shorter":                {toldView{ends: []int64{5, 6}, count: 2}, "*stream.LostRecordsError"},
		"a broker that is away":  {toldView{err: away, count: 2}, "*topic.BrokerError"},
		"gone":                   {toldView{err: unknown}, "*errors.errorString"},
		"forgotten for a moment": {toldView{err: unknown, count: 2}, "*errors.errorString"},
		"made with fewer":        {toldView{err: unknown, count: 1}, "*topic.PartitionCountError"},
		"given more by a person": {toldView{ends: []int64{5, 7}, count: 3}, "*topic.PartitionCountError"},
		"compacted at the front": {toldView{starts: []int64{3, 2}, ends: []int64{5, 7}, count: 2}, "<nil>"},
		"deleted at the front":   {toldView{starts: []int64{1, 3}, ends: []int64{5, 7}, count: 2}, "*capture.frontLostError"},
		"as it began before":     {toldView{starts: []int64{1, 2}, ends: []int64{5, 7}, count: 2}, "<nil>"},
		"with more at the front": {toldView{starts: []int64{0, 0}, ends: []int64{5, 7}, count: 2}, "<nil>"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.told.starts == nil {
				c.told.starts = []int64{1, 2}
			}
			firstIsWhole := func(_ context.Context, partition int) (bool, error) { return partition == 0, nil }
			err := (&watchedTopic{"t.sales", []int64{1, 2}, []int64{5, 7}, firstIsWhole}).look(t.Context(), c.told)
			for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
				err = inner
			}
			if got := fmt.Sprintf("%T", err); got != c.want {
				t.Errorf("got %s (%v), want %s", got, err, c.want)
			}
		})
	}
}

// A broker that is away has lost nothing: when it is back, capture goes on where it was.
func TestABrokerThatIsAwayInAnIdleShopHasLostNothing(t *testing.T) {
	t.Parallel()
	s, r, m := idleShop(t)
	before, listens := r.state().Checkpoint.Epoch, m.Listens
	m.Close()
	<-time.After(500 * time.Millisecond) // some looks of the watch
	m.start(listens)
	s.exec("INSERT INTO m2_sales_order (state) VALUES ('new')")
	r.caughtUp(s)
	if now := r.state().Checkpoint.Epoch; now != before {
		t.Errorf("a new epoch began:\n%s", r.log)
	}
	r.sameAsShop(s)
}
