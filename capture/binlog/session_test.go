package binlog

import (
	"errors"
	"net"
	"testing"

	"github.com/go-mysql-org/go-mysql/client"
	"github.com/go-mysql-org/go-mysql/packet"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/row"
)

// Where its user stands is where a table comes into doubt.
func TestWhatWasReadIsHandedOnBeforeTheSessionEnds(t *testing.T) {
	s := storeSession(t)
	ours, servers := net.Pipe()
	s.dump = &dump{packets: packets{conn: ours}, server: &client.Conn{Conn: &packet.Conn{Conn: ours}}, config: &s.config}
	s.ctx, s.stop = t.Context(), func() {}
	s.batch, s.events = row.NewBatch(nil), make(chan *row.Batch, 1)
	sent := func(event []byte) []byte { return append([]byte{0}, event...) }
	go func() {
		_, _ = servers.Write(framed(0, sent(wireMap(9, "store", storeColumns)), sent(wireRows(replication.WRITE_ROWS_EVENTv1, 9, 2, []byte(one))), sent(wireEvent(replication.INCIDENT_EVENT, nil))))
	}()
	s.run()
	var unreadable *UnreadableError
	if !errors.As(s.Err(), &unreadable) {
		t.Fatalf("it ended with %v", s.Err())
	}
	rows := 0
	for b := range s.events {
		rows += len(b.Events)
	}
	if rows != 1 {
		t.Errorf("%d row events were handed on before the one that cannot be read, want 1", rows)
	}
}
