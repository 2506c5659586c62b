package binlog

import (
	"runtime"
	"testing"

	"github.com/go-mysql-org/go-mysql/replication"
)

// What says that it is long, and is not, takes no memory for it.
func TestALengthIsNotBelievedBeforeItsBytesAreThere(t *testing.T) {
	const most = 64 << 20
	for name, read := range map[string]func(*testing.T){
		"a COMPRESSED value": func(*testing.T) { _, _ = uncompressed([]byte{0x84, 0x3f, 0xff, 0xff, 0xff, 1}) },
		"compressed rows": func(*testing.T) {
			_, _ = mariadb{}.rows(replication.MARIADB_WRITE_ROWS_COMPRESSED_EVENT_V1, []byte{0x84, 0x3f, 0xff, 0xff, 0xff, 1})
		},
		"a list of GTIDs": func(t *testing.T) {
			_ = storeSession(t).event(wireEvent(replication.MARIADB_GTID_LIST_EVENT, []byte{0xff, 0xff, 0xff, 1}))
		},
		"an event in another": func(t *testing.T) {
			header := wireEvent(replication.XID_EVENT, nil)
			header[12] = 0x3f
			_ = storeSession(t).event(wireEvent(replication.TRANSACTION_PAYLOAD_EVENT, append([]byte{0}, packedByZstd(t, header)...)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			read(t)
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > most {
				t.Errorf("%d MiB were taken", took>>20)
			}
		})
	}
}
