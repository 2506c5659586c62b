package capture

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// A transaction was published in part when it met what cannot be read: thousands of rows, and
// behind them a statement in place of rows.
func TestATransactionThatWasPublishedInPartLeavesNoRow(t *testing.T) {
	t.Parallel()
	s, r := seeded(t, 14)
	conn, err := s.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		onMySQL(t, "SET SESSION binlog_format=MIXED, cte_max_recursion_depth=100000", "SET SESSION binlog_format=MIXED"), "BEGIN",
		portable(t, "INSERT INTO m2_sales_invoice_item (entity_id, parent_id, sku) SELECT seq, 1, UUID() FROM seq_1000_to_40000"),
		"DELETE FROM m2_sales_invoice_item WHERE entity_id >= 2000", "COMMIT",
	} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(statement, err)
		}
	}
	conn.Close()
	r.anotherSnapshot()
	r.snapshotDone()
	r.caughtUp(s)
	r.sameAsShop(s)
	r.repeated()
}

// A session has published transactions and not saved them, and the first of them cannot be told
// any more.
func TestWhatWasPublishedKeepsItsVersionWhenItsColumnsCannotBeTold(t *testing.T) {
	t.Parallel()
	for _, more := range []int{1, 2} {
		t.Run(fmt.Sprint(more), func(t *testing.T) {
			s, _ := privately(t)
			s.metadata("NO_LOG")
			s.seed(5)
			topics, names := newTopics(t)
			r := start(t, s.config, topics, names)
			r.snapshotDone()
			r.caughtUp(s)
			saved := r.state().Checkpoint
			s.exec("INSERT INTO m2_sales_invoice_item (entity_id, parent_id, sku) VALUES (900, 1, 'x')")
			for n := range more {
				s.exec(fmt.Sprintf("UPDATE m2_sales_order SET state = 'y%d' WHERE entity_id = 1", n))
			}
			r.caughtUp(s)
			r.halt()
			saved.Holder = r.state().Checkpoint.Holder
			r.save(saved)
			s.exec("ALTER TABLE m2_sales_invoice_item ADD later int FIRST")
			r = run(t, r.stage)
			r.anotherSnapshot()
			r.snapshotDone()
			r.caughtUp(s)
			r.sameAsShop(s)
			r.repeated()
		})
	}
}

// Progress is saved before the record of its beginning is published, and a kill comes between.
func TestTheBeginningOfASnapshotIsPublishedAfterAKill(t *testing.T) {
	t.Parallel()
	s, r := seeded(t, 5)
	r.caughtUp(s)
	r.halt()
	p := r.state().Checkpoint
	p.Sequence++
	r.saveAll(p, map[change.Scope]change.Progress{{Domain: change.Sales}: {Epoch: p.Epoch, Begin: p.Version()}})
	r = run(t, r.stage)
	r.snapshotDone()
	found := map[string]int{}
	for _, rec := range r.records(change.Sales) {
		kind := rec.Header(change.HeaderKind)
		if kind != change.KindSnapshotBegin && kind != change.KindSnapshotEnd {
			continue
		}
		if c, err := change.DecodeSnapshot(rec.Value); err == nil && c.Begin == p.Version() {
			found[kind]++
		}
	}
	if found[change.KindSnapshotBegin] == 0 || found[change.KindSnapshotEnd] == 0 {
		t.Errorf("of the snapshot there are %v", found)
	}
}

// A table comes into doubt while the snapshot of its domain has not begun, and the log comes
// slower than that would begin.
func TestASnapshotThatHasNotBegunBeginsBehindADoubtOfItsTable(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_")
	log := s.lateLog()
	s.seed(5)
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	r.caughtUp(s)
	r.halt()
	p := r.state().Checkpoint
	p.Epoch, p.Sequence = p.Epoch+1, 0
	s.exec("INSERT INTO m2_sales_invoice_item (entity_id, parent_id, sku) VALUES (900, 1, 'ghost')")
	from := change.Place(s.logEnd())
	s.exec("TRUNCATE m2_sales_invoice_item; INSERT INTO m2_sales_invoice_item (entity_id, parent_id, sku) VALUES (1, 1, 'true')")
	p.Doubts = map[string]change.Doubt{"m2_sales_invoice_item": {From: from, Begin: from, Until: change.Place(s.logEnd())}}
	done := change.Progress{Epoch: p.Epoch, Begin: p.Version(), Done: true}
	r.saveAll(p, map[change.Scope]change.Progress{{Domain: change.Reference}: done, {Domain: change.Customer}: done})
	log.delay.Store(int64(time.Second))
	r = run(t, r.stage)
	r.snapshotDone()
	log.delay.Store(0)
	r.caughtUp(s)
	r.sameAsShop(s)
}

// Where the log has told of the delete of each row, that a table is empty is no riddle.
func TestATableWhoseRowsTheLogHasDeletedMayBeEmpty(t *testing.T) {
	t.Parallel()
	s, r := seeded(t, 14)
	s.exec("DELETE FROM m2_sales_invoice_item")
	r.caughtUp(s)
	r.halt()
	p := r.state().Checkpoint
	p.Sequence++
	r.saveAll(p, map[change.Scope]change.Progress{{Domain: change.Sales}: {Epoch: p.Epoch, Begin: p.Version()}})
	r = run(t, r.stage)
	r.snapshotDone()
	r.sameAsShop(s)
}

// Topics that were lost tell of no delete, and a table that was restored without its rows must
// not be taken for one that was emptied.
func TestAnEmptyTableOfWhichTheTopicTellsNothingIsWaitedFor(t *testing.T) {
	t.Parallel()
	_, r := seeded(t, 2)
	r.halt()
	p := r.state().Checkpoint
	p.Sequence, p.Filled = p.Sequence+1, append(p.Filled, "sales_creditmemo_item")
	r.saveAll(p, map[change.Scope]change.Progress{{Domain: change.Sales}: {Epoch: p.Epoch, Begin: p.Version()}})
	r = run(t, r.stage)
	until(t, "capture says that it waits", func() bool {
		r.alive()
		return strings.Contains(r.log.String(), "the tables sales_creditmemo_item had rows and are empty")
	})
}
