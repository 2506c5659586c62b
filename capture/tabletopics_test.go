package capture

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// tabled is a stage that fills the topics of tables, too.
func tabled(s *magentoShop, topics *topic.Client, names topic.Names) *Stage {
	return &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names, TableTopics: true}
}

// living are the primary keys, as JSON, that each topic of tables has last, with the partition.
func (r *running) tableKeys(s *magentoShop, t magento.Table) map[string]int {
	r.t.Helper()
	name, living := r.stage.Names.Table(s.config.Database, s.config.TablePrefix+t.Name), map[string]int{}
	for p := range partitionsOf(testPartitions)[t.Domain] {
		_, err := r.stage.Topics.ReadAll(context.Background(), name, p, func(rec topic.Record) error {
			if rec.Header(change.HeaderKind) != "" || rec.Header(change.HeaderPipeline) == "" {
				return fmt.Errorf("a record of %s has headers %s", name, rec.Headers)
			}
			if rec.Value == nil {
				delete(living, string(rec.Key))
			} else {
				living[string(rec.Key)] = p
			}
			return nil
		})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	return living
}

// sameKeys sees that the topics of tables have the rows that those of domains have, in the
// same partitions, and returns how many.
func (r *running) sameKeys(s *magentoShop) (n int) {
	r.t.Helper()
	for _, d := range magento.Domains() {
		want := map[string]map[string]int{}
		for _, rec := range r.records(d) {
			if rec.Header(change.HeaderKind) != "" {
				continue
			}
			key, err := change.DecodeKey(rec.Key)
			if err != nil {
				r.t.Fatal(err)
			}
			if want[key.Table] == nil {
				want[key.Table] = map[string]int{}
			}
			if rec.Value == nil {
				delete(want[key.Table], string(key.PK))
			} else {
				want[key.Table][string(key.PK)] = rec.partition
			}
		}
		for name, keys := range want {
			t, _ := magento.ByName(name)
			if have := r.tableKeys(s, t); !maps.Equal(have, keys) {
				r.t.Errorf("the topic of %s has %v, the domain's has %v", name, have, keys)
			}
			n += len(keys)
		}
	}
	return n
}

func TestTopicsOfTablesHaveWhatTheDomainsHave(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_")
	s.oneOfEach(4)
	topics, names := newTopics(t)
	r := run(t, tabled(s, topics, names))
	r.snapshotDone()
	s.exec("UPDATE m2_sales_order SET state = 'closed' WHERE entity_id = 1")
	s.exec("DELETE FROM m2_sales_order_item WHERE item_id = 2")
	s.exec("UPDATE m2_customer_group SET customer_group_id = 99 WHERE customer_group_id = 3")
	r.caughtUp(s)
	if n := r.sameKeys(s); n < 50 {
		t.Errorf("%d rows were compared", n)
	}
	if err := r.halt(); err != nil {
		t.Fatal(err)
	}
	s.exec("UPDATE m2_sales_order SET state = 'open' WHERE entity_id = 1")
	again := run(t, tabled(s, topics, names))
	again.caughtUp(s)
	again.sameKeys(s)
	if strings.Contains(again.log.String(), "new epoch") {
		t.Errorf("a session that went on took a snapshot:\n%s", again.log)
	}
}

// A session had the delete of a row in the domain's topic and ended before the table's had it.
// The log does not tell of it again: the row has gone with its parent.
func TestADeleteThatOnlyTheDomainsTopicHasIsToldToTheTables(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_")
	s.oneOfEach(2)
	topics, names := newTopics(t)
	r := run(t, tabled(s, topics, names))
	r.snapshotDone()
	r.caughtUp(s)
	if err := r.halt(); err != nil {
		t.Fatal(err)
	}
	s.exec("SET sql_log_bin = 0; DELETE FROM m2_sales_invoice_item WHERE entity_id = 1; SET sql_log_bin = 1")
	items, saved := of(t, r.records(change.Sales), "sales_invoice_item"), r.state().Checkpoint
	item := func(id string) placed {
		return items[slices.IndexFunc(items, func(p placed) bool { return strings.Contains(string(p.Key), `{"entity_id":`+id+`}`) })]
	}
	version := change.Version{Epoch: saved.Epoch, Sequence: saved.Sequence + 1}
	publish := func(row placed, values ...[]byte) {
		var records []topic.Record
		for _, value := range values {
			records = append(records, topic.Record{Key: row.Key, Value: value, Headers: []topic.Header{
				{Key: change.HeaderVersion, Value: []byte(version.String())}, {Key: change.HeaderRoot, Value: []byte(row.Header(change.HeaderRoot))}}})
		}
		topic.Stamp(records, r.state().Pipeline)
		if _, err := topics.Produce(t.Context(), names.Raw(change.Sales), row.partition, records); err != nil {
			t.Fatal(err)
		}
	}
	publish(item("1"), asDelete(t, item("1").Value), nil)
	publish(item("2"), asDelete(t, item("2").Value), nil, item("2").Value) // it came back
	again := run(t, tabled(s, topics, names))
	s.exec("UPDATE m2_sales_order SET state = 'open' WHERE entity_id = 2")
	again.caughtUp(s)
	again.sameKeys(s)
	if strings.Contains(again.log.String(), "new epoch") {
		t.Errorf("the session took a snapshot:\n%s", again.log)
	}
}

// asDelete is the record of a row as one that deletes it.
func asDelete(t *testing.T, value []byte) []byte {
	t.Helper()
	e, err := change.DecodeEnvelope(value)
	if err != nil {
		t.Fatal(err)
	}
	e.Before, e.After, e.Op = e.After, json.RawMessage("null"), change.Delete
	out, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTopicsOfTablesAreFilledWhenTheyAreFirstAskedFor(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_")
	s.oneOfEach(2)
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	if n, err := topics.PartitionCount(t.Context(), names.Table(s.config.Database, "m2_sales_order")); err != nil || n != 0 {
		t.Errorf("a topic that nobody asked for has %d partitions (%v)", n, err)
	}
	if err := r.halt(); err != nil {
		t.Fatal(err)
	}
	epoch := r.state().Checkpoint.Epoch
	r = run(t, tabled(s, topics, names))
	until(t, "another epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > epoch })
	r.snapshotDone()
	r.sameKeys(s)
	if err := r.halt(); err != nil {
		t.Fatal(err)
	}
	epoch = r.state().Checkpoint.Epoch
	r = start(t, s.config, topics, names) // nobody asks for them any more
	s.exec("UPDATE m2_sales_order SET state = 'closed'")
	r.caughtUp(s)
	if e := r.state().Checkpoint.Epoch; e != epoch {
		t.Errorf("epoch %d followed %d without a reason", e, epoch)
	}
}

func TestTheTopicOfATableThatWasDeletedIsFilledAnew(t *testing.T) {
	t.Parallel()
	s, m := newShop(t, "m2_"), newMeddled(t)
	s.oneOfEach(2)
	topics := topic.Dial([]string{m.Addr})
	t.Cleanup(topics.Close)
	r := run(t, tabled(s, topics, topic.Names{Prefix: "gone"}))
	r.snapshotDone()
	r.caughtUp(s)
	if err := r.halt(); err != nil {
		t.Fatal(err)
	}
	epoch := r.state().Checkpoint.Epoch
	m.delete("gone." + s.config.Database + ".m2_sales_order")
	r = run(t, tabled(s, topics, topic.Names{Prefix: "gone"}))
	until(t, "another epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > epoch })
	r.snapshotDone()
	r.sameKeys(s)
}

func TestTheNeedsOfTablesAreThoseThatAreCaptured(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_", func(s *magentoShop) {
		s.config.AlsoCapture, s.config.CustomerAttributes = magento.Groups(), []string{"vat"}
	})
	db, err := source.Open(t.Context(), s.config.source("test"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var want, have []string
	for _, table := range captured(db) {
		want = append(want, "p."+s.config.Database+".m2_"+table.Name)
	}
	for _, need := range TableNeeds(topic.Names{Prefix: "p"}, s.config, testPartitions, 0).Topics {
		have = append(have, need.Name)
	}
	slices.Sort(want)
	slices.Sort(have)
	if len(want) < 30 || !slices.Equal(have, want) {
		t.Errorf("the needs are %q, want %q", have, want)
	}
}
