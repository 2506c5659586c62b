package capture

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// streaming is a shop whose snapshot is done.
func streaming(t *testing.T, configure ...func(*Config)) (*magentoShop, *running) {
	t.Helper()
	s := newShop(t, "m2_")
	for _, f := range configure {
		f(&s.config)
	}
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	return s, r
}

// of keeps the records of one table.
func of(t testing.TB, records []placed, table string) (all []placed) {
	t.Helper()
	for _, r := range records {
		if key, err := change.DecodeKey(r.Key); r.Header(change.HeaderKind) == "" && err == nil && key.Table == table {
			all = append(all, r)
		}
	}
	return all
}

func TestAnInsertIsAnEnvelopeUnderItsKeyInThePartitionOfItsOrder(t *testing.T) {
	t.Parallel()
	s, r := streaming(t)
	s.tx("INSERT INTO m2_sales_order (entity_id, state, increment_id, grand_total, created_at) VALUES (12, 'new', '000000012', 12.3, '2026-01-31 12:00:00')",
		"INSERT INTO m2_sales_order_item (item_id, order_id, sku) VALUES (7, 12, 'a')",
		"INSERT INTO m2_sales_order_item (item_id, order_id, sku) VALUES (8, 12, 'b')")
	r.caughtUp(s)
	sales := r.records(change.Sales)
	items := of(t, sales, "sales_order_item")
	if len(items) != 2 {
		t.Fatalf("got %d records of two items", len(items))
	}
	rec := items[1]
	if want := `{"table":"sales_order_item","pk":{"item_id":8}}`; string(rec.Key) != want {
		t.Errorf("key %s, want %s", rec.Key, want)
	}
	if rec.Header(change.HeaderRoot) != "order/12" || rec.partition != topic.Partition("order/12", testPartitions) {
		t.Errorf("root %q in partition %d, want order/12 in its own", rec.Header(change.HeaderRoot), rec.partition)
	}
	e, err := change.DecodeEnvelope(rec.Value)
	if err != nil {
		t.Fatal(err)
	}
	position := r.state().Checkpoint
	want := change.Source{Name: "shop", DB: s.config.Database, Table: "sales_order_item", ServerID: position.ServerID,
		GTID: e.Transaction.ID, File: position.File, Pos: e.Source.Pos, Row: 2, TSMS: e.Source.TSMS, Snapshot: "false"}
	if !s.hasGTIDs() {
		want.GTID = ""
	}
	if e.Source != want || e.Op != change.Create || e.Before != nil && string(e.Before) != "null" || e.Transaction.TotalOrder != 3 {
		t.Errorf("envelope %+v (%+v), want source %+v, op c, third of its transaction", e, e.Transaction, want)
	}
	if age := time.Since(time.UnixMilli(e.Source.TSMS)); age < 0 || age > time.Minute {
		t.Errorf("committed %v ago", age)
	}
	order := decodeRow[magento.Order](t, envelopes(t, sales, "sales_order")[0].After)
	if order.IncrementID != "000000012" || order.GrandTotal.String() != "12.3000" || order.CreatedAt != "2026-01-31T12:00:00Z" {
		t.Errorf("the order reads %+v", order)
	}
	r.markedOnce(t, sales)
}

// markedOnce sees that each transaction has one marker after its rows, with their
// version.
func (r *running) markedOnce(t *testing.T, records []placed) {
	t.Helper()
	open := map[int]string{}
	for _, rec := range records {
		version := rec.Header(change.HeaderVersion)
		switch rec.Header(change.HeaderKind) {
		case "":
			if before := open[rec.partition]; before != "" && before != version {
				t.Errorf("rows of %s follow rows of %s without a marker", version, before)
			}
			open[rec.partition] = version
		case change.KindCommit:
			if open[rec.partition] != version {
				t.Errorf("a marker of %s closes rows of %q", version, open[rec.partition])
			}
			open[rec.partition] = ""
		}
	}
	for partition, version := range open {
		if version != "" {
			t.Errorf("rows of %s in partition %d have no marker", version, partition)
		}
	}
}

func TestADeleteIsFollowedByATombstoneWithTheSameHeaders(t *testing.T) {
	t.Parallel()
	s, r := streaming(t)
	s.exec("INSERT INTO m2_sales_order_item (item_id, order_id, sku) VALUES (7, 12, 'a')")
	s.exec("DELETE FROM m2_sales_order_item WHERE item_id = 7")
	r.caughtUp(s)
	items := of(t, r.records(change.Sales), "sales_order_item")
	if len(items) != 3 || items[2].Value != nil {
		t.Fatalf("got %d records, want c, d and a tombstone", len(items))
	}
	e, err := change.DecodeEnvelope(items[1].Value)
	if err != nil || e.Op != change.Delete || string(e.After) != "null" || !strings.Contains(string(e.Before), `"sku":"a"`) {
		t.Errorf("the delete reads %s, %v", items[1].Value, err)
	}
	if fmt.Sprint(items[1].Headers) != fmt.Sprint(items[2].Headers) || string(items[1].Key) != string(items[2].Key) {
		t.Errorf("the tombstone has headers %s and key %s", items[2].Headers, items[2].Key)
	}
}

