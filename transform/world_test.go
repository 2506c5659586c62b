package transform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/scram"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
	"github.com/mage2sage/mage2sage/transform/state"
)

const (
	partitions   = 3
	testPipeline = "P1"
)

// A world is a broker with raw topics, written as capture writes them.
type world struct {
	t      testing.TB
	client *topic.Client
	names  topic.Names
	// pipeline is the identity that its records carry.
	pipeline string
	markers  map[string]change.Version
	begun    map[change.Domain]change.Version
	addr     string // of the broker
	close    func()
}

type columns map[string]any

// A rowChange is one row change: nil columns delete it.
type rowChange struct {
	table   string
	root    change.Root
	pk      string
	columns columns
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := emptyWorld(t)
	w.makeTopics()
	return w
}

// newWorldAnywhere is newWorld on Apache Kafka where KAFKA=real asks for it.
func newWorldAnywhere(t testing.TB) *world {
	t.Helper()
	addr := servers.RealKafkaForTest(t)
	if addr == "" {
		return newWorld(t)
	}
	w := worldOn(t, addr, fmt.Sprintf("m%d_%d", os.Getpid(), time.Now().UnixNano()), func() {})
	w.makeTopics()
	return w
}

// emptyWorld is a broker without topics.
func emptyWorld(t testing.TB) *world {
	t.Helper()
	b, err := embedded.Start(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	return worldOn(t, b.Addr, "m", b.Close)
}

func worldOn(t testing.TB, addr, prefix string, closeBroker func()) *world {
	w := &world{t: t, addr: addr, client: dial(addr), names: topic.Names{Prefix: prefix}, pipeline: testPipeline, markers: map[string]change.Version{}, begun: map[change.Domain]change.Version{}}
	w.close = sync.OnceFunc(func() { w.client.Close(); closeBroker() })
	t.Cleanup(w.close)
	return w
}

// dial is a client that does not wait long for a broker that is away.
func dial(addr string) *topic.Client {
	c := topic.Dial([]string{addr})
	c.LeaderPatience = time.Second
	return c
}

// copyRaw makes the raw topics, and what stands in them, on another broker; keep
// chooses the records, nil all of them.
func (w *world) copyRaw(t testing.TB, keep func(topic.Record) bool) *world {
	t.Helper()
	other := emptyWorld(t)
	other.markers, other.begun = w.markers, w.begun
	for name, count := range w.rawTopics() {
		other.must(other.client.Ensure(t.Context(), []topic.Spec{{Name: name, Partitions: count}}))
		for p := range count {
			var all []topic.Record
			_, err := w.client.ReadAll(t.Context(), name, p, func(r topic.Record) error {
				if keep == nil || keep(r) {
					all = append(all, r)
				}
				return nil
			})
			w.must(err)
			if len(all) > 0 {
				other.produce(name, p, all...)
			}
		}
	}
	return other
}

func (w *world) rawTopics() map[string]int {
	return map[string]int{
		w.names.Offsets(): 1, w.names.Raw(change.Reference): 1,
		w.names.Raw(change.Sales): partitions, w.names.Raw(change.Customer): partitions, w.names.Raw(change.Catalog): partitions,
	}
}

func (w *world) makeTopics() {
	w.t.Helper()
	for name, count := range w.rawTopics() {
		w.must(w.client.Ensure(w.t.Context(), []topic.Spec{{Name: name, Partitions: count}}))
	}
	identity, err := topic.PipelineRecord(w.pipeline)
	w.must(err)
	w.produce(w.names.Offsets(), 0, identity)
	w.reach(change.Version{Epoch: 1})
}

// reach saves that the source has come so far.
func (w *world) reach(v change.Version) {
	w.t.Helper()
	r, err := topic.CheckpointRecord("shop", change.Checkpoint{Epoch: v.Epoch, Sequence: v.Sequence, Partitions: map[change.Domain]int{
		change.Sales: partitions, change.Customer: partitions, change.Catalog: partitions, change.Reference: 1,
	}})
	w.must(err)
	w.produce(w.names.Offsets(), 0, r)
}

// delete deletes a topic, as a person would.
func (w *world) delete(name string) {
	w.t.Helper()
	login, address, _ := strings.Cut(w.addr, "@")
	user, password, _ := strings.Cut(login, ":")
	mechanism, err := scram.Mechanism(scram.SHA256, user, password)
	w.must(err)
	admin := &kafka.Client{Addr: kafka.TCP(address), Transport: &kafka.Transport{SASL: mechanism}}
	res, err := admin.DeleteTopics(w.t.Context(), &kafka.DeleteTopicsRequest{Topics: []string{name}})
	w.must(err)
	w.must(res.Errors[name])
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) produce(name string, partition int, records ...topic.Record) {
	w.t.Helper()
	topic.Stamp(records, w.pipeline)
	_, err := w.client.Produce(w.t.Context(), name, partition, records)
	w.must(err)
}

func version(n uint64) change.Version { return change.Version{Epoch: 1, Sequence: n} }

// rawRecord is a change as the log tells it. It says of each row that lives that it was
// inserted, which makes no difference for one that was there.
func rawRecord(v change.Version, c rowChange) topic.Record {
	headers := []topic.Header{{Key: change.HeaderVersion, Value: []byte(v.String())}, {Key: change.HeaderRoot, Value: []byte(c.root)}}
	key := fmt.Sprintf(`{"table":%q,"pk":%s}`, c.table, c.pk)
	op, after := change.Create, json.RawMessage("null")
	if c.columns == nil {
		op = change.Delete
	} else {
		after, _ = json.Marshal(c.columns)
	}
	value, _ := json.Marshal(change.Envelope{
		Before: json.RawMessage("null"), After: after, Op: op,
		Source: change.Source{Name: "shop", Table: c.table, TSMS: 1_700_000_000_000 + int64(v.Sequence)*1000},
	})
	return topic.Record{Key: []byte(key), Value: value, Headers: headers}
}

// as is a change with another operation than an insert.
func as(op change.Op, r topic.Record) topic.Record {
	r.Value = bytes.Replace(r.Value, []byte(`"op":"c"`), []byte(`"op":"`+string(op)+`"`), 1)
	return r
}

func domainOf(table string) change.Domain {
	t, _ := magento.ByName(table)
	return t.Domain
}

func (w *world) partitionOf(d change.Domain, root change.Root) int {
	if d == change.Reference {
		return 0
	}
	return topic.Partition(root, partitions)
}

// place is the raw topic and partition of a change.
func (w *world) place(c rowChange) (string, int) {
	d := domainOf(c.table)
	return w.names.Raw(d), w.partitionOf(d, c.root)
}

// commit writes a transaction: its rows and a marker for each partition it touched.
func (w *world) commit(n uint64, changes ...rowChange) {
	w.t.Helper()
	for place, records := range w.transaction(version(n), changes) {
		w.produce(place.Topic, place.Partition, records...)
	}
}

func (w *world) transaction(v change.Version, changes []rowChange) map[topic.Coordinates][]topic.Record {
	out := map[topic.Coordinates][]topic.Record{}
	for _, c := range changes {
		name, p := w.place(c)
		at := topic.Coordinates{Topic: name, Partition: p}
		out[at] = append(out[at], rawRecord(v, c))
	}
	for at := range out {
		out[at] = append(out[at], w.marker(at, v))
	}
	return out
}

func (w *world) marker(at topic.Coordinates, v change.Version) topic.Record {
	key := fmt.Sprintf("%s/%d", at.Topic, at.Partition)
	previous := w.markers[key]
	if previous.Before(v) {
		w.markers[key] = v
	}
	return markerRecord(v, previous)
}

func markerRecord(v, previous change.Version) topic.Record {
	value, _ := json.Marshal(change.Commit{Version: v, Previous: previous, TSMS: 1_700_000_000_000 + int64(v.Sequence)*1000})
	return topic.Record{Key: []byte(change.CommitKey), Value: value, Headers: []topic.Header{
		{Key: change.HeaderKind, Value: []byte(change.KindCommit)}, {Key: change.HeaderVersion, Value: []byte(v.String())},
	}}
}

// snapshot writes a begin or end record into all partitions of a domain.
func (w *world) snapshot(kind string, d change.Domain, n uint64) {
	w.t.Helper()
	if kind == change.KindSnapshotBegin {
		w.begun[d] = version(n)
	}
	value, _ := json.Marshal(change.Snapshot{Domain: d, Version: version(n), Begin: w.begun[d]})
	r := topic.Record{Key: []byte(change.SnapshotKey(kind, d)), Value: value, Headers: []topic.Header{
		{Key: change.HeaderKind, Value: []byte(kind)}, {Key: change.HeaderVersion, Value: []byte(version(n).String())},
	}}
	count := partitions
	if d == change.Reference {
		count = 1
	}
	for p := range count {
		w.produce(w.names.Raw(d), p, r)
	}
}

// whole opens and closes an empty snapshot of every domain: from now on what is
// absent does not exist.
func (w *world) whole() {
	for i, d := range []change.Domain{change.Reference, change.Sales, change.Customer, change.Catalog} {
		w.snapshot(change.KindSnapshotBegin, d, uint64(1+2*i))
		w.snapshot(change.KindSnapshotEnd, d, uint64(2+2*i))
	}
}

// time14 is the commit time of a version in these tests.
func time14(sequence uint64) string {
	return time.UnixMilli(1_700_000_000_000 + int64(sequence)*1000).UTC().Format(time.RFC3339)
}

// scans counts the scans over the partition of a root that a store knows of.
func (w *world) scans(dir string, d change.Domain, root change.Root) state.ScanID {
	w.t.Helper()
	db, err := state.Open(dir)
	w.must(err)
	defer db.Close()
	scan, err := db.Partition(d, w.partitionOf(d, root)).ScanState()
	w.must(err)
	return scan.ScanID
}
