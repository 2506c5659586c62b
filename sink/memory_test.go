package sink

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// TestAfterARestoreNothingIsPostedTwice restores Postgres to before a sale was read, and to
// when it was planned and not sent, where Sage remembers no ids.
func TestAfterARestoreNothingIsPostedTwice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		planned, running bool // the backup has the plan; the stage runs meanwhile
		said             string
	}{
		"before it was read":                 {false, false, "had read to"},
		"after it was planned":               {true, false, "audit trail ends"},
		"after it was planned, while it ran": {true, true, "audit trail ends"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, simulator.Options{Memory: -1})
			stop := w.start()
			w.publish(paid(invoiceOf(1, ada)))
			w.paid("invoice:1")
			w.idle()
			w.lock()
			person := ada
			person.MagentoID = 77
			sale := paid(invoiceOf(2, person))
			var restore func()
			if !c.planned {
				restore = w.backup()
			}
			w.publish(sale)
			w.until("planned and read", func() bool { return w.item("invoice:2").State == work.ItemWaiting && w.bookmarked() })
			if c.planned {
				restore = w.backup()
			}
			w.unlock()
			w.paid("invoice:2")
			w.publish(creditOf(2, sale))
			w.reaches("creditmemo:2", work.ItemPosted, "")
			w.idle()
			w.trailIsKept()
			if !c.planned {
				w.forgetTrail()
			}
			if c.running {
				restore()
			} else {
				stop()
				restore()
				w.start()
			}
			w.until("the restore is noticed", func() bool { return w.restores() == 1 })
			w.paid("invoice:2")
			w.until("all is read", w.bookmarked)
			w.reaches("creditmemo:2", work.ItemPosted, "")
			w.idle()
			w.eachOnce(2)
			if n := len(w.inSage("credit_note")); n != 1 {
				t.Errorf("%d credit notes, want one", n)
			}
			if !strings.Contains(w.logs.String(), c.said) {
				t.Errorf("the log does not say %q", c.said)
			}
		})
	}
}

// TestADatabaseThatWasNotRestoredIsNotTakenForOne stops and starts a stage at any point of
// its work.
func TestADatabaseThatWasNotRestoredIsNotTakenForOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	for n := range uint64(6) {
		stop := w.start()
		w.publish(paid(invoiceOf(n+1, ada)))
		time.Sleep(time.Duration(n) * 300 * time.Millisecond)
		stop()
	}
	w.start()
	for n := range uint64(6) {
		w.paid(canonical.NewID(canonical.KindInvoice, n+1))
	}
	w.trailIsKept()
	if n := w.restores(); n != 0 {
		t.Errorf("a restore was noticed %d times, want never:\n%s", n, w.logs.tail())
	}
	if n := w.sim.Calls().ByPath["GET sales_invoices 200"]; n != 0 {
		t.Errorf("%d look-ups, want none", n)
	}
}

// TestNothingIsSentBeforeItIsKnownWhetherTheDatabaseWasRestored starts while no broker
// answers.
func TestNothingIsSentBeforeItIsKnownWhetherTheDatabaseWasRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	stop := w.start()
	w.lock()
	w.publish(paid(invoiceOf(1, ada)))
	w.until("planned", func() bool { return w.item("invoice:1").State == work.ItemWaiting })
	stop()
	w.unlock()
	topics := w.topics
	w.topics = topic.Dial([]string{"127.0.0.1:1"})
	t.Cleanup(w.topics.Close)
	stop = w.start()
	w.until("it is said why", func() bool { return strings.Contains(w.logs.String(), "nothing is sent before it is known") })
	time.Sleep(1500 * time.Millisecond) // a poll of the queue
	if n := w.sim.Calls().Writes; n != 0 {
		t.Errorf("%d calls were made", n)
	}
	stop()
	w.topics = topics
	w.start()
	w.paid("invoice:1")
}

// TestTheEndOfTheTrailIsNeverKeptForADatabaseThatWasNotCompared: it would hide what was lost.
func TestTheEndOfTheTrailIsNeverKeptForADatabaseThatWasNotCompared(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	stop := w.start()
	w.publish(invoiceOf(1, ada))
	w.reaches("invoice:1", work.ItemPosted, "")
	w.idle()
	restore := w.backup()
	w.publish(invoiceOf(2, ada))
	w.reaches("invoice:2", work.ItemPosted, "")
	w.trailIsKept()
	stop()
	known := func() int64 {
		state, err := w.topics.ReadSourceState(t.Context(), w.names, "")
		w.must(err)
		return state.Trail.Last
	}
	before := known()
	m := &memory{db: w.db, topics: w.topics, names: w.names, origins: &origins{topics: w.topics, names: w.names}, log: zerolog.New(w.logs)}
	step := func(what string, do func(context.Context) error, restores int, want int64) {
		t.Helper()
		w.must(do(t.Context()))
		if got := known(); got != want || w.restores() != restores {
			t.Errorf("%s: the trail is kept to %d with %d restores noticed, want %d and %d", what, got, w.restores(), want, restores)
		}
	}
	w.must(w.db.NoteRestored(t.Context(), "an entry of the trail"))
	step("not compared yet", m.keep, 0, before)
	step("compared", m.compare, 0, before)
	step("kept", m.keep, 0, before+1)
	restore()
	step("another incarnation", m.keep, 0, before+1)
	step("which was restored", m.compare, 1, before+1)
	end, err := w.db.TrailEnd(t.Context())
	w.must(err)
	step("and is kept from now on", m.keep, 1, end)
	step("so it is the same database at the next start", m.compare, 1, end)
}

