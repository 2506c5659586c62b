package sink

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl/scram"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// publish sends entities as transform does, each with a newer version.
func (w *world) publish(entities ...canonical.Entity) {
	w.t.Helper()
	w.publishFrom("shop", entities...)
}

func (w *world) publishFrom(source string, entities ...canonical.Entity) {
	w.t.Helper()
	if source != "shop" {
		w.checkpoint(source, change.Version{Epoch: 1, Sequence: 1})
	}
	for _, e := range entities {
		w.mu.Lock()
		w.version++
		v := change.Version{Epoch: w.epoch, Sequence: w.version}
		w.mu.Unlock()
		w.send(e, w.record(source, v, e))
	}
}

// record is the record of an entity as transform writes it.
func (w *world) record(source string, v change.Version, e canonical.Entity) topic.Record {
	w.t.Helper()
	h := e.Head()
	h.Version, h.Source.Name, h.OccurredAt = v, source, "2026-01-31T12:00:00Z"
	value, err := json.Marshal(e)
	w.must(err)
	r := topic.Record{Key: []byte(e.ID()), Value: value}
	for _, header := range (canonical.Event{ID: e.ID(), Version: v, Source: source, Time: time.Unix(0, 0)}).Headers() {
		r.Headers = append(r.Headers, topic.Header{Key: header.Name, Value: []byte(header.Value)})
	}
	return r
}

// send appends a record where those of an entity are, as one of the world's pipeline
// unless it says another.
func (w *world) send(e canonical.Entity, r topic.Record) {
	w.t.Helper()
	w.produce(w.names.Canonical(string(e.ID().Kind())), topic.Partition(e.Head().Source.Root, 2), r)
}

func (w *world) produce(name string, partition int, records ...topic.Record) {
	w.t.Helper()
	topic.Stamp(records, w.pipeline)
	_, err := w.topics.Produce(w.t.Context(), name, partition, records)
	w.must(err)
}

// checkpoint has a source reach a version.
func (w *world) checkpoint(source string, v change.Version) {
	w.t.Helper()
	r, err := topic.CheckpointRecord(source, change.Checkpoint{Epoch: v.Epoch, Sequence: v.Sequence})
	w.must(err)
	w.produce(w.names.Offsets(), 0, r)
}

// identify makes the offsets topic, as the world's pipeline does.
func (w *world) identify() {
	w.t.Helper()
	w.must(w.topics.Ensure(w.t.Context(), []topic.Spec{{Name: w.names.Offsets(), Partitions: 1}}))
	identity, err := topic.PipelineRecord(w.pipeline)
	w.must(err)
	w.produce(w.names.Offsets(), 0, identity)
	w.checkpoint("shop", change.Version{Epoch: 1, Sequence: 1})
}

// delete deletes a topic, as a person would.
func (w *world) delete(name string) {
	w.t.Helper()
	login, address, _ := strings.Cut(w.broker, "@")
	user, password, _ := strings.Cut(login, ":")
	mechanism, err := scram.Mechanism(scram.SHA256, user, password)
	w.must(err)
	admin := &kafka.Client{Addr: kafka.TCP(address), Transport: &kafka.Transport{SASL: mechanism}}
	res, err := admin.DeleteTopics(w.t.Context(), &kafka.DeleteTopicsRequest{Topics: []string{name}})
	w.must(err)
	w.must(res.Errors[name])
}
