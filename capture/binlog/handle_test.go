package binlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
)

// A reader is a Session that a test feeds with events.
type reader struct {
	*Session
	pos uint32
}

func newReader() *reader {
	s := statementSession()
	s.open, s.transaction, s.at = false, transaction{}, s.inside
	s.executed = &mysql.MariadbGTIDSet{Sets: map[uint32]*mysql.MariadbGTID{}}
	return &reader{s, uint32(s.inside.Pos)}
}

// feed hands the session an event of a type, 10 bytes after the one before.
func (r *reader) feed(kind replication.EventType, flags uint16, e replication.Event) error {
	r.pos += 10
	return r.HandleEvent(&replication.BinlogEvent{Header: &replication.EventHeader{EventType: kind, LogPos: r.pos, Flags: flags, Timestamp: 5}, Event: e})
}

func gtid(sequence uint64, flags byte) *replication.MariadbGTIDEvent {
	return &replication.MariadbGTIDEvent{GTID: mysql.MariadbGTID{DomainID: 0, ServerID: 1, SequenceNumber: sequence}, Flags: flags}
}

// got drains what the session has told its user.
func (r *reader) got() (all []string) {
	for _, e := range r.batch.Events {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s %s",
			[]string{"begin", "rows", "commit", "moved"}[e.Step], e.At, e.GTID, e.Executed)))
	}
	r.batch = row.NewBatch(nil)
	return all
}

func TestATransactionBeginsWithItsGTIDAndEndsWithAllThatWereExecuted(t *testing.T) {
	r := newReader()
	for _, step := range []func() error{
		func() error { return r.feed(replication.MARIADB_GTID_EVENT, 0, gtid(7, 0)) },
		func() error { return r.feed(replication.XID_EVENT, 0, &replication.XIDEvent{}) },
		func() error {
			return r.feed(replication.MARIADB_GTID_EVENT, 0, gtid(8, replication.BINLOG_MARIADB_FL_STANDALONE))
		},
		func() error {
			return r.feed(replication.QUERY_EVENT, 0, &replication.QueryEvent{Schema: []byte("m2"), Query: []byte("FLUSH LOGS")})
		},
		func() error { return r.feed(replication.MARIADB_GTID_EVENT, 0, gtid(9, 0)) },
		func() error {
			return r.feed(replication.XA_PREPARE_LOG_EVENT, 0, &replication.GenericEvent{})
		},
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"begin binlog.000001:87 0-1-7", "commit binlog.000001:97  0-1-7",
		"begin binlog.000001:107 0-1-8", "commit binlog.000001:117  0-1-8",
		"begin binlog.000001:127 0-1-9", "commit binlog.000001:137  0-1-9",
	}
	if got := r.got(); !slices.Equal(got, want) {
		t.Errorf("told %q\nwant %q", got, want)
	}
}

