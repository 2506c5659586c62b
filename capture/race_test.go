package capture

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// hotRows are those that writers change while they are snapshotted again and again; few,
// so that each view is taken while some of them are being committed.
const hotRows = 20

// A transaction is in the log before it can be seen, and longer where both wait for the
// disk. A view that lacks it must not bring back what its rows were.
func TestNoRowGoesBackWhileItsTableIsSnapshotted(t *testing.T) {
	t.Parallel()
	s, _ := privately(t)
	s.exec("SET GLOBAL sync_binlog=1; SET GLOBAL innodb_flush_log_at_trx_commit=1")
	for id := 1; id <= hotRows; id++ {
		s.exec("INSERT INTO m2_sales_order (entity_id, grand_total) VALUES (?, 0)", id)
	}
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for id := w; ctx.Err() == nil; id++ {
				_, _ = s.db.Exec("UPDATE m2_sales_order SET grand_total = grand_total + 1 WHERE entity_id = ?", id%hotRows+1)
			}
		})
	}
	for range 12 {
		epoch := r.state().Checkpoint.Epoch
		s.exec("TRUNCATE m2_store") // the log does not say which rows, so that all is read again
		until(t, "a new epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > epoch })
		r.snapshotDone()
	}
	stop()
	writers.Wait()
	r.caughtUp(s)
	r.sameAsShop(s)
	r.neverGoesBack()
}

// neverGoesBack reads every order as it was published, one state after the other.
func (r *running) neverGoesBack() {
	r.t.Helper()
	last, reads := map[string]float64{}, 0
	for _, rec := range of(r.t, r.records(change.Sales), "sales_order") {
		var e struct {
			Op    string
			After struct {
				GrandTotal string `json:"grand_total"`
			}
		}
		if err := json.Unmarshal(rec.Value, &e); err != nil {
			continue
		}
		total, err := strconv.ParseFloat(e.After.GrandTotal, 64) // whole numbers, to be compared alone
		if err != nil {
			r.t.Fatalf("%s: %v", rec.Value, err)
		}
		if key := string(rec.Key); total < last[key] {
			r.t.Errorf("%s went back from %v to %v, by %q", key, last[key], total, e.Op)
		} else {
			last[key] = total
		}
		if e.Op == string(change.Read) {
			reads++
		}
	}
	if reads == 0 {
		r.t.Error("no row was read by a snapshot")
	}
	r.t.Logf("%d rows were read", reads)
}
