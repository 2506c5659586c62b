package transform

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/state"
)

func TestWhatARecordSaysOfItsRow(t *testing.T) {
	t.Parallel()
	headers := []topic.Header{{Key: change.HeaderVersion, Value: []byte("1.3")}, {Key: change.HeaderRoot, Value: []byte("order/7")}}
	key := []byte(`{"table":"sales_invoice","pk":{"entity_id":1}}`)
	for name, c := range map[string]struct {
		value   string
		deleted bool
		columns string
	}{
		"created":                 {`{"op":"c","after":{"entity_id":1,"order_id":7,"a":1},"source":{"ts_ms":5}}`, false, `{"entity_id":1,"order_id":7,"a":1}`},
		"updated":                 {`{"op":"u","before":{"entity_id":1,"order_id":7,"a":0},"after":{"entity_id":1,"order_id":7,"a":1},"source":{"ts_ms":5}}`, false, `{"entity_id":1,"order_id":7,"a":1}`},
		"read by a snapshot":      {`{"op":"r","after":{"entity_id":1,"order_id":7,"a":1},"source":{"ts_ms":5}}`, false, `{"entity_id":1,"order_id":7,"a":1}`},
		"deleted":                 {`{"op":"d","before":{"entity_id":1,"order_id":7,"a":0},"after":null,"source":{"ts_ms":5}}`, true, ""},
		"a tombstone":             {"", true, ""},
		"columns with a later op": {`{"op":"u","after":{"entity_id":1,"order_id":7,"later":true},"source":{"ts_ms":5}}`, false, `{"entity_id":1,"order_id":7,"later":true}`},
	} {
		t.Run(name, func(t *testing.T) {
			r := topic.Record{Offset: 8, Key: key, Headers: headers}
			if c.value != "" {
				r.Value = []byte(c.value)
			}
			row, known, err := decodeRow(&r, place{change.Sales, 0, 1})
			if err != nil || !known {
				t.Fatalf("known %v, %v", known, err)
			}
			if row.Root != "order/7" || row.Table != "sales_invoice" || row.PK != `{"entity_id":1}` || row.Version != version(3) || row.Offset != 8 {
				t.Errorf("the row is %+v", row)
			}
			if row.Deleted != c.deleted || string(row.Value) != c.columns {
				t.Errorf("deleted %v with columns %s, want %v with %s", row.Deleted, row.Value, c.deleted, c.columns)
			}
		})
	}
}

func TestARecordOfALaterTableIsPassedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	var log logBuffer
	r := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.New(&log)})
	name, p := w.place(orderRow(1, nil))
	later := topic.Record{Key: []byte(`{"table":"sales_order_parcel","pk":{"id":1}}`), Value: []byte("nonsense")}
	w.produce(name, p, later, later)
	w.produce(name, (p+1)%partitions, later)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	r.settled()
	if got := w.types("invoice:1"); !slices.Equal(got, []string{"invoice.created"}) {
		t.Errorf("events are %v, want the creation", got)
	}
	if n := strings.Count(strings.Join(log.lines(), "\n"), "sales_order_parcel"); n != 1 {
		t.Errorf("the log names the table %d times, want once", n)
	}
}

