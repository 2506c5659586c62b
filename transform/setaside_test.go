package transform

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/state"
)

func TestARecordThatDoesNotDecodeIsSetAsideAndNamed(t *testing.T) {
	t.Parallel()
	row := invoiceRow(1, 1, nil)
	bad := invoiceRow(1, 1, columns{"grand_total": "many"})
	for name, r := range map[string]topic.Record{
		"a value that is no envelope":      {Key: rawRecord(version(3), row).Key, Value: []byte("{"), Headers: rawRecord(version(3), row).Headers},
		"a key that is none":               {Key: []byte("x"), Value: []byte("{}")},
		"a row without version":            {Key: rawRecord(version(3), row).Key, Value: rawRecord(version(3), row).Value},
		"a column of the wrong type":       rawRecord(version(3), bad),
		"an operation that is not handled": {Key: rawRecord(version(3), row).Key, Value: []byte(`{"op":"t"}`), Headers: rawRecord(version(3), row).Headers},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.whole()
			w.commit(2, orderRows(1)...)
			topicName, p := w.place(row)
			ends, err := w.client.EndOffsets(t.Context(), topicName, partitions)
			w.must(err)
			w.produce(topicName, p, r, markerRecord(version(3), version(2)))
			w.commit(4, append(orderRows(4), invoiceRows(4, 1)...)...)
			board, on := &health.Board{}, prometheus.NewRegistry()
			s := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.Nop(), Health: board, Metrics: on})
			s.settled()
			if got := w.types("invoice:4"); len(got) != 1 {
				t.Errorf("the events of the invoice behind it are %v, want its creation", got)
			}
			want := topic.Coordinates{Topic: topicName, Partition: p, Offset: ends[p]}
			named(t, board, want)
			if n := counted(t, on)["mage2sage_transform_records_set_aside_total{topic}"]; n != 1 {
				t.Errorf("%v records are counted, want 1", n)
			}
			w.commit(5, invoiceRows(1, 1)...)
			s.settled()
			if got := w.types("invoice:1"); len(got) != 1 {
				t.Errorf("once the row has changed the invoice's events are %v, want its creation", got)
			}
			if sameRow := string(r.Key) == string(rawRecord(version(3), row).Key); sameRow != (len(board.Troubles()) == 0) {
				t.Errorf("the board says %v, and the row has changed: %v", board.Troubles(), sameRow)
			}
			w.snapshot(change.KindSnapshotBegin, change.Sales, 50)
			w.snapshot(change.KindSnapshotEnd, change.Sales, 51)
			s.until("a snapshot has brought everything", func() bool { return len(board.Troubles()) == 0 })
		})
	}
}

// named fails unless a board names the record, and says what helps.
func named(t *testing.T, board *health.Board, at topic.Coordinates) {
	t.Helper()
	all := board.Troubles()
	if len(all) == 1 && (len(all[0].Records) != 1 || all[0].Records[0].Offset != at.Offset || all[0].Records[0].Topic != at.Topic) {
		t.Errorf("record list is told of %+v, want %s", all[0].Records, at)
	}
	if len(all) != 1 || !strings.Contains(all[0].Problem, at.String()) || !strings.Contains(all[0].Hint, "heals") {
		t.Errorf("the board says %+v, want %s and how it heals", all, at)
	}
}

// restart runs a stage on a state folder again, with a board of its own.
func (w *world) restart(before *running, dir string) (*running, *health.Board) {
	w.t.Helper()
	if before != nil {
		w.must(before.end())
	}
	board := &health.Board{}
	return w.startWith(&Stage{Config: Config{StateDir: dir}, Log: zerolog.Nop(), Health: board}), board
}

func TestWhatIsSetAsideIsNamedAfterARestartAndReadAgain(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, customerRow(5, columns{"firstname": "Ada"}))
	name, p := w.place(customerRow(5, nil))
	ends, err := w.client.EndOffsets(t.Context(), name, partitions)
	w.must(err)
	w.produce(name, p, rawRecord(change.Version{Epoch: 9, Sequence: 1}, customerRow(5, columns{"firstname": "Augusta"})))
	r, board := w.restart(nil, dir)
	r.settled()
	at := topic.Coordinates{Topic: name, Partition: p, Offset: ends[p]}
	named(t, board, at)
	for range 2 {
		r, board = w.restart(r, dir)
		r.until("the board names the record", func() bool { return len(board.Troubles()) > 0 })
		r.settled()
		named(t, board, at)
	}
	w.reach(change.Version{Epoch: 9})
	r, board = w.restart(r, dir)
	r.until("the row is taken", func() bool { return strings.Contains(w.newest()["customer:5"], "Augusta") })
	if all := board.Troubles(); len(all) > 0 {
		t.Errorf("the board says %v of what was taken", all)
	}
	w.must(r.end())
	db, err := state.Open(dir)
	w.must(err)
	defer db.Close()
	if all, err := db.Asides(name, p); err != nil || len(all) > 0 {
		t.Errorf("the shelf keeps %v, %v", all, err)
	}
}

