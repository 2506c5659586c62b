package capture

import (
	"errors"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// A hiding table has columns that information_schema does not list, or history.
type hiding struct {
	table, id, text string
	history         bool
	statements      string
}

var hidings = []hiding{
	{"sales_order", "entity_id", "state", true, "ALTER TABLE m2_sales_order ADD SYSTEM VERSIONING"},
	{"sales_order_item", "item_id", "name", true, "ALTER TABLE m2_sales_order_item ADD COLUMN since timestamp(6) GENERATED ALWAYS AS ROW START FIRST," +
		" ADD COLUMN upto timestamp(6) GENERATED ALWAYS AS ROW END AFTER item_id, ADD PERIOD FOR SYSTEM_TIME(since, upto), ADD SYSTEM VERSIONING"},
	{"sales_order_tax", "tax_id", "code", true, "ALTER TABLE m2_sales_order_tax ADD SYSTEM VERSIONING;" +
		" ALTER TABLE m2_sales_order_tax PARTITION BY SYSTEM_TIME LIMIT 100 (PARTITION p0 HISTORY, PARTITION p1 HISTORY, PARTITION pn CURRENT)"},
	{"sales_order_payment", "entity_id", "method", true, "ALTER TABLE m2_sales_order_payment ADD SYSTEM VERSIONING;" +
		" ALTER TABLE m2_sales_order_payment ADD COLUMN more varchar(20) DEFAULT 'more', ADD COLUMN long_text text, ADD UNIQUE (long_text)"},
	{"sales_order_address", "entity_id", "email", false, "ALTER TABLE m2_sales_order_address ADD COLUMN long_text text, ADD UNIQUE (long_text)"},
	{"customer_address_entity", "entity_id", "city", true, "ALTER TABLE m2_customer_address_entity ADD COLUMN one text, ADD COLUMN two text, ADD UNIQUE (one), ADD UNIQUE (two, one);" +
		" ALTER TABLE m2_customer_address_entity ADD SYSTEM VERSIONING"},
}

// exec runs statements in which {t}, {i} and {x} stand for the table, its key and a text.
func (h hiding) exec(s *magentoShop, statements string) {
	s.t.Helper()
	s.exec(strings.NewReplacer("{t}", "m2_"+h.table, "{i}", h.id, "{x}", h.text).Replace(statements))
}

// Neither the history of a system-versioned table nor the hash of a long key is listed by
// information_schema, and both stand in the rows of the log.
func TestWhatTheServerHidesOfATableIsReadAsWhatItIs(t *testing.T) {
	servers.MariaDBOnlyForTest(t, "system versioning")
	for _, metadata := range []string{"FULL", "NO_LOG"} {
		t.Run(metadata, func(t *testing.T) {
			s := newShop(t, "m2_")
			s.metadata(metadata)
			for _, h := range hidings {
				h.exec(s, "INSERT INTO {t} ({i}, {x}) VALUES (1, 'new'), (2, 'new'), (3, 'new')")
				s.exec("SET system_versioning_alter_history=KEEP; " + h.statements)
				h.exec(s, "UPDATE {t} SET {x} = 'old' WHERE {i} = 3")
			}
			topics, names := newTopics(t)
			r := start(t, s.config, topics, names)
			r.snapshotDone()
			epoch := r.state().Checkpoint.Epoch
			for _, h := range hidings {
				h.exec(s, "UPDATE {t} SET {x} = 'paid' WHERE {i} = 1; DELETE FROM {t} WHERE {i} = 2")
				h.exec(s, "INSERT INTO {t} ({i}, {x}) VALUES (4, 'new'), (5, 'new'), (6, 'new'); UPDATE {t} SET {x} = 'done'")
				h.exec(s, "UPDATE {t} SET {i} = 7 WHERE {i} = 4; REPLACE INTO {t} ({i}, {x}) VALUES (5, 'replaced')")
				h.exec(s, "DELETE FROM {t} WHERE {i} = 6; INSERT INTO {t} ({i}, {x}) VALUES (6, 'back')")
			}
			r.caughtUp(s)
			r.sameAsShop(s)
			for _, h := range hidings {
				if h.history {
					h.exec(s, "DELETE HISTORY FROM {t}")
				}
			}
			s.exec("ALTER TABLE m2_sales_order_tax DROP PARTITION p0")
			h := hidings[2]
			if metadata == "FULL" { // without names a row behind an ALTER is read after a snapshot alone
				h.exec(s, "UPDATE {t} SET {x} = 'last'")
			}
			s.exec("INSERT INTO m2_sales_invoice (entity_id, order_id) VALUES (1, 1)")
			r.caughtUp(s)
			r.sameAsShop(s)
			if r.state().Checkpoint.Epoch != epoch {
				t.Errorf("a new epoch began:\n%s", r.log)
			}
		})
	}
}

func TestAnUpdateOfAVersionedTableIsOneRecord(t *testing.T) {
	servers.MariaDBOnlyForTest(t, "system versioning")
	s, r := streaming(t)
	s.exec("ALTER TABLE m2_sales_order ADD SYSTEM VERSIONING")
	r.anotherSnapshot()
	r.snapshotDone()
	s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (1, 'new')")
	s.exec("UPDATE m2_sales_order SET state = 'paid'")
	s.exec("DELETE FROM m2_sales_order")
	r.caughtUp(s)
	var got []string
	for _, e := range envelopes(t, of(t, r.records(change.Sales), "sales_order"), "sales_order") {
		if e != nil { // not a tombstone
			got = append(got, string(e.Op))
		}
	}
	if want := "c u d"; strings.Join(got, " ") != want {
		t.Errorf("the records are %v, want %s", got, want)
	}
}

// The server logs the changes of such a table as SQL, so that each would be a snapshot.
func TestATableThatIsVersionedByTransactionsIsRefusedByName(t *testing.T) {
	servers.MariaDBOnlyForTest(t, "system versioning")
	s := newShop(t, "m2_")
	s.exec("ALTER TABLE m2_sales_order ADD COLUMN a bigint unsigned GENERATED ALWAYS AS ROW START," +
		" ADD COLUMN b bigint unsigned GENERATED ALWAYS AS ROW END, ADD PERIOD FOR SYSTEM_TIME(a, b), ADD SYSTEM VERSIONING")
	topics, names := newTopics(t)
	err := ended(t, &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names})
	var setup *source.SetupError
	if !errors.As(err, &setup) || !strings.Contains(err.Error(), "the table m2_sales_order is versioned by the ids of transactions") || !strings.Contains(err.Error(), "DROP SYSTEM VERSIONING") {
		t.Errorf("capture ended with %v", err)
	}
}
