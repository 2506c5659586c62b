package sink

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// An invoice is posted, and deleted in Magento; then Postgres is restored to before both.
func TestAnInvoiceThatWasDeletedBeforeARestoreIsForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	stop := w.start()
	first := paid(invoiceOf(2, ada))
	w.publish(first)
	w.paid("invoice:2")
	w.sql("CREATE TABLE saved AS SELECT * FROM bookmarks")
	invoice := invoiceOf(1, ada)
	w.publish(invoice)
	w.reaches("invoice:1", work.ItemPosted, "")
	w.publish(deletion(invoice), deletion(first))
	w.until("both deletions are known", func() bool { return w.item("invoice:1").Hint != "" && w.item("invoice:2").Hint != "" })
	w.idle()
	stop()
	w.sql(`DELETE FROM bookmarks; INSERT INTO bookmarks SELECT * FROM saved; DELETE FROM entities WHERE id = 'invoice:1'; DELETE FROM sync_items WHERE id = 'invoice:1';
		DELETE FROM xrefs WHERE entity = 'invoice:1'; DELETE FROM operations WHERE entity = 'invoice:1'`)
	restarted := w.start()
	row := w.reaches("invoice:1", work.ItemParked, work.DeletedUnseen)
	if !strings.Contains(row.Hint, "document settle") || !strings.Contains(w.logs.String(), "database behind what was read") {
		t.Errorf("hint %q, want it said what to do, and the restore in the log", row.Hint)
	}
	w.until("all is read", w.bookmarked)
	w.idle()
	if row := w.item("invoice:2"); row.State != work.ItemPosted {
		t.Errorf("%s %s, want what is known to be in Sage as it was", row.State, row.Reason)
	}
	// What comes after it is as always, and after a restart too.
	restarted()
	behind := strings.Count(w.logs.String(), "database behind")
	w.start()
	unposted := invoiceOf(3, ada)
	w.publish(deletion(unposted))
	w.reaches("invoice:3", work.ItemSkipped, work.IsDeleted)
	if n := strings.Count(w.logs.String(), "database behind"); n != behind {
		t.Errorf("a restore is said %d times, want %d: there was none since", n, behind)
	}
	if n := len(w.inSage("invoice")); n != 2 {
		t.Errorf("%d invoices in Sage, want the two", n)
	}
}

// TestARebuildWaitsForWhatItWouldMisjudge: calls that were under way, and records that are not read again.
func TestARebuildWaitsForWhatItWouldMisjudge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	stop := w.start()
	w.publish(invoiceOf(1, ada))
	w.reaches("invoice:1", work.ItemPosted, "")
	w.until("all is read", w.bookmarked)
	stop()
	for _, step := range []struct {
		what, sql, want string
		doubt           time.Duration
	}{
		{"nothing was restored", "", "", time.Hour},
		{"a restore", "INSERT INTO restores (reason) VALUES ('test')", "waiting 1h0m", time.Hour},
		{"a restore some time ago", "", "", 0},
		{"a bookmark behind the group", "UPDATE bookmarks SET next_offset = 0", "is read again: at 0 of 1", 0},
		{"the topic has nothing more", "UPDATE bookmarks SET read_to = 1 WHERE next_offset = 0", "", 0},
		{"more than the topic has now", "UPDATE bookmarks SET next_offset = 1, read_before = 100", "", 0},
	} {
		if step.sql != "" {
			w.sql(step.sql)
		}
		why, err := RebuildWaitsFor(t.Context(), w.db, w.topics, w.names, step.doubt)
		if w.must(err); !strings.Contains(why, step.want) || (why == "") != (step.want == "") {
			t.Errorf("%s: %q, want %q", step.what, why, step.want)
		}
	}
	// Intake puts the group back to the bookmark when it begins, and has noted before how far it was.
	w.sql("UPDATE bookmarks SET next_offset = 0, read_to = 0, read_before = 1")
	why, err := unread(t.Context(), w.db, w.topics, "a group that was put back", w.names.Canonical("invoice"))
	if w.must(err); !strings.Contains(why, "at 0 of 1") {
		t.Errorf("%q, want it said where it was", why)
	}
}

// TestListsAreReadAfterTheTopics: what is not read again yet would be taken for somebody else's.
func TestListsAreReadAfterTheTopics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	stop := w.start()
	w.publish(invoiceOf(1, ada))
	w.reaches("invoice:1", work.ItemPosted, "")
	w.until("all is read", w.bookmarked)
	stop()
	w.sql("UPDATE bookmarks SET next_offset = 0; INSERT INTO restores (reason) VALUES ('test')")
	time.Sleep(w.config.Sage.Doubt())
	rebuild, done := w.rebuild()
	defer done()
	opened := 0
	r := &rebuilder{
		db: w.db, topics: w.topics, names: w.names, doubt: w.config.Sage.Doubt(), log: zerolog.New(w.logs), failures: &failures{log: zerolog.New(w.logs), health: &w.health},
		memory: &memory{db: w.db, topics: w.topics, names: w.names, origins: &origins{topics: w.topics, names: w.names}, log: zerolog.New(w.logs)},
		client: func(work.Binding) *sage.Client { return rebuild.Client }, opened: func() { opened++ },
		paused: func() bool { return false },
	}
	incarnation, err := w.db.Incarnation(t.Context())
	w.must(err)
	r.memory.compared.Store(&incarnation) // which notices it here only once
	for _, step := range []struct {
		sql    string
		closed work.Closure
		says   string
	}{{"SELECT", work.ClosedByRestore, "is read again: at 0 of 1"}, {"UPDATE bookmarks SET next_offset = 1", "", ""}} {
		w.sql(step.sql)
		w.must(r.step(t.Context()))
		b, err := w.db.Binding(t.Context(), "shop-uk")
		if w.must(err); b.Closed != step.closed || !strings.Contains(b.Rebuilding, step.says) || (opened == 1) != (step.closed == "") {
			t.Errorf("closed by %q (%s), opened %d times; want %q, %q", b.Closed, b.Rebuilding, opened, step.closed, step.says)
		}
	}
}

// A restore puts back old tokens, too: what Sage has rotated meanwhile is spent, and only the
// rebuild finds out, because nothing else is sent.
func TestARebuildWithSpentTokensWaitsForAPersonWhoConnects(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Memory: -1})
	stop := w.start()
	w.publish(paid(invoiceOf(1, ada)))
	w.paid("invoice:1")
	w.idle()
	restore := w.backup()
	w.publish(paid(invoiceOf(2, ada)))
	w.paid("invoice:2")
	w.idle()
	w.trailIsKept()
	stop()
	restore()
	w.sim.Expire()
	w.sim.Fault(simulator.Fault{Path: "/token", Mode: "status", Status: http.StatusBadRequest, Body: `{"error":"invalid_grant"}`, Count: -1})
	w.start()
	w.until("needs_reauth", func() bool {
		b, err := w.db.Binding(t.Context(), "shop-uk")
		return err == nil && b.State == work.NeedsReauth && strings.Contains(b.Hint, "mage2sage connect --binding shop-uk")
	})
	w.sim.ClearFaults()
	w.connect()
	w.paid("invoice:2")
	w.eachOnce(2)
}
