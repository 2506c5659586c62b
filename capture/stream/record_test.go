package stream

import (
	"encoding/json"
	"testing"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

func TestAnEnvelopeReadsAsItsContractHasIt(t *testing.T) {
	from := origin{source: "shop", database: "m2", table: "sales_order", serverID: 3, gtid: "0-1-77", file: "binlog.000001", pos: 1337, row: 2, tsMS: 1000, nowMS: 1500}
	before, after := publishable{img: &row.Image{JSON: []byte(`{"a":1}`), Key: []byte("k1")}, root: "order/1"}, publishable{img: &row.Image{JSON: []byte(`{"a":2}`), Key: []byte("k2")}, root: "order/2"}
	head := `"source":{"name":"shop","db":"m2","table":"sales_order","server_id":3,"gtid":"0-1-77","file":"binlog.000001","pos":1337,"row":2,"ts_ms":1000,"snapshot":"false"}`
	tail := `"ts_ms":1500,"transaction":{"id":"0-1-77","total_order":3}}`
	for name, c := range map[string]struct {
		op            change.Op
		before, after publishable
		snapshot      bool
		value, key    string
		root          change.Root
	}{
		"a create":  {change.Create, publishable{}, after, false, `{"before":null,"after":{"a":2},` + head + `,"op":"c",` + tail, "k2", "order/2"},
		"an update": {change.Update, before, after, false, `{"before":{"a":1},"after":{"a":2},` + head + `,"op":"u",` + tail, "k2", "order/2"},
		"a delete":  {change.Delete, before, publishable{}, false, `{"before":{"a":1},"after":null,` + head + `,"op":"d",` + tail, "k1", "order/1"},
		"a row of a snapshot": {change.Read, publishable{}, after, true,
			`{"before":null,"after":{"a":2},"source":{"name":"shop","db":"m2","table":"sales_order","server_id":3,"gtid":"0-1-77","file":"binlog.000001","pos":1337,"row":2,"ts_ms":1000,"snapshot":"true"},"op":"r","ts_ms":1500,"transaction":null}`, "k2", "order/2"},
	} {
		t.Run(name, func(t *testing.T) {
			o := from
			o.snapshot = c.snapshot
			root, r := new(memory).rowRecord(c.op, c.before, c.after, change.Version{Epoch: 5, Sequence: 8}, &o)
			if string(r.Value) != c.value || string(r.Key) != c.key || root != c.root {
				t.Errorf("record %s of %s under %s\nwant   %s", r.Value, root, r.Key, c.value)
			}
			if r.Header(change.HeaderVersion) != "5.8" || r.Header(change.HeaderRoot) != string(c.root) || r.Header(change.HeaderKind) != "" {
				t.Errorf("headers %s", r.Headers)
			}
			if e, err := change.DecodeEnvelope(r.Value); err != nil || e.Op != c.op || !json.Valid(r.Value) {
				t.Errorf("it decodes as %+v, %v", e, err)
			}
		})
	}
}

func TestARowWithoutARootHasNoSuchHeaderAndIsInTheFirstPartition(t *testing.T) {
	n := newNotebook()
	p := testPublisher(n)
	_, r := p.memory.rowRecord(change.Create, publishable{}, publishable{img: &row.Image{JSON: []byte("{}"), Key: []byte("k")}}, change.Version{}, &origin{})
	for _, h := range r.Headers {
		if h.Key == change.HeaderRoot {
			t.Errorf("there is a root %q", h.Value)
		}
	}
	p.addRow(change.Reference, "", r)
	p.addRow(change.Sales, "order/1", r)
	if err := p.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(n.at["t.reference/0"]) != 1 || len(n.at["t.sales/"+string('0'+rune(topic.Partition("order/1", 2)))]) != 1 {
		t.Errorf("appended %q", n.calls)
	}
}

// What a row costs is in memory that was there before.
func TestARecordIsMadeWithoutAllocations(t *testing.T) {
	after := publishable{img: &row.Image{JSON: make([]byte, 2000), Key: []byte("k")}, root: "order/2"}
	o := &origin{source: "shop", database: "m2", table: "sales_order", gtid: "0-1-77", file: "binlog.000001"}
	var m memory
	if n := testing.AllocsPerRun(100, func() {
		for range 200 {
			m.rowRecord(change.Create, publishable{}, after, change.Version{Epoch: 5, Sequence: 8}, o)
		}
		m.reset()
	}); n > 0 {
		t.Errorf("200 records cost %v allocations", n)
	}
}

func TestAnInvalidatedCheckpointKeepsWhatANewEpochNeeds(t *testing.T) {
	n := newNotebook()
	o := &OffsetsTopic{Out: n, Topic: "t.offsets", Source: "shop"}
	at := change.Checkpoint{Epoch: 5, Sequence: 8, GTID: "0-1-77", File: "binlog.000001", Pos: 1337, Partitions: map[change.Domain]int{change.Sales: 2}}
	if err := o.Save(t.Context(), at, map[change.Scope]change.Progress{{Domain: change.Sales}: {Epoch: 5, Rows: 3}}); err != nil {
		t.Fatal(err)
	}
	if err := o.Invalidate(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	if len(n.calls) != 2 || n.calls[0] != "t.offsets/0 ×2" {
		t.Errorf("appended %q, want checkpoint and progress in one request", n.calls)
	}
	records := n.at["t.offsets/0"]
	var got change.Checkpoint
	if err := json.Unmarshal(records[2].Value, &got); err != nil {
		t.Fatal(err)
	}
	if got.File != "" || got.GTID != "" || got.Pos != 0 || got.Epoch != 5 || got.Partitions[change.Sales] != 2 {
		t.Errorf("saved %+v, want no position, and the epoch and the pinned partitions kept", got)
	}
}