// restored has the doubt world's database forget all that was done at Sage, and know of it.
func (w *doubtWorld) restored() {
	w.sql(`DELETE FROM xrefs; DELETE FROM operations;
		UPDATE sync_items SET state = 'planned', reason = '', sage_id = '', sent_digest = '', payment = '', plan_due_at = now()`)
	w.must(w.db.NoteRestored(w.t.Context(), "test"))
}

// TestWhatSageHadRefusedOnceIsNotMadeTwiceAfterARestore: the revision that was posted is lost
// with the refusal, and Sage remembers the id of the refused one alone.
func TestWhatSageHadRefusedOnceIsNotMadeTwiceAfterARestore(t *testing.T) {
	t.Parallel()
	w := newDoubtWorldOf(t, simulator.Options{})
	w.sim.Fault(simulator.Fault{Method: http.MethodPost, Path: "/v3.1/sales_invoices", Mode: "status", Status: 422})
	w.takeIn(anInvoice(1))
	w.settledItem("invoice:1", "invoice", invoiceReference(1))
	w.restored()
	w.turn()
	if n := len(w.inSage("invoice")); n != 1 || w.item("invoice:1").SageID != "" {
		t.Errorf("%d invoices, and %+v: want nothing done before the lists were read", n, w.item("invoice:1"))
	}
	w.rebuilt()
	w.settledItem("invoice:1", "invoice", invoiceReference(1))
	w.oneOfEach(1, bought)
}

// TestAfterARestoreAReferenceOfAnotherSaleIsForAPerson has Magento restored too, and give the
// number of a sale to another one.
func TestAfterARestoreAReferenceOfAnotherSaleIsForAPerson(t *testing.T) {
	t.Parallel()
	w := newDoubtWorld(t)
	first := doubtInvoice(1)
	w.takeIn(first)
	w.settledItem("invoice:1", "invoice", invoiceReference(1))
	w.restored()
	another := doubtInvoice(1)
	another.CreatedAt = "2026-03-01T09:00:00Z"
	w.takeIn(another)
	w.rebuilt()
	w.turnUntil("it is parked", func() bool { return w.item("invoice:1").State == work.ItemParked })
	item := w.item("invoice:1")
	if item.Reason != work.NotAsInSage || !strings.Contains(item.Hint, "date 2026-03-01") || len(w.inSage("invoice")) != 1 {
		t.Errorf("%s: %s, with %d invoices; want it said that the reference stands for another one", item.Reason, item.Hint, len(w.inSage("invoice")))
	}
}

// TestAfterARestoreAContactOfAnotherPersonIsForAPerson has Magento restored too, and give the
// id of a customer to another one.
func TestAfterARestoreAContactOfAnotherPersonIsForAPerson(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		last, email string
		parked      bool
	}{
		"another name":             {"Newname", "", false},
		"another address":          {"", "new@example.test", false},
		"another name and address": {"Newname", "new@example.test", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newDoubtWorldOf(t, simulator.Options{})
			w.takeIn(anInvoice(1))
			w.settledItem("invoice:1", "invoice", invoiceReference(1))
			w.restored()
			second := doubtInvoice(2)
			second.Customer.MagentoID = 1001
			if c.last != "" {
				second.Customer.LastName = c.last
			}
			if c.email != "" {
				second.Customer.Email = c.email
			}
			w.sql("UPDATE sync_items SET plan_due_at = NULL")
			w.takeIn(second)
			w.rebuilt()
			if !c.parked {
				w.settledItem("invoice:2", "invoice", invoiceReference(2))
			} else {
				w.turnUntil("it is parked", func() bool { return w.item("invoice:2").State == work.ItemParked })
				if item := w.item("invoice:2"); item.Reason != work.NotAsInSage {
					t.Errorf("%s: %s", item.Reason, item.Hint)
				}
			}
			if n := w.standing("contact", contactReference(1)); n != 1 {
				t.Errorf("%d contacts, want one", n)
			}
		})
	}
}

// TestAPersonsNoEndsTheLookingUp settles an operation that a rebuild has parked, and has the next
// one read the lists again.
func TestAPersonsNoEndsTheLookingUp(t *testing.T) {
	t.Parallel()
	w := newDoubtWorld(t)
	w.takeIn(doubtInvoice(1))
	w.settledItem("invoice:1", "invoice", invoiceReference(1))
	w.restored()
	another := doubtInvoice(1)
	another.CreatedAt = "2026-03-01T09:00:00Z"
	w.takeIn(another)
	w.rebuilt()
	w.must(w.planner.step(t.Context()))
	_, err := w.db.Settle(t.Context(), w.operationToSettle("invoice:1"), "")
	w.must(err)
	if report := w.rebuilt(); report.adopted() != 0 {
		t.Errorf("%+v: want what a person has decided left alone", report)
	}
	w.turnUntil("made", func() bool { return len(w.inSage("invoice")) == 2 })
}
