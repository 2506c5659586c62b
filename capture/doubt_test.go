package capture

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// reader makes a database user with rights to single tables, all of them but some.
func (s *magentoShop) reader(without ...string) string {
	s.t.Helper()
	name := s.user("p", "REPLICATION SLAVE, BINLOG MONITOR ON *.*")
	for _, t := range magento.Tables {
		if t.Filter != magento.ListedAttributes && !slices.Contains(without, t.Name) {
			s.exec("GRANT SELECT ON " + s.config.TablePrefix + t.Name + " TO " + name)
		}
	}
	return name
}

// lose makes the saved position one that the server does not have, as a purge does.
func (r *running) lose() {
	r.t.Helper()
	r.halt()
	p := r.state().Checkpoint
	p.GTID = "0-2-99999999999"
	r.save(p)
}

// ended is what a stage ends with by itself; nil when it goes on.
func ended(t *testing.T, stage *Stage) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return stage.Run(ctx)
}

// silently runs statements that do not get into the log.
func (s *magentoShop) silently(statements string) {
	s.exec("SET SESSION sql_log_bin=0; " + statements + "; SET SESSION sql_log_bin=1")
}

func TestATableThatMayNotBeReadIsNotOneThatIsNotThere(t *testing.T) {
	s := newShop(t, "m2_")
	db := "`" + s.config.Database + "`"
	order, _ := magento.ByName("sales_order")
	for name, c := range map[string]struct {
		user func() string
		says []string
	}{
		"two tables may be read": {func() string {
			return s.user("p", "REPLICATION SLAVE, BINLOG MONITOR ON *.*", "SELECT ON m2_sales_order", "SELECT ON m2_sales_invoice")
		}, []string{"may not read the table m2_store_website, and there are 18 more", "type GRANT SELECT ON " + db + ".* TO 'u"}},
		"one table may not be read": {func() string { return s.reader("sales_invoice_item") },
			[]string{"may not read the table m2_sales_invoice_item", "type GRANT SELECT ON " + db + ".`m2_sales_invoice_item` TO 'u"}},
		"a column may not be read": {func() string {
			user := s.reader("sales_order")
			s.exec("GRANT SELECT (" + strings.Join(order.Columns[:len(order.Columns)-1], ",") + ") ON m2_sales_order TO " + user)
			return user
		}, []string{"may not read " + order.Columns[len(order.Columns)-1] + " of the table m2_sales_order", "type GRANT SELECT (`" + order.Columns[len(order.Columns)-1] + "`) ON " + db + ".`m2_sales_order` TO 'u"}},
		"the database of a typing error": {func() string {
			user := s.reader()
			s.config.Database += "x"
			t.Cleanup(func() { s.config.Database = strings.TrimSuffix(s.config.Database, "x") })
			return user
		}, []string{"the user sees " + s.config.Database}},
	} {
		t.Run(name, func(t *testing.T) {
			was := s.config
			defer func() { s.config = was }()
			s.config.User, s.config.Password = c.user(), "p"
			topics, names := newTopics(t)
			stage := &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names}
			err := ended(t, stage)
			var setup *source.SetupError
			if !errors.As(err, &setup) {
				t.Fatalf("capture ended with %v, want a SetupError", err)
			}
			for _, words := range c.says {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("capture says %q, want it to say %q", err, words)
				}
			}
			if state, err := topics.ReadSourceState(t.Context(), names, "shop"); err != nil || state.Known {
				t.Errorf("a position was saved: %v, %v", state.Checkpoint, err)
			}
		})
	}
}

// readerOfColumns makes a database user with rights to the allowed columns alone.
func (s *magentoShop) readerOfColumns() string {
	name := s.user("p", "REPLICATION SLAVE, BINLOG MONITOR ON *.*")
	for _, table := range magento.Tables {
		s.exec("GRANT SELECT (" + strings.Join(s.columns(table), ",") + ") ON " + s.config.TablePrefix + table.Name + " TO " + name)
	}
	return name
}

// Where the log does not name its columns they are counted, and hidden ones are missed.
func TestRightsToSomeColumnsNeedALogThatNamesThem(t *testing.T) {
	s := newShopOn(t, servers.SourceWithForTest(t, "--binlog-row-metadata=MINIMAL"), "m2_")
	s.config.User, s.config.Password = s.readerOfColumns(), "p"
	err := source.Refusal(Preflight(t.Context(), s.config, topic.Names{Prefix: "p"}))
	if err == nil || !strings.Contains(err.Error(), "does not see every column of the table m2_store_website, and with binlog_row_metadata below FULL the log does not name them, and there are 20 more") || !strings.Contains(err.Error(), "SET GLOBAL binlog_row_metadata=FULL") {
		t.Errorf("preflight says %v", err)
	}
	for _, table := range magento.Tables {
		if table.Name != "sales_order" {
			s.exec("GRANT SELECT ON m2_" + table.Name + " TO " + s.config.User)
		}
	}
	err = source.Refusal(Preflight(t.Context(), s.config, topic.Names{Prefix: "p"}))
	if err == nil || !strings.Contains(err.Error(), "does not see every column of the table m2_sales_order") || !strings.Contains(err.Error(), ".`m2_sales_order` TO") {
		t.Errorf("preflight says %v", err)
	}
}

