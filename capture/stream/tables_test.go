package stream

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// newTablesRig is a rig that fills the topic of sales_order, too.
func newTablesRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{script: &script{events: make(chan *row.Batch)}, out: newNotebook(), done: make(chan error, 1)}
	var err error
	r.streamer, err = New(Config{
		Source: "shop", Database: "m2", Log: r.script, Out: r.out, Names: topic.Names{Prefix: "t"}, Metrics: NewMetrics(prometheus.NewRegistry()),
		Checkpoint: change.Checkpoint{Epoch: 5, Sequence: 7, File: "binlog.000001", Last: "0-1-0"}, EndOffsets: twoPartitions(), ServerID: 3,
		Tables: &TableTopics{Connector: "mariadb", Prefix: "m2_", Layouts: map[string]*row.Layout{"sales_order": orderLayout(t), "sales_order_item": itemLayout(t)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancelCause(t.Context())
	r.stop = stop
	go func() { r.done <- r.streamer.Run(ctx) }()
	return r
}

func itemLayout(t *testing.T) *row.Layout {
	t.Helper()
	l, err := row.NewLayout(mustTable(t, "sales_order_item"), map[string]row.Kind{"item_id": row.Integer, "order_id": row.Integer})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// orders is where the records of an order's root are in the table's topic.
const orders = "t.m2.m2_sales_order/"

// place is the partition of an order, the same in both topics. Those of 1 and 3 are not one.
func place(id string) string {
	return string(rune('0' + topic.Partition(change.Root("order/"+id), 2)))
}

// rowsEvent tells several changes of one event that begins at a place.
func (s *script) rowsEvent(t *testing.T, starts uint64, changes ...row.Change) {
	s.tell(row.Event{Step: row.Rows, At: s.at(), Starts: starts, Layout: orderLayout(t), Changes: changes})
}

// A tableRecord is a record of a table's topic, as far as these tests look at it.
type tableRecord struct {
	Before, After json.RawMessage
	Source        struct {
		TSMS                  int64 `json:"ts_ms"`
		Snapshot, GTID, Table string
		Pos                   uint64
		Row                   int
	}
	Transaction *struct {
		ID                  string
		TotalOrder          int `json:"total_order"`
		DataCollectionOrder int `json:"data_collection_order"`
	}
	Op string
}

func decodeTable(t *testing.T, r topic.Record) (d tableRecord) {
	t.Helper()
	if err := json.Unmarshal(r.Value, &d); err != nil {
		t.Fatalf("%s: %v", r.Value, err)
	}
	return d
}

func TestATablesTopicHasTheRowsInThePartitionOfTheirRoot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTablesRig(t)
		one, two := orderImage(t, "1"), orderImage(t, "3")
		r.begin()
		r.rowsEvent(t, 95, row.Change{After: &one}, row.Change{After: &two})
		r.rowsEvent(t, 105, row.Change{Before: &one, After: &one})
		r.commit()
		synctest.Wait()
		records := r.out.records(orders + place("1"))
		if len(records) < 2 || len(r.out.records("t.sales/"+place("1"))) == 0 {
			t.Fatalf("the topics have %d records of order 1 and these requests: %q", len(records), r.out.calls)
		}
		first, last := decodeTable(t, records[0]), decodeTable(t, records[len(records)-1])
		if string(records[0].Key) != `{"entity_id":1}` || first.Op != "c" || first.Source.Pos != 95 || first.Source.Table != "m2_sales_order" || first.Transaction.TotalOrder != 1 {
			t.Errorf("the create is %s under %s", records[0].Value, records[0].Key)
		}
		if last.Op != "u" || last.Source.Pos != 105 || last.Source.Row != 0 || last.Transaction.TotalOrder != 3 || last.Transaction.DataCollectionOrder != 3 || last.Transaction.ID != "0-1-1" {
			t.Errorf("the update is %s, want row 0 of its event and the third of its transaction", records[len(records)-1].Value)
		}
		second := decodeTable(t, r.out.records(orders + place("3"))[0])
		if second.Source.Row != 1 || second.Source.Pos != 95 {
			t.Errorf("the second row of the event says row %d at %d", second.Source.Row, second.Source.Pos)
		}
		r.begin()
		r.rowsEvent(t, 200, row.Change{Before: &two})
		r.commit()
		synctest.Wait()
		of := r.out.records(orders + place("3"))
		deleted := decodeTable(t, of[len(of)-2])
		if deleted.Op != "d" || string(deleted.After) != "null" || deleted.Transaction.TotalOrder != 1 || deleted.Transaction.DataCollectionOrder != 1 || of[len(of)-1].Value != nil || string(of[len(of)-1].Key) != `{"entity_id":3}` {
			t.Errorf("the delete is %s and then %q", of[len(of)-2].Value, of[len(of)-1].Value)
		}
		for _, record := range of {
			if record.Header(change.HeaderKind) != "" {
				t.Errorf("there is a control record %s", record.Value)
			}
		}
		r.stop(nil)
		<-r.done
	})
}

func TestARowWithAnotherKeyNamesBothKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTablesRig(t)
		one, two := orderImage(t, "1"), orderImage(t, "3")
		r.begin()
		r.rowsEvent(t, 95, row.Change{Before: &one, After: &two})
		r.order(t, "1")
		r.commit()
		synctest.Wait()
		old, created := r.out.records(orders+place("1")), r.out.records(orders+place("3"))
		if old[0].Header("__debezium.newkey") != `{"entity_id":3}` || old[1].Header("__debezium.newkey") != `{"entity_id":3}` || created[0].Header("__debezium.oldkey") != `{"entity_id":1}` {
			t.Errorf("headers %s, %s and %s", old[0].Headers, old[1].Headers, created[0].Headers)
		}
		if last := r.out.records(orders + place("1")); len(last[len(last)-1].Headers) != 0 {
			t.Errorf("the record behind has headers %s", last[len(last)-1].Headers)
		}
		r.stop(nil)
		<-r.done
	})
}

func TestARowThatMovesToAnotherRootKeepsItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTablesRig(t)
		l := itemLayout(t)
		_, of1 := l.AppendSelected(nil, [][]byte{[]byte("7"), []byte("1")})
		_, of3 := l.AppendSelected(nil, [][]byte{[]byte("7"), []byte("3")})
		r.begin()
		r.tell(row.Event{Step: row.Rows, At: r.at(), Layout: l, Changes: []row.Change{{Before: &of1, After: &of3}}})
		r.commit()
		synctest.Wait()
		const items = "t.m2.m2_sales_order_item/"
		left, came := r.out.records(items+place("1")), r.out.records(items+place("3"))
		if len(left) != 2 || len(came) != 1 || decodeTable(t, left[0]).Op != "d" || left[1].Value != nil || decodeTable(t, came[0]).Op != "c" {
			t.Fatalf("%d records where it was and %d where it is", len(left), len(came))
		}
		for _, record := range append(left, came...) {
			if string(record.Key) != `{"item_id":7}` || len(record.Headers) != 0 {
				t.Errorf("%s has headers %s", record.Key, record.Headers)
			}
		}
		r.stop(nil)
		<-r.done
	})
}

func TestRowsOfASnapshotSayThatItIsIncremental(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTablesRig(t)
		one, two := orderImage(t, "1"), orderImage(t, "3")
		r.begin()
		r.rowsEvent(t, 95, row.Change{Before: &one, After: &two})
		r.commit()
		err := r.streamer.RunAtBoundary(t.Context(), position.Position{}, func(ctx context.Context) error {
			_, err := r.streamer.PublishChunk(ctx, orderLayout(t), slices.Values([]row.SnapshotRow{{Image: orderImage(t, "1")}}))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		record := r.out.records(orders + place("1"))[2] // behind the delete and its tombstone
		if len(record.Headers) != 0 {
			t.Errorf("it has the headers %s of the change before", record.Headers)
		}
		d := decodeTable(t, record)
		if d.Op != "r" || d.Source.Snapshot != "incremental" || d.Transaction != nil || d.Source.GTID != "0-1-1" {
			t.Errorf("the row is %+v", d)
		}
		r.stop(nil)
		<-r.done
	})
}