// What an operator has asked capture for beyond documents and customers is in the topics that
// transform reads, and nothing is made of it: it is neither kept nor a trouble.
func TestRowsOfWhichNothingIsMadeArePassedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, append(referenceRows("General"),
		rowChange{"inventory_source", "", `{"source_code":"a, \"b\""}`, columns{"source_code": "a, \"b\"", "name": "x"}},
		rowChange{"catalog_eav_attribute", "", `{"attribute_id":7}`, columns{"attribute_id": 7, "is_global": 1}})...)
	var log logBuffer
	board := &health.Board{}
	r := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.New(&log), Health: board})
	w.commit(11, slices.Concat(orderRows(1), invoiceRows(1, 1), []rowChange{
		{"sales_payment_transaction", "order/1", `{"transaction_id":3}`, columns{"transaction_id": 3, "order_id": 1, "txn_type": "capture"}},
	})...)
	r.settled()
	if got := w.types("invoice:1"); !slices.Equal(got, []string{"invoice.created"}) {
		t.Errorf("events are %v, want the creation", got)
	}
	w.commit(12, rowChange{"sales_payment_transaction", "order/1", `{"transaction_id":3}`, columns{"transaction_id": 3, "order_id": 1, "txn_type": "void"}})
	r.settled()
	if got := w.types("invoice:1"); !slices.Equal(got, []string{"invoice.created"}) {
		t.Errorf("events are %v, want the creation alone", got)
	}
	if all := board.Troubles(); len(all) > 0 {
		t.Errorf("there are the troubles %+v", all)
	}
	if text := strings.Join(log.lines(), "\n"); strings.Contains(text, "sales_payment") || strings.Contains(text, "inventory") {
		t.Errorf("the log speaks of them:\n%s", text)
	}
}

func TestARootOfALaterVersionIsSetAsideAndNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		table string
		root  change.Root
	}{
		"an aggregate that is not known": {"sales_invoice", "parcel/1"},
		"no root at all":                 {"sales_invoice", ""},
		"a customer's table":             {"customer_entity", "account/1"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			change := rowChange{c.table, c.root, `{"entity_id":1}`, columns{"entity_id": 1}}
			topicName, p := w.place(change)
			w.produce(topicName, p, rawRecord(version(3), change))
			board := &health.Board{}
			w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.Nop(), Health: board}).
				until("the board names a record", func() bool { return len(board.Troubles()) > 0 })
			named(t, board, topic.Coordinates{Topic: topicName, Partition: p})
		})
	}
}