func TestRightsToTheAllowedColumnsAloneSuffice(t *testing.T) {
	t.Parallel()
	s := newShopOn(t, servers.SourceWithForTest(t, "--binlog-row-metadata=FULL"), "m2_")
	s.seed(20)
	s.config.User, s.config.Password = s.readerOfColumns(), "p"
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	s.exec("UPDATE m2_sales_order SET state = 'closed'")
	r.caughtUp(s)
	r.sameAsShop(s)
}

// What happened to 14 of 14 correct invoices: the rights to their items were taken
// away, the log was purged, and capture started again.
func TestRightsThatWereTakenAwayDeleteNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_")
	s.seed(14)
	s.config.User, s.config.Password = s.reader(), "p"
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	s.exec("REVOKE SELECT ON m2_sales_invoice_item FROM " + s.config.User)
	r.lose()
	before, epoch := r.published(), r.state().Checkpoint.Epoch
	stage := &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names}
	if err := ended(t, stage); err == nil || !strings.Contains(err.Error(), "may not read the table m2_sales_invoice_item") {
		t.Fatalf("capture ended with %v", err)
	}
	if after := r.published(); after != before || r.state().Checkpoint.Epoch != epoch {
		t.Errorf("%d records after %d", after, before)
	}
	s.exec("GRANT SELECT ON m2_sales_invoice_item TO " + s.config.User)
	again := start(t, s.config, topics, names)
	until(t, "a new epoch began", func() bool { again.alive(); return again.state().Checkpoint.Epoch > epoch })
	again.snapshotDone()
	again.sameAsShop(s)
}

func TestATableThatIsMissingOrSuddenlyEmptyIsWaitedFor(t *testing.T) {
	t.Parallel()
	const items = "m2_sales_invoice_item"
	for name, c := range map[string]struct{ spoil, mend, says string }{
		"missing": {"RENAME TABLE " + items + " TO away", "RENAME TABLE away TO " + items, "lacks " + items},
		"emptied": {"CREATE TABLE kept AS SELECT * FROM " + items + "; DELETE FROM " + items,
			"INSERT INTO " + items + " SELECT * FROM kept; DROP TABLE kept", "the tables sales_invoice_item had rows and are empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, "m2_")
			s.seed(14)
			topics, names := newTopics(t)
			r := start(t, s.config, topics, names)
			r.snapshotDone()
			r.lose()
			s.silently(c.spoil)
			before, epoch := r.published(), r.state().Checkpoint.Epoch
			var board health.Board
			again := run(t, &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names, Health: &board})
			until(t, "capture says that it waits", func() bool {
				again.alive()
				all := board.Troubles()
				return len(all) == 1 && strings.Contains(all[0].Problem, c.says) && all[0].Hint != "" && strings.Contains(again.log.String(), c.says)
			})
			if after := r.published(); after != before || r.state().Checkpoint.Epoch != epoch {
				t.Errorf("%d records after %d", after, before)
			}
			s.silently(c.mend)
			until(t, "capture went on", func() bool { again.alive(); return again.state().Checkpoint.Epoch > epoch })
			again.snapshotDone()
			again.sameAsShop(s)
			if all := board.Troubles(); len(all) != 0 {
				t.Errorf("there are still the troubles %+v", all)
			}
		})
	}
}

func TestAPersonMayConfirmThatATableIsEmpty(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_")
	s.seed(14)
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	r.lose()
	s.silently("DELETE FROM m2_sales_invoice_item")
	epoch := r.state().Checkpoint.Epoch
	s.config.AcceptEmpty = []string{"sales_invoice_item"}
	again := start(t, s.config, topics, names)
	until(t, "capture went on", func() bool { again.alive(); return again.state().Checkpoint.Epoch > epoch })
	again.snapshotDone()
	again.caughtUp(s)
	again.sameAsShop(s)
	if err := (Config{AcceptEmpty: []string{"m2_store"}}).WithDefaults().Validate(); err == nil || !strings.Contains(err.Error(), `source.accept_empty "m2_store"`) {
		t.Errorf("an unknown table: %v", err)
	}
}