// datedLayout is of a table that got a column, or of one that was altered.
func datedLayout(t *testing.T, at row.Kind) *row.Layout {
	t.Helper()
	l, err := row.NewLayout(mustTable(t, "sales_order"), map[string]row.Kind{"entity_id": row.Integer, "created_at": at})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestValuesAreWrittenByTheColumnsThatTheTableHasThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTablesRig(t)
		dated := datedLayout(t, row.DateTime)
		_, img := dated.AppendSelected(nil, [][]byte{[]byte("1"), []byte("2026-01-31 12:00:00")})
		r.begin()
		r.tell(row.Event{Step: row.Rows, At: r.at(), Layout: dated, Changes: []row.Change{{After: &img}}})
		r.commit()
		days := datedLayout(t, row.Date)
		_, img = days.AppendSelected(nil, [][]byte{[]byte("1"), []byte("2026-01-31")})
		err := r.streamer.RunAtBoundary(t.Context(), position.Position{}, func(ctx context.Context) error {
			_, err := r.streamer.PublishChunk(ctx, days, slices.Values([]row.SnapshotRow{{Image: img}}))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		records := r.out.records(orders + place("1"))
		for i, want := range []string{`"created_at":1769860800000`, `"created_at":20484`} {
			if after := string(decodeTable(t, records[i]).After); !strings.Contains(after, want) {
				t.Errorf("record %d has %s, want %s", i, after, want)
			}
		}
		r.stop(nil)
		<-r.done
	})
}

func TestACommitsTimeIsAsExactAsTheLogHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTablesRig(t)
		r.tell(row.Event{Step: row.Begin, At: r.at(), GTID: "0-1-1", TSMS: 1000, Micros: 23})
		r.order(t, "1")
		r.commit()
		synctest.Wait()
		if value := string(r.out.records(orders + place("1"))[0].Value); !strings.Contains(value, `"ts_us":1000023,`) {
			t.Errorf("the record is %s", value)
		}
		r.stop(nil)
		<-r.done
	})
}

func TestWhatWentWithItsParentIsADeleteBesideAnyTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTablesRig(t)
		r.begin()
		r.order(t, "1")
		r.commit()
		img := orderImage(t, "1")
		err := r.streamer.RunAtBoundary(t.Context(), position.Position{}, func(context.Context) error {
			return r.streamer.PublishGone([]Gone{{PK: "1", Table: mustTable(t, "sales_order"), Root: "order/1", Key: img.Key, Row: img.JSON}})
		})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		records := r.out.records(orders + place("1"))
		d := decodeTable(t, records[1])
		if d.Op != "d" || string(d.Before) != `{"entity_id":1}` || d.Transaction.ID != "file=binlog.000001,pos=30" || d.Transaction.DataCollectionOrder != 1 || records[2].Value != nil {
			t.Errorf("the delete is %s", records[1].Value)
		}
		r.stop(nil)
		<-r.done
	})
}

// A checkpoint that spoke of a record that its table's topic does not have would lose it.
func TestNothingIsSavedBeforeATablesTopicHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTablesRig(t)
		refused := errors.New("refused")
		r.out.fail[orders+place("1")] = refused
		r.begin()
		r.order(t, "1")
		r.commit()
		if err := <-r.done; !errors.Is(err, refused) {
			t.Fatalf("the stream ended with %v", err)
		}
		if n := len(r.out.records("t.offsets/0")); n != 0 {
			t.Errorf("%d checkpoints were saved", n)
		}
	})
}

func TestRecordsOfATablesTopicMayStandAnywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTablesRig(t)
		for _, end := range []int64{40, 7} { // more, as after a crash, and less: it was made anew
			r.out.ends[orders+place("1")] = end
			r.begin()
			r.order(t, "1")
			r.commit()
			synctest.Wait()
		}
		select {
		case err := <-r.done:
			t.Errorf("the stream ended with %v", err)
		default:
		}
		r.stop(nil)
		<-r.done
	})
}

// What the topic of a table has and the domain's has not would never be taken back.
func TestADomainsTopicHasARowBeforeTheTopicOfItsTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTablesRig(t)
		slowed := &slow{r.out, "t.sales", flightTime}
		three := orderImage(t, "3")
		r.begin()
		r.rowsEvent(t, 5, row.Change{After: &three})
		r.commit() // now the stream has a place
		pass(time.Second)
		if err := r.streamer.RunAtBoundary(t.Context(), position.Position{}, func(context.Context) error {
			r.streamer.publisher.out = slowed
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		one := orderImage(t, "1")
		r.begin()
		r.rowsEvent(t, 95, row.Change{After: &one})
		r.commit()
		pass(flightTime / 2)
		if n := len(r.out.records(orders + place("1"))); n != 0 {
			t.Errorf("the topic of the table has %d records before the domain's has any", n)
		}
		pass(flightTime)
		if n := len(r.out.records(orders + place("1"))); n == 0 {
			t.Error("the topic of the table has nothing")
		}
		r.stop(nil)
		<-r.done
	})
}
