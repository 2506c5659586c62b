package capture

import (
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// MariaDB logs a UUID and the like as bytes. A captured column that became one by an ALTER
// that was kept out of the log is never read as text: capture waits until it is text again.
func TestAColumnThatBecameNativeUnseenIsInDoubtAndNotReadAsText(t *testing.T) {
	t.Parallel()
	servers.MariaDBOnlyForTest(t, "UUID and INET6")
	for name, c := range map[string]struct{ before, after, value, metadata string }{
		"a UUID":                                 {"varchar(200)", "uuid", "UUID()", "FULL"},
		"an INET6":                               {"char(50)", "inet6", "'::1'", "FULL"},
		"an INET4":                               {"char(16)", "inet4", "'1.2.3.4'", "FULL"},
		"a UUID, and the log names no columns":   {"char(16) CHARACTER SET latin1", "uuid", "UUID()", "NO_LOG"},
		"an INET4, and the log names no columns": {"char(4) CHARACTER SET latin1", "inet4", "'1.2.3.4'", "NO_LOG"},
		"text of as many bytes":                  {"char(16) CHARACTER SET latin1", "", "'plain'", "NO_LOG"},
		"bytes":                                  {"binary(16)", "", "'plain'", "FULL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := privately(t)
			s.metadata(c.metadata)
			s.exec("ALTER TABLE m2_sales_order MODIFY state " + c.before)
			topics, names := newTopics(t)
			r := start(t, s.config, topics, names)
			r.snapshotDone()
			s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (1, NULL)")
			r.caughtUp(s)
			if c.after != "" {
				s.exec(unlogged + "ALTER TABLE m2_sales_order MODIFY state " + c.after + logged)
			}
			s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (2, " + c.value + ")")
			if c.after != "" {
				until(t, "capture says what is wrong", func() bool { r.alive(); return strings.Contains(r.log.String(), "correct the table") })
				if n := len(of(t, r.records(change.Sales), "sales_order")); n != 1 {
					t.Errorf("%d rows were published, want the one from before", n)
				}
				s.exec(unlogged + "UPDATE m2_sales_order SET state = NULL; ALTER TABLE m2_sales_order MODIFY state " + c.before + logged)
				until(t, "capture goes on", func() bool { r.alive(); return len(of(t, r.records(change.Sales), "sales_order")) > 1 })
			}
			r.snapshotDone()
			r.caughtUp(s)
			if rows := r.sameAsShop(s); rows != 2 {
				t.Errorf("%d rows, want 2", rows)
			}
			if resets := strings.Count(r.log.String(), "a new epoch began"); c.after == "" && resets > 1 {
				t.Errorf("%d epochs began, want the first alone", resets)
			}
		})
	}
}