func TestALateRowDoesNotReplaceANewerOne(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.commit(10, referenceRows("General")...)
	name, p := w.place(customerRow(5, nil))
	w.produce(name, p, rawRecord(change.Version{Epoch: 9, Sequence: 1}, customerRow(5, columns{"firstname": "Forged"})))
	w.commit(11, customerRow(5, columns{"firstname": "Ada"}))
	r, board := w.restart(nil, dir)
	r.settled()
	if all := board.Troubles(); len(all) > 0 {
		t.Errorf("the row has changed since, and the board says %v", all)
	}
	w.reach(change.Version{Epoch: 9})
	r, _ = w.restart(r, dir)
	r.settled()
	if got := w.newest()["customer:5"]; !strings.Contains(got, "Ada") {
		t.Errorf("the customer is %s", got)
	}
}

func TestASnapshotThatWasSetAsideIsReadWhenItCanBe(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, customerRow(5, nil))
	begin := change.Version{Epoch: 9, Sequence: 1}
	for p := range partitions {
		for _, kind := range []string{change.KindSnapshotBegin, change.KindSnapshotEnd} {
			value, err := json.Marshal(change.Snapshot{Domain: change.Customer, Version: begin, Begin: begin})
			w.must(err)
			w.produce(w.names.Raw(change.Customer), p, topic.Record{Key: []byte(change.SnapshotKey(kind, change.Customer)), Value: value, Headers: []topic.Header{
				{Key: change.HeaderKind, Value: []byte(kind)}, {Key: change.HeaderVersion, Value: []byte(begin.String())},
			}})
		}
	}
	r, board := w.restart(nil, dir)
	r.settled()
	if n := len(board.Troubles()); n != partitions || len(w.types("customer:5")) != 1 {
		t.Fatalf("the board says %v, want each partition's snapshot", board.Troubles())
	}
	w.reach(change.Version{Epoch: 9})
	r, board = w.restart(r, dir)
	r.until("the snapshot has removed what it did not see", func() bool { return len(w.types("customer:5")) == 2 })
	r.until("the board is empty", func() bool { return len(board.Troubles()) == 0 })
}

func TestTheEndOfASnapshotDoesNotHealWhatWasSetAsideOfItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	r, board := w.restart(nil, t.TempDir())
	r.settled()
	name, p := w.place(customerRow(5, nil))
	bad := rawRecord(version(20), customerRow(5, nil))
	bad.Value = []byte("{")
	w.produce(name, p, bad)
	w.snapshot(change.KindSnapshotBegin, change.Customer, 21)
	second := rawRecord(version(21), customerRow(5, nil))
	second.Key, second.Value = []byte("{"), []byte("{")
	w.produce(name, p, second)
	w.snapshot(change.KindSnapshotEnd, change.Customer, 22)
	r.settled()
	all := board.Troubles()
	if len(all) != 1 || !strings.HasPrefix(all[0].Problem, "1 set aside") {
		t.Errorf("the board says %v, want what was set aside of the snapshot itself", all)
	}
}

func TestAReferenceRowOfTheWrongTypeIsSetAsideAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.commit(10, referenceRows("General")...)
	bad := rowChange{"customer_group", "", `{"customer_group_id":2}`, columns{"customer_group_id": 2, "customer_group_code": 7}}
	ends, err := w.client.EndOffsets(t.Context(), w.names.Raw(change.Reference), 1)
	w.must(err)
	w.commit(11, bad)
	w.commit(12, customerRow(5, nil))
	at := topic.Coordinates{Topic: w.names.Raw(change.Reference), Offset: ends[0]}
	r, board := w.restart(nil, dir)
	r.settled()
	if got := w.types("customer:5"); len(got) != 1 {
		t.Errorf("the customer's events are %v, want its first", got)
	}
	named(t, board, at)
	if got := board.Troubles()[0].Problem; !strings.Contains(got, "customer_group") || strings.Contains(got, "number") {
		t.Errorf("the reason %q does not name the table alone", got)
	}
	r, board = w.restart(r, dir)
	r.until("the board names the row", func() bool { return len(board.Troubles()) > 0 })
	named(t, board, at)
	bad.columns["customer_group_code"] = "Wholesale"
	w.commit(13, bad)
	r.until("the row has changed", func() bool { return len(board.Troubles()) == 0 })
}

func TestAShelfKeepsAndNamesOnlySoMuch(t *testing.T) {
	t.Parallel()
	db, err := state.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	board := &health.Board{}
	s := newShelf(&Stage{metrics: newMetrics(nil), Log: zerolog.Nop(), Health: board}, db)
	at := topic.Coordinates{Topic: "m.sales", Partition: 3}
	for at.Offset = range int64(shelfLimit + 5) {
		if err := s.setAside(&RecordError{at, "k", errors.New("bad"), ""}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := db.Asides("m.sales", 3)
	if err != nil || len(all) != shelfLimit {
		t.Errorf("%d are kept, %v", len(all), err)
	}
	if got := board.Troubles()[0].Problem; got != "1000 set aside: m.sales/3@0: bad; m.sales/3@1: bad; m.sales/3@2: bad; and others" {
		t.Errorf("the board says %q", got)
	}
	s.leave("m.sales", 3)
	if len(board.Troubles()) != 0 {
		t.Error("a partition that another instance has is still on the board")
	}
	if all, err := s.open("m.sales", 3); err != nil || len(all) != shelfLimit || len(board.Troubles()) != 1 {
		t.Errorf("%d come back, %v, and the board says %v", len(all), err, board.Troubles())
	}
}
