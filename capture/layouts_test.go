package capture

import (
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// swap gives the order's and the base currency each other's place: rows from before it
// read as the other's by position.
const swap = "ALTER TABLE m2_sales_order RENAME COLUMN base_currency_code TO order_currency_code, RENAME COLUMN order_currency_code TO base_currency_code"

func TestWhatWasLoggedBeforeAnAlterIsNeverReadByTheColumnsOfNow(t *testing.T) {
	for name, logged := range map[string]string{"in the log": "1", "kept out of the log": "0"} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "m2_")
			s.exec("ALTER TABLE m2_sales_order MODIFY base_currency_code varchar(255), MODIFY order_currency_code varchar(255)")
			s.metadata("NO_LOG")
			topics, names := newTopics(t)
			r := start(t, s.config, topics, names)
			r.snapshotDone()
			s.exec("INSERT INTO m2_sales_order (entity_id, base_currency_code, order_currency_code) VALUES (1, 'GBP', 'EUR')")
			r.caughtUp(s)
			r.halt()
			s.exec("INSERT INTO m2_sales_order (entity_id, base_currency_code, order_currency_code) VALUES (2, 'GBP', 'EUR')")
			s.exec("SET SESSION sql_log_bin=" + logged + "; " + swap + "; SET SESSION sql_log_bin=1")
			s.exec("UPDATE m2_sales_order SET base_currency_code='GBP', order_currency_code='EUR'")
			again := start(t, s.config, topics, names)
			again.anotherSnapshot()
			again.snapshotDone()
			again.caughtUp(s)
			again.sameAsShop(s)
			for _, rec := range of(t, again.records(change.Sales), "sales_order") {
				if strings.Contains(string(rec.Value), `"order_currency_code":"GBP"`) {
					t.Errorf("an order in EUR was published as one in GBP: %s", rec.Value)
				}
			}
		})
	}
}

func TestARestartWithoutAnAlterReadsRowsWithoutNamesAsBefore(t *testing.T) {
	s := newShop(t, "m2_")
	s.metadata("NO_LOG")
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	r.halt()
	first := r.state().Checkpoint.Epoch
	s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (1, 'new')")
	again := start(t, s.config, topics, names)
	again.caughtUp(s)
	again.sameAsShop(s)
	if again.state().Checkpoint.Epoch != first {
		t.Errorf("a new epoch began though nothing was altered:\n%s", again.log)
	}
}