func TestTheLogGoesForwardOnlyAndOnlyBetweenTransactions(t *testing.T) {
	r := newReader()
	rotate := func(file string, pos uint64) error {
		return r.HandleEvent(&replication.BinlogEvent{Header: &replication.EventHeader{EventType: replication.ROTATE_EVENT},
			Event: &replication.RotateEvent{NextLogName: []byte(file), Position: pos}})
	}
	beat := func(file string, pos uint32) error {
		return r.HandleEvent(&replication.BinlogEvent{Header: &replication.EventHeader{EventType: replication.HEARTBEAT_EVENT, LogPos: pos},
			Event: &replication.HeartbeatEvent{Filename: file}})
	}
	for name, c := range map[string]struct {
		do   func() error
		open bool
		want []string
	}{
		"a later file":                           {func() error { return rotate("binlog.000002", 4) }, false, []string{"moved binlog.000002:4"}},
		"the same file's beginning":              {func() error { return rotate("binlog.000001", 4) }, false, nil},
		"a heartbeat further on":                 {func() error { return beat("binlog.000001", 900) }, false, []string{"moved binlog.000001:900"}},
		"a heartbeat of where we are":            {func() error { return beat("binlog.000001", 77) }, false, nil},
		"a heartbeat inside of a transaction":    {func() error { return beat("binlog.000001", 900) }, true, nil},
		"an event that carries nothing":          {func() error { return r.feed(replication.INTVAR_EVENT, 0, &replication.GenericEvent{}) }, false, []string{"moved binlog.000001:87"}},
		"an unknown event that may be passed by": {func() error { return r.feed(255, replication.LOG_EVENT_IGNORABLE_F, &replication.GenericEvent{}) }, false, []string{"moved binlog.000001:87"}},
	} {
		t.Run(name, func(t *testing.T) {
			r = newReader()
			r.open = c.open
			if err := c.do(); err != nil {
				t.Fatal(err)
			}
			if got := r.got(); !slices.Equal(got, c.want) {
				t.Errorf("told %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatCannotBeReadEndsTheSession(t *testing.T) {
	for name, c := range map[string]struct {
		kind replication.EventType
		says string
	}{
		"the server lost changes":      {replication.INCIDENT_EVENT, "error log"},
		"a type that is not known yet": {255, "too new"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReader()
			err := r.feed(c.kind, 0, &replication.GenericEvent{})
			var unreadable *UnreadableError
			if !errors.As(err, &unreadable) || !strings.Contains(err.Error(), c.says) || unreadable.At != (position.Position{File: "binlog.000001", Pos: 87}) {
				t.Errorf("it ended with %v, want it to say %q", err, c.says)
			}
			if !errors.Is(r.failed, err) {
				t.Error("why it ended is not kept for its user")
			}
		})
	}
}

func TestAnEndedSessionTakesNothingMore(t *testing.T) {
	r := newReader()
	ctx, stop := context.WithCancel(t.Context())
	r.ctx, r.events = ctx, make(chan *row.Batch)
	stop()
	if err := r.feed(replication.MARIADB_GTID_EVENT, 0, gtid(7, 0)); !errors.Is(err, context.Canceled) {
		t.Errorf("it took an event: %v", err)
	}
	if err := errors.Join(r.emit(row.Event{}), r.handOn()); !errors.Is(err, context.Canceled) {
		t.Errorf("it waits for its user: %v", err)
	}
}

func TestARowWithoutACapturedColumnIsRefused(t *testing.T) {
	p := testPlan(t) // columns 0, 1, 2, 4 and 5 are captured, column 3 is not
	for name, c := range map[string]struct {
		before, after []byte
		ok            bool
	}{
		"all columns":                      {[]byte{0x3f}, nil, true},
		"without the one that stays":       {[]byte{0x37}, nil, true},
		"without a captured one":           {[]byte{0x3e}, nil, false},
		"an update with all":               {[]byte{0x3f}, []byte{0x3f}, true},
		"an update that lacks one after":   {[]byte{0x3f}, []byte{0x2f}, false},
		"a bitmap that ends before it all": {[]byte{}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := p.complete(c.before, c.after); (err == nil) != c.ok {
				t.Errorf("%v, want accepted: %v", err, c.ok)
			} else if err != nil && !strings.Contains(err.Error(), "binlog_row_image=FULL") {
				t.Errorf("%v does not say what to type", err)
			}
		})
	}
}

func TestARowThatIsCutShortIsAnError(t *testing.T) {
	p := testPlan(t)
	whole := []byte{0, 1, 0, 0, 0, 2, 'h', 'i', 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x65, 0, 0, 0, 1, 0, 'x', 9, 0, 0, 0, 0, 0, 0, 0}
	all, err := p.changes(row.NewBatch(nil), replication.EnumRowsEventTypeInsert, []byte{0x3f}, nil, whole)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n < len(whole); n++ {
		if _, err := p.changes(row.NewBatch(nil), replication.EnumRowsEventTypeInsert, []byte{0x3f}, nil, whole[:n]); err == nil {
			t.Errorf("the first %d bytes of %d read as a row", n, len(whole))
		}
	}
	if want := `{"item_id":1,"order_id":9,`; !strings.HasPrefix(string(all[0].After.JSON), want) {
		t.Errorf("the whole row reads %s, want it to begin with %s", all[0].After.JSON, want)
	}
}

func TestAnUpdateHasBothImagesAndADeleteTheOneBefore(t *testing.T) {
	image := []byte{0, 1, 0, 0, 0, 2, 'h', 'i', 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x65, 0, 0, 0, 1, 0, 'x', 9, 0, 0, 0, 0, 0, 0, 0}
	two := append(slices.Clone(image), image...)
	for name, c := range map[string]struct {
		kind          replication.EnumRowsEventType
		changes       int
		before, after bool
	}{
		"an insert of two": {replication.EnumRowsEventTypeInsert, 2, false, true},
		"an update of one": {replication.EnumRowsEventTypeUpdate, 1, true, true},
		"a delete of two":  {replication.EnumRowsEventTypeDelete, 2, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			all, err := testPlan(t).changes(row.NewBatch(nil), c.kind, []byte{0x3f}, []byte{0x3f}, two)
			if err != nil || len(all) != c.changes {
				t.Fatalf("%d changes, %v; want %d", len(all), err, c.changes)
			}
			for _, each := range all {
				if (each.Before != nil) != c.before || (each.After != nil) != c.after {
					t.Errorf("an image before: %v, after: %v", each.Before != nil, each.After != nil)
				}
			}
		})
	}
}

func TestTheLibrarysErrorsBecomeOurs(t *testing.T) {
	at := position.Position{File: "binlog.000001", Pos: 77}
	var lost *LostError
	if err := classify(&mysql.MyError{Code: mysql.ER_MASTER_FATAL_ERROR_READING_BINLOG, Message: "purged"}, at); !errors.As(err, &lost) || lost.Reason != "purged" {
		t.Errorf("a purged log gives %v", err)
	}
	if err := classify(&mysql.MyError{Code: 1045, Message: "denied"}, at); errors.As(err, &lost) || !strings.Contains(err.Error(), "denied") {
		t.Errorf("another refusal gives %v", err)
	}
	event := &replication.EventError{Header: &replication.EventHeader{EventType: replication.WRITE_ROWS_EVENTv1}, Err: "secret bytes", Data: []byte("jane@example.com")}
	if err := classify(event, at); strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "jane") || !strings.Contains(err.Error(), at.String()) {
		t.Errorf("an event that does not parse gives %v", err)
	}
}