// ops lists what happened to the rows of a table: "c order/12", "tombstone order/12".
func ops(t *testing.T, records []placed) (all []string) {
	t.Helper()
	for _, rec := range records {
		e, err := change.DecodeEnvelope(rec.Value)
		if err != nil {
			t.Fatal(err)
		}
		op := "tombstone"
		if e != nil {
			op = string(e.Op)
		}
		all = append(all, op+" "+rec.Header(change.HeaderRoot))
	}
	return all
}

func TestARowThatMovesIsDeletedWhereItWasAndCreatedWhereItIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		update string
		want   []string
	}{
		"another order":  {"order_id = 13", []string{"c order/12", "d order/12", "tombstone order/12", "c order/13"}},
		"another key":    {"item_id = 70", []string{"c order/12", "d order/12", "tombstone order/12", "c order/12"}},
		"another column": {"sku = 'z'", []string{"c order/12", "u order/12"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, r := streaming(t)
			s.exec("INSERT INTO m2_sales_order_item (item_id, order_id, sku) VALUES (7, 12, 'a')")
			s.exec("UPDATE m2_sales_order_item SET " + c.update + " WHERE item_id = 7")
			r.caughtUp(s)
			items := of(t, r.records(change.Sales), "sales_order_item")
			slices.SortStableFunc(items, func(a, b placed) int { // by version: partitions were read one by one
				return strings.Compare(a.Header(change.HeaderVersion), b.Header(change.HeaderVersion))
			})
			got := ops(t, items)
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			r.sameAsShop(s)
		})
	}
}

func TestAChildFindsItsRootThroughItsParent(t *testing.T) {
	t.Parallel()
	s := newShop(t, "")
	s.exec("INSERT INTO sales_invoice (entity_id, order_id) VALUES (1, 100)")
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	r.halt()
	r = start(t, s.config, topics, names) // knows nothing of invoice 1 but what a SELECT says
	s.exec("INSERT INTO sales_invoice_item (entity_id, parent_id) VALUES (10, 1)")
	s.tx("INSERT INTO sales_invoice (entity_id, order_id) VALUES (2, 200)",
		"INSERT INTO sales_invoice_item (entity_id, parent_id) VALUES (20, 2)",
		"INSERT INTO sales_invoice_item (entity_id, parent_id) VALUES (30, 999)")
	s.exec("DELETE FROM sales_invoice WHERE entity_id = 2")
	s.exec("DELETE FROM sales_invoice_item WHERE entity_id = 20")
	r.caughtUp(s)
	got := ops(t, of(t, r.records(change.Sales), "sales_invoice_item"))
	slices.Sort(got)
	if want := []string{"c order/100", "c order/200", "d order/200", "tombstone order/200"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q: item 30 has no parent and is dropped", got, want)
	}
}

func TestOnlyListedConfigPathsAndAttributesLeave(t *testing.T) {
	t.Parallel()
	s, r := streaming(t, func(c *Config) { c.CustomerAttributes = []string{"vat_office"} })
	s.exec("INSERT INTO m2_core_config_data (config_id, path, value) VALUES (1, 'general/locale/timezone', 'Europe/Paris'), (2, 'payment/x/api_key', 'hush')")
	s.exec("UPDATE m2_core_config_data SET value = 'hush2' WHERE config_id = 2")
	s.exec("INSERT INTO m2_eav_attribute (attribute_id, attribute_code) VALUES (5, 'vat_office'), (6, 'shoe_size')")
	s.exec("INSERT INTO m2_customer_entity_varchar (value_id, attribute_id, entity_id, value) VALUES (1, 5, 3, 'listed'), (2, 6, 3, 'hush'), (3, 7, 3, 'hush')")
	s.exec("UPDATE m2_customer_entity_varchar SET attribute_id = 6 WHERE value_id = 1")
	r.caughtUp(s)
	for _, d := range magento.Domains() {
		for _, rec := range r.records(d) {
			if strings.Contains(string(rec.Value), "hush") {
				t.Errorf("%s left: %s", rec.Key, rec.Value)
			}
		}
	}
	if got := ops(t, of(t, r.records(change.Customer), "customer_entity_varchar")); !slices.Equal(got, []string{"c customer/3", "d customer/3", "tombstone customer/3"}) {
		t.Errorf("a value that changed to an unlisted attribute gave %q", got)
	}
	if r.sameAsShop(s) == 0 {
		t.Error("nothing passed")
	}
}

