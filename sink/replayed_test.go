package sink

import (
	"fmt"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// A replay writes the newest record of each key again. The sink has taken that version, so that
// nothing is planned, called, set aside or counted as new.
func TestWhatIsReplayedIsNothingNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	first := paid(invoiceOf(1, ada))
	w.publish(first)
	w.paid("invoice:1")
	planned := func() string { return fmt.Sprintf("%+v", w.item("invoice:1")) }
	before := planned()
	again := w.record("shop", first.Version, first)
	again.Headers = append(again.Headers, topic.Header{Key: canonical.HeaderReplayed, Value: []byte("2026-11-28T12:00:00Z")})
	for range 3 {
		w.send(first, again)
	}
	last := invoiceOf(inSamePartition, ada) // stands behind the replayed records
	w.publish(last)
	w.reaches(last.ID(), work.ItemPosted, "")
	if now := planned(); now != before {
		t.Errorf("the invoice is\n%s, and was\n%s", now, before)
	}
	if all, err := w.db.SetAside(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("%v is set aside, %v", all, err)
	}
	if invoices, payments := len(w.inSage("invoice")), len(w.inSage("payment")); invoices != 2 || payments != 1 {
		t.Errorf("Sage has %d invoices and %d payments, want 2 and 1", invoices, payments)
	}
}
