package e2e

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/check"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// settled waits until the books agree and nothing is under way any more: the stages
// may be stopped, and Sage's calls counted.
func (w *world) settled(patience time.Duration) check.Report {
	w.t.Helper()
	var report check.Report
	deadline := time.Now().Add(patience)
	if !w.eventually(patience, func() bool { report = w.compare(); return report.OK() }) {
		documents, err := w.pipe.Documents(w.t.Context())
		for _, d := range documents {
			if d.State != "posted" {
				w.t.Logf("%s %s is %s: %s: %s", d.Kind, d.Number, d.State, d.Reason, d.Hint)
			}
		}
		w.t.Fatalf("after %s the books differ (%v):\n%s", patience, err, strings.Join(report.Problems, "\n"))
	}
	w.quiet(time.Until(deadline) + time.Minute)
	return report
}

// quiet waits until what the shop has written so far has gone through all stages, and
// the sink has nothing left to plan or to send.
func (w *world) quiet(patience time.Duration) {
	w.t.Helper()
	file, pos := w.endOfLog()
	var left string
	if !w.eventually(patience, func() bool {
		status, err := w.pipe.Status(w.t.Context())
		w.must(err)
		if !status.Passed(file, pos) {
			left = fmt.Sprintf("the stages have not passed %s:%d: %s", file, pos, status)
			return false
		}
		left = w.underWay(w.t)
		return left == ""
	}) {
		w.t.Fatalf("after %s something is under way: %s", patience, left)
	}
}

// endOfLog is where the source's log ends now.
func (w *world) endOfLog() (file string, pos uint64) {
	w.t.Helper()
	statement := "SHOW MASTER STATUS"
	ignored := make([]string, 2)
	if servers.MySQLForTest(w.t) {
		statement, ignored = "SHOW BINARY LOG STATUS", make([]string, 3)
	}
	into := []any{&file, &pos}
	for i := range ignored {
		into = append(into, &ignored[i])
	}
	w.must(w.db.QueryRowContext(w.t.Context(), statement).Scan(into...))
	return file, pos
}

// underWay names what the sink has not ended; "" is nothing.
func (w *world) underWay(t testing.TB) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "psql", w.pipe.Postgres, "-v", "ON_ERROR_STOP=1", "-Atqc", `
		SELECT kind || ' of ' || entity || ' is ' || state FROM operations WHERE state IN ('planned', 'sending', 'in_doubt')
		UNION ALL SELECT id || ' is to be planned' FROM sync_items WHERE plan_due_at <= now()`).CombinedOutput()
	if err != nil {
		t.Fatalf("psql: %v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}