func TestTheHintOfARecordThatDoesNotDecodeSaysWhatHelps(t *testing.T) {
	t.Parallel()
	got := (&RecordError{topic.Coordinates{Topic: "m.sales", Partition: 3, Offset: 17}, "", errors.New("it is broken"), ""}).Error()
	for _, want := range []string{"m.sales/3@17", "it is broken", "`mage2sage version`", "delete topic m.sales ", "kafka.data_dir"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
}

func TestACanonicalRecordThatDoesNotDecodeIsSetAsideAndNamed(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"no entity":                       "nonsense",
		"an entity of a root not known":   `{"magento_entity_id":1,"source":{"name":"shop","root":"parcel/1"}}`,
		"an entity with a broken version": `{"magento_entity_id":1,"version":"seven"}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.must(w.client.Ensure(t.Context(), []topic.Spec{{Name: w.names.Canonical("invoice"), Partitions: partitions}}))
			w.produce(w.names.Canonical("invoice"), 2, topic.Record{Key: []byte("invoice:1"), Value: []byte(value)})
			board := &health.Board{}
			w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.Nop(), Health: board}).
				until("the board names a record", func() bool { return len(board.Troubles()) > 0 })
			named(t, board, topic.Coordinates{Topic: w.names.Canonical("invoice"), Partition: 2})
		})
	}
}

func TestStateOfALaterVersionStopsTheStageWithAHint(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*state.Batch) error{
		"rows of an aggregate that is not known": func(b *state.Batch) error {
			return b.MarkDirty("parcel/1", state.ScanOffset{})
		},
		"an entity that is not known": func(b *state.Batch) error {
			if err := b.SetEmitted("order/1", state.Emitted{ID: "parcel:1", State: "sent"}); err != nil {
				return err
			}
			return b.MarkDirty("order/1", state.ScanOffset{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, dir := newWorld(t), t.TempDir()
			db, err := state.Open(dir)
			w.must(err)
			b := db.Partition(change.Sales, 1).Begin()
			w.must(write(b))
			w.must(b.Commit())
			b.Close()
			w.must(db.Close())
			s := w.start(dir)
			got := s.failed()
			var later *LaterStateError
			if !errors.As(got, &later) || !strings.Contains(got.Error(), "transform.state_dir") {
				t.Errorf("stage ended with %v, want a LaterStateError that names transform.state_dir", got)
			}
		})
	}
}

func TestEmittedRecordsErasedOnRequestAreNotRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.must(w.client.Ensure(t.Context(), []topic.Spec{{Name: w.names.Canonical("customer"), Partitions: partitions}}))
	w.produce(w.names.Canonical("customer"), 0, topic.Record{Key: []byte("customer:1")})
	w.start(t.TempDir()).settled()
	ends, err := w.client.EndOffsets(t.Context(), w.names.Canonical("customer"), partitions)
	w.must(err)
	if ends[0] != 1 {
		t.Errorf("partition 0 of %s ends at %d after the restart, want 1: nothing came of the tombstone", canonical.KindCustomer, ends[0])
	}
}

func TestTheNewestOfWhatWasEmittedIsRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, customerRow(5, nil))
	name := w.names.Canonical("customer")
	w.must(w.client.Ensure(t.Context(), []topic.Spec{{Name: name, Partitions: partitions}}))
	emitted := func(v change.Version) topic.Record {
		e := &canonical.Customer{Envelope: canonical.Envelope{MagentoEntityID: 5, Version: v, Source: canonical.Source{Name: "shop", Root: "customer/5"}}}
		value, err := json.Marshal(e)
		w.must(err)
		return canonicalRecord(canonical.Event{ID: e.ID(), Version: v, Type: "customer.upserted", Source: "shop"}, value)
	}
	_, p := w.place(customerRow(5, nil))
	w.produce(name, p, emitted(version(50)), emitted(version(40))) // the second by a member that came late
	w.start(t.TempDir()).settled()
	all := w.emissions()
	if last := all[len(all)-1]; len(all) != 3 || last.version != version(51) {
		t.Errorf("%d records, the last with version %s; want a third above 50, which said something else", len(all), last.version)
	}
}

// What the disk cannot give back is no fault of the record that asked for it.
func TestAnErrorOfTheStateIsNotSetAsideAsARecord(t *testing.T) {
	t.Parallel()
	w, dir, board := newWorld(t), t.TempDir(), &health.Board{}
	w.whole()
	spoilEmitted(t, dir, topic.Partition("order/1", partitions))
	name := w.names.Canonical("invoice")
	w.must(w.client.Ensure(t.Context(), []topic.Spec{{Name: name, Partitions: partitions}}))
	e := &canonical.Invoice{Envelope: canonical.Envelope{MagentoEntityID: 1, Version: version(3), Source: canonical.Source{Name: "shop", Root: "order/1"}}}
	value, err := json.Marshal(e)
	w.must(err)
	w.produce(name, topic.Partition("order/1", partitions), canonicalRecord(canonical.Event{ID: e.ID(), Version: version(3), Type: "invoice.created", Source: "shop"}, value))
	w.startWith(&Stage{Config: Config{StateDir: dir}, Log: zerolog.Nop(), Health: board}).
		until("the board names a trouble", func() bool { return len(board.Troubles()) > 0 })
	if got := board.Troubles(); len(got) != 1 || got[0].About != aboutTopics || !strings.Contains(got[0].Problem, "decode what was emitted") {
		t.Errorf("the board says %v, want the state's error alone", got)
	}
}

// spoilEmitted writes what no version of transform has written about invoice:1 of order/1.
func spoilEmitted(t *testing.T, dir string, partition int) {
	t.Helper()
	db, err := state.Open(dir) // which makes the folder
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := pebble.Open(dir, &pebble.Options{Merger: &pebble.Merger{Name: "mage2sage.newest"}})
	if err != nil {
		t.Fatal(err)
	}
	key := fmt.Sprintf("asales\x00\x00%corder/1\x00einvoice:1", partition)
	if err := errors.Join(raw.Set([]byte("p"), []byte(testPipeline), pebble.Sync), raw.Set([]byte(key), []byte("x"), pebble.Sync), raw.Close()); err != nil {
		t.Fatal(err)
	}
}
