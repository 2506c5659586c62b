package sink

import (
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// beside is another pipeline on the same database and Sage: its topics have another
// broker, and a prefix and identity of their own.
func (w *world) beside(prefix, pipeline string, clock uint64) *world {
	w.t.Helper()
	other := &world{t: w.t, config: w.config, db: w.db, dsn: w.dsn, sim: w.sim, names: topic.Names{Prefix: prefix}, pipeline: pipeline, logs: &lockedBuffer{}}
	other.openBroker()
	other.epoch = clock
	other.checkpoint("shop", change.Version{Epoch: clock, Sequence: 1})
	return other
}

func TestASuccessorUnderTheSamePrefixIsNewerWhateverItsClockSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.epoch = 9000 // its clock was ahead
	w.checkpoint("shop", change.Version{Epoch: 9000, Sequence: 1})
	stop := w.start()
	w.publish(invoiceOf(1, ada))
	w.reaches("invoice:1", work.ItemPosted, "")
	stop()
	successor := w.beside("test", "P2", 1)
	successor.start()
	successor.publish(paid(invoiceOf(1, ada)))
	successor.paid("invoice:1")
	w.setAside(0) // what a successor says is no older version
	if all, err := w.db.Sources(t.Context()); err != nil || len(all) != 1 || all[0].Pipeline != "P2" || all[0].Generation != 2 {
		t.Errorf("sources %+v, %v; want shop to follow P2, the second", all, err)
	}
}

// The offsets topic may be made anew while the stage runs.
func TestASuccessorIsFollowedByAStageThatRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	w.publish(invoiceOf(1, ada))
	w.reaches("invoice:1", work.ItemPosted, "")
	w.delete(w.names.Offsets())
	successor := &world{t: t, db: w.db, broker: w.broker, topics: topic.Dial([]string{w.broker}), names: w.names, pipeline: "P2", epoch: 1}
	t.Cleanup(successor.topics.Close)
	successor.identify()
	successor.publish(paid(invoiceOf(1, ada)))
	w.paid("invoice:1")
	w.setAside(0)
}

// Somebody starts a second pipeline under another prefix on the same Postgres. Its records
// are refused by name, and those of the first go on to count.
func TestASecondPipelineDoesNotSilenceTheFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	w.publish(invoiceOf(1, ada))
	w.reaches("invoice:1", work.ItemPosted, "")
	second := w.beside("other", "P2", 9000)
	stop := second.start()
	second.publish(invoiceOf(1, ada), invoiceOf(2, ada))
	const command = "mage2sage source move shop --to other"
	second.until("the second is refused by name", func() bool {
		all := second.health.Troubles()
		return len(all) == 1 && strings.Contains(all[0].Problem, "prefix other") && strings.Contains(all[0].Hint, command) && strings.Contains(second.logs.String(), command)
	})
	w.publish(paid(invoiceOf(1, ada)))
	w.paid("invoice:1")
	if row := w.item("invoice:2"); row.ID != "" {
		t.Errorf("%+v was taken from the second pipeline", row)
	}
	stop()
	if known, err := w.db.Move(t.Context(), "shop", "other"); err != nil || !known {
		t.Fatalf("move: %v, %v", known, err)
	}
	second.start()
	second.reaches("invoice:2", work.ItemPosted, "")
	second.until("the trouble is over", func() bool { return len(second.health.Troubles()) == 0 })
}

func TestAMoveBackTakesTheFirstPipelineAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	stop := w.start()
	w.publish(invoiceOf(1, ada))
	w.reaches("invoice:1", work.ItemPosted, "")
	stop()
	second := w.beside("other", "P2", 9000)
	move := func(prefix string) {
		t.Helper()
		if known, err := w.db.Move(t.Context(), "shop", prefix); err != nil || !known {
			t.Fatalf("move: %v, %v", known, err)
		}
	}
	move("other")
	stop = second.start()
	second.publish(invoiceOf(2, ada))
	second.reaches("invoice:2", work.ItemPosted, "")
	stop()
	move("test")
	w.start()
	w.publish(paid(invoiceOf(2, ada)))
	w.paid("invoice:2")
	if known, err := w.db.Move(t.Context(), "unknown", "test"); err != nil || known {
		t.Errorf("a source that was never taken is moved: %v, %v", known, err)
	}
}

func TestAnOlderVersionWithOtherContentIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	w.version = 10
	w.publish(paid(invoiceOf(1, ada)))
	w.paid("invoice:1")
	w.version = 5
	w.publish(invoiceOf(1, ada))
	if all := w.setAside(1); !strings.Contains(all[0].Reason, "newer version") || !strings.Contains(w.logs.String(), "newer version") {
		t.Errorf("%+v; want it set aside and logged as an older version", all)
	}
	w.version = 9
	w.publish(paid(invoiceOf(1, ada)))
	w.publish(invoiceOf(2, ada))
	w.reaches("invoice:2", work.ItemPosted, "")
	w.setAside(1) // the same content again is nothing to show
}