func TestStatementsThatAreNoneOfOurBusinessDoNotStopCapture(t *testing.T) {
	t.Parallel()
	s, r := streaming(t)
	for _, q := range []string{
		"CREATE TABLE catalogrule_product__temp1 (a int primary key, b blob) ENGINE=InnoDB",
		"INSERT INTO catalogrule_product__temp1 VALUES (1, 'x')",
		"RENAME TABLE catalogrule_product__temp1 TO x_outdated",
		"TRUNCATE TABLE x_outdated",
		"truncate `x_outdated`",
		"/* hello */ CREATE OR REPLACE VIEW v AS SELECT 1 AS m2_sales_order",
		"DROP VIEW v",
		"CREATE TABLE geo (id int primary key, g geometry, j json, e enum('a','b'), f float, bits bit(11), t time(2), y year, c text COMPRESSED)",
		"INSERT INTO geo VALUES (1, POINT(1,2), '{\"a\":1}', 'b', 1.5, b'101', '12:00:00.25', 2026, REPEAT('x', 500))",
		"UPDATE geo SET y = 2027",
		"ALTER TABLE geo ADD COLUMN v vector(2) COMMENT 'no such type here'",
		"CREATE PROCEDURE p() BEGIN UPDATE m2_store SET name = 'called'; END",
		"CALL p()",
		"CREATE TABLE myisam (a int) ENGINE=MyISAM",
		"INSERT INTO myisam VALUES (1)",
		"CREATE TEMPORARY TABLE tmp AS SELECT * FROM m2_sales_order",
		"ANALYZE TABLE m2_sales_order",
		"OPTIMIZE TABLE x_outdated",
		"FLUSH LOGS",
		"ALTER TABLE m2_sales_order ADD COLUMN extension_attribute varchar(20) FIRST",
		"DROP TABLE x_outdated, geo",
	} {
		_, _ = s.db.Exec(q) // some are refused by some servers: then there is nothing to log
	}
	s.exec("INSERT INTO m2_sales_order (entity_id, state, extension_attribute) VALUES (1, 'new', 'hush')")
	r.caughtUp(s)
	r.snapshotDone()
	if rows := r.sameAsShop(s); rows != 1 {
		t.Errorf("%d rows in the shop, want the one order", rows)
	}
	most := 1
	if !s.namesColumns() {
		most = 2 // by the ALTER
	}
	if epochs := r.state().Checkpoint.Epoch; strings.Count(r.log.String(), "a new epoch began") > most {
		t.Errorf("the epoch is %d, and more than one began:\n%s", epochs, r.log)
	}
}

func TestAPreparedTransactionThatIsCommittedIsCaptured(t *testing.T) {
	s, r := streaming(t)
	s.exec("XA START 'x'; INSERT INTO m2_sales_order (entity_id, state) VALUES (1, 'new'); XA END 'x'; XA PREPARE 'x'; XA COMMIT 'x'")
	s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (2, 'new')")
	r.caughtUp(s)
	r.sameAsShop(s)
}

func TestATruncatedTableIsSnapshotted(t *testing.T) {
	t.Parallel()
	s, r := streaming(t)
	s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (1, 'new'), (2, 'new')")
	r.caughtUp(s)
	s.exec("TRUNCATE TABLE m2_sales_order")
	s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (3, 'new')")
	r.anotherSnapshot()
	r.snapshotDone()
	r.caughtUp(s)
	if rows := r.sameAsShop(s); rows != 1 {
		t.Errorf("%d rows, want 1", rows)
	}
}

func TestACommitIsAcknowledgedWithinMilliseconds(t *testing.T) {
	s, r := streaming(t)
	s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (1, 'new')")
	r.caughtUp(s)
	order := topic.Partition("order/1", testPartitions)
	ends := func() int64 {
		all, err := r.stage.Topics.EndOffsets(t.Context(), r.stage.Names.Raw(change.Sales), testPartitions)
		if err != nil {
			t.Fatal(err)
		}
		return all[order]
	}
	var took []time.Duration
	for range 40 {
		before := ends()
		s.exec("UPDATE m2_sales_order SET grand_total = COALESCE(grand_total, 0) + 1 WHERE entity_id = 1")
		committed := time.Now()
		for ends() == before {
			if time.Since(committed) > patience {
				t.Fatal("a commit was not published")
			}
		}
		took = append(took, time.Since(committed))
	}
	slices.Sort(took)
	t.Logf("commit to acknowledged: median %v, p90 %v, worst %v", took[20], took[36], took[39])
	if took[20] > 100*time.Millisecond {
		t.Errorf("the median is %v", took[20])
	}
}

// deaf is a port on which nothing listens.
func deaf(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
