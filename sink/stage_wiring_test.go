package sink

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestTheStageNamesItselfInEveryLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	w.publish(paid(invoiceOf(1, ada)))
	w.paid("invoice:1")
	for line := range strings.Lines(w.logs.String()) {
		if strings.Count(line, `"stage":"sink"`) != 1 {
			t.Errorf("%s does not name its stage once", strings.TrimSpace(line))
		}
	}
}

func TestADatabaseThatIsNotMigratedEndsTheStageWithTheCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.sql("DROP TABLE goose_db_version")
	err := (&Stage{Config: w.config, Topics: w.topics, Names: w.names, Log: zerolog.Nop()}).Run(t.Context())
	if !errors.Is(err, postgres.ErrNotMigrated) || !strings.Contains(err.Error(), "mage2sage migrate") {
		t.Errorf("%v, want what to run", err)
	}
}

func TestKeysThatCannotBeReadEndTheStage(t *testing.T) {
	err := (&Stage{Config: Config{Sage: sage.DefaultConfig()}, Log: zerolog.Nop()}).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "sage.encryption_keys") {
		t.Errorf("%v, want the key to set", err)
	}
}

func TestMetricsAreRegisteredOnceAndMayBeAbsent(t *testing.T) {
	r := prometheus.NewRegistry()
	m := newMetrics(r)
	m.observeCall(work.CreateInvoice, sage.Done, 0)
	m.entities.WithLabelValues("invoice").Inc()
	m.planned.WithLabelValues("planned").Inc()
	found, err := r.Gather()
	if err != nil || len(found) != 4 {
		t.Errorf("%d metrics, %v; want the four of the comment", len(found), err)
	}
	newMetrics(nil).observeCall(work.CreateInvoice, sage.Done, 0)
}

// TestAConfirmationWithoutAnEffectIsNotMadeTwice records a create as a table would that
// has forgotten what it does to its item.
func TestAConfirmationWithoutAnEffectIsNotMadeTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	stop := w.start()
	w.publish(invoiceOf(1, ada))
	w.reaches("invoice:1", work.ItemPosted, "")
	stop()
	w.sql("UPDATE sync_items SET state = 'planned', sage_id = '', plan_due_at = now() WHERE id = 'invoice:1'")
	_, err := w.db.PlanNext(t.Context(), func(p *postgres.Planning) (work.Verdict, error) {
		return plan.Decide(time.Now(), p.Due, p)
	})
	var second *work.SecondCreateError
	if !errors.As(err, &second) {
		t.Errorf("%v, want a SecondCreateError", err)
	}
	if n := len(w.inSage("invoice")); n != 1 {
		t.Errorf("%d invoices in Sage, want one", n)
	}
}

// A process may die between keeping entities and telling the group, whose offset is what
// status shows: without a further record nobody would tell it.
func TestTheGroupIsToldWhereADeadProcessHadCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	stop := w.start()
	w.publish(paid(invoiceOf(1, ada)))
	w.paid("invoice:1")
	stop()
	name := w.names.Canonical("invoice")
	partitions, err := w.topics.PartitionCount(t.Context(), name)
	w.must(err)
	ends, err := w.topics.EndOffsets(t.Context(), name, partitions)
	w.must(err)
	w.forgetGroup(name, partitions)
	w.start()
	w.until("the group stands at the end again", func() bool {
		at, err := w.topics.GroupOffsets(t.Context(), w.names.Group("sink"), name, partitions)
		w.must(err)
		for i, end := range ends {
			if end > 0 && at[i] != end {
				return false
			}
		}
		return true
	})
}

// forgetGroup sets the offsets of the sink's group back to 0.
func (w *world) forgetGroup(name string, partitions int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	var done atomic.Int64
	err := w.topics.Consume(ctx, topic.Group{ID: w.names.Group("sink"), Topics: []string{name}}, func(ctx context.Context, a topic.Assignment) error {
		if err := a.Commit(0); err != nil {
			return err
		}
		if done.Add(1) == int64(partitions) {
			cancel()
		}
		<-ctx.Done()
		return nil
	})
	if done.Load() < int64(partitions) {
		w.t.Fatalf("the group's offsets are not set back: %v", err)
	}
}