func TestAnOlderVersionBehindTheNewestInOneFetchIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	stop := w.start()
	w.publish(invoiceOf(2, ada))
	w.reaches("invoice:2", work.ItemPosted, "") // the topics are read from here on
	at := func(sequence uint64, i *canonical.Invoice) topic.Record {
		return w.record("shop", change.Version{Epoch: 1, Sequence: sequence}, i)
	}
	newest := paid(invoiceOf(1, ada))
	w.produce(w.names.Canonical("invoice"), topic.Partition(newest.Source.Root, 2),
		at(10, newest), at(5, invoiceOf(1, ada)), at(9, paid(invoiceOf(1, ada)))) // the last one says the same as the newest
	w.paid("invoice:1")
	if all := w.setAside(1); !strings.Contains(all[0].Reason, "newer version") || !strings.Contains(w.logs.String(), "newer version") {
		t.Errorf("%+v; want the other content set aside and logged as an older version", all)
	}
	stop()
	w.sql("DELETE FROM bookmarks; DELETE FROM set_aside")
	w.start()
	w.until("all is read again", w.bookmarked)
	w.setAside(0) // it was said when it was first read
}

func TestAForgedRecordIsSetAsideAndNeverPosted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		forge  func(*world, canonical.Entity, *topic.Record) // changes what transform would have written
		reason string
	}{
		"no pipeline": {func(_ *world, _ canonical.Entity, r *topic.Record) { r.Headers = append(r.Headers, pipelineHeader("")) }, "no pipeline of this prefix"},
		"another pipeline": {func(_ *world, _ canonical.Entity, r *topic.Record) {
			r.Headers = append(r.Headers, pipelineHeader("P9"))
		}, "no pipeline of this prefix"},
		"another key": {func(_ *world, _ canonical.Entity, r *topic.Record) { r.Key = []byte("invoice:2") }, "its key"},
		"no version header": {func(_ *world, _ canonical.Entity, r *topic.Record) {
			r.Headers = slices.DeleteFunc(r.Headers, func(h topic.Header) bool { return h.Key == canonical.HeaderVersion })
		}, "its version header"},
		"a version without end": {func(w *world, e canonical.Entity, r *topic.Record) {
			*r = w.record("shop", change.Version{Epoch: 1, Sequence: 1<<64 - 1}, e)
		}, "its version is above"},
		"an epoch of tomorrow": {func(w *world, e canonical.Entity, r *topic.Record) {
			*r = w.record("shop", change.Version{Epoch: 2, Sequence: 1}, e)
		}, "its version is above"},
		"another source": {func(w *world, e canonical.Entity, r *topic.Record) {
			*r = w.record("x\x00y", change.Version{Epoch: 1, Sequence: 1}, e)
		}, "its source is none"},
		"another root than its own": {func(w *world, e canonical.Entity, r *topic.Record) {
			e.Head().Source.Root = change.NewRoot("order", inSamePartition)
			*r = w.record("shop", change.Version{Epoch: 1, Sequence: 1}, e)
		}, "its root"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, simulator.Options{})
			w.start()
			e := invoiceOf(1, ada)
			r := w.record("shop", change.Version{Epoch: 1, Sequence: 1}, e)
			c.forge(w, e, &r)
			w.send(e, r)
			w.publish(invoiceOf(inSamePartition, ada))
			w.reaches(canonical.NewID(canonical.KindInvoice, inSamePartition), work.ItemPosted, "")
			if all := w.setAside(1); !strings.Contains(all[0].Reason, c.reason) {
				t.Errorf("set aside: %s; want %s", all[0].Reason, c.reason)
			}
			if n := len(w.inSage("invoice")); n != 1 {
				t.Errorf("%d invoices in Sage, want 1", n)
			}
			if reason, err := ReadAgain(t.Context(), w.db, w.topics, w.names, w.setAside(1)[0]); err != nil || !strings.Contains(reason, c.reason) {
				t.Errorf("read again: %q, %v; want it refused for the same reason", reason, err)
			}
		})
	}
}

func pipelineHeader(id string) topic.Header {
	return topic.Header{Key: change.HeaderPipeline, Value: []byte(id)}
}

func TestARecordInAnotherPartitionThanItsRootsIsSetAside(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	e := invoiceOf(1, ada)
	w.produce(w.names.Canonical("invoice"), 1-topic.Partition("order/1", 2), w.record("shop", change.Version{Epoch: 1, Sequence: 1}, e))
	if all := w.setAside(1); !strings.Contains(all[0].Reason, "another partition") {
		t.Errorf("set aside: %s", all[0].Reason)
	}
}

// What transform writes of every kind fits, or nothing would be taken.
func TestWhatTransformWritesFits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	invoice := invoiceOf(1, ada)
	w.publish(invoice, creditOf(2, invoice), customerOf(ada))
	w.until("all are read", w.bookmarked)
	w.setAside(0)
	if n := len(plan.Kinds()); n != 3 {
		t.Errorf("%d kinds, and three were written", n)
	}
}
