package sink

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// spoilt publishes an invoice whose JSON has one thing replaced.
func (w *world) spoilt(n uint64, old, with string) {
	w.t.Helper()
	e := invoiceOf(n, ada)
	r := w.record("shop", change.Version{Epoch: 1, Sequence: n}, e)
	if !strings.Contains(string(r.Value), old) {
		w.t.Fatalf("the invoice has no %s: %s", old, r.Value)
	}
	r.Value = []byte(strings.Replace(string(r.Value), old, with, 1))
	w.send(e, r)
}

// setAside is what is set aside once there are n.
func (w *world) setAside(n int) (all []postgres.SetAside) {
	w.t.Helper()
	w.until(fmt.Sprintf("%d records set aside", n), func() bool {
		var err error
		all, err = w.db.SetAside(w.t.Context())
		w.must(err)
		return len(all) == n
	})
	return all
}

// inSamePartition is an order that shares its partition with order 1.
var inSamePartition = func() uint64 {
	for n := uint64(2); ; n++ {
		if topic.Partition(change.NewRoot("order", n), 2) == topic.Partition("order/1", 2) {
			return n
		}
	}
}()

func TestARecordThatCannotBeTakenIsSetAsideAndStopsNobody(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, with, reason string }{
		"no JSON":                      {`{`, `[`, "it does not decode as invoice"},
		"an amount without end":        {`"grand_total":"30.0000"`, `"grand_total":"1e400"`, "it does not decode as invoice"},
		"a website that no column has": {`"website_id":1`, `"website_id":99999999999`, "a number is larger than its column takes"},
		"an order that no column has":  {`"order_id":1`, `"order_id":18446744073709551615`, "its root is not that of the order"},
		"the id of another document":   {`"magento_id":1`, `"magento_id":12`, "magento_id is that of another document"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, simulator.Options{})
			w.spoilt(1, c.old, c.with)
			w.spoilt(inSamePartition, `{`, `{`)
			w.start()
			w.reaches(canonical.NewID(canonical.KindInvoice, inSamePartition), work.ItemPosted, "")
			all, partition := w.setAside(1), topic.Partition("order/1", 2)
			if at := all[0]; at.Topic != "test.canonical.invoice" || at.Partition != partition || at.Offset != 0 || !strings.Contains(at.Reason, c.reason) {
				t.Errorf("%+v; want the first record of test.canonical.invoice/%d: %s", at, partition, c.reason)
			}
			logs := w.logs.String()
			if !strings.Contains(logs, "record set aside") || strings.Contains(logs, c.with) && len(c.with) > 1 {
				t.Errorf("want a log line without a value of the record:\n%s", logs)
			}
		})
	}
}

func TestARecordThatWasSetAsideIsReadAgainOrSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.sql("ALTER TABLE entities ADD CONSTRAINT narrow CHECK (order_id < 2)")
	w.start()
	w.spoilt(inSamePartition, `{`, `{`)
	w.spoilt(1, `{`, `[`)
	all := w.setAside(2)
	if reason, err := ReadAgain(t.Context(), w.db, w.topics, w.names, all[0]); err != nil || !strings.Contains(reason, "narrow") {
		t.Errorf("read again: %q, %v; want it refused again, by the name of the constraint", reason, err)
	}
	w.sql("ALTER TABLE entities DROP CONSTRAINT narrow")
	if reason, err := ReadAgain(t.Context(), w.db, w.topics, w.names, all[0]); err != nil || reason != "" {
		t.Errorf("read again: %q, %v; want it taken", reason, err)
	}
	w.reaches(canonical.NewID(canonical.KindInvoice, inSamePartition), work.ItemPosted, "")
	if known, err := w.db.Skip(t.Context(), w.setAside(1)[0]); err != nil || !known {
		t.Errorf("skip: %v, %v", known, err)
	}
	w.setAside(0)
	if known, err := w.db.Skip(t.Context(), all[0]); err != nil || known {
		t.Errorf("skipped again: %v, %v; want it unknown", known, err)
	}
}

// A NUL byte in any captured text neither stops its partition nor reaches Sage.
func TestANULByteInAStreetIsPostedWithoutIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	invoice := invoiceOf(1, ada)
	invoice.BillingAddress.Street = []string{"1 High\x00 St"}
	w.publish(invoice, invoiceOf(2, ada))
	w.reaches("invoice:1", work.ItemPosted, "")
	w.reaches("invoice:2", work.ItemPosted, "")
	w.setAside(0)
}

func TestADocumentThatPostgresDoesNotTakeParksAloneWithItsReason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil  func(*canonical.Invoice)
		reason work.Reason
	}{
		"an amount beyond every column":       {func(i *canonical.Invoice) { i.GrandTotal = amt("99999999999999999.9999"); i.IncrementID = "1" }, work.AmountTooLarge},
		"a number that no index row can take": {func(i *canonical.Invoice) { i.Currency = "GBP"; i.IncrementID = "TOO-WIDE" }, work.NotStorable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, simulator.Options{})
			w.sql("ALTER TABLE sync_items ADD CONSTRAINT narrow CHECK (number <> 'TOO-WIDE')")
			w.start()
			invoice := invoiceOf(1, ada)
			c.spoil(invoice)
			w.publish(invoice, invoiceOf(2, ada))
			w.reaches("invoice:2", work.ItemPosted, "")
			if row := w.reaches("invoice:1", work.ItemParked, c.reason); row.Hint == "" {
				t.Errorf("%+v; want a hint", row)
			}
		})
	}
}

func TestWhatJSONBDoesNotTakeIsReplacedAndNothingElse(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":"b"}`:                      `{"a":"b"}`,
		`{"a":"x\u0000y"}`:               `{"a":"x\ufffdy"}`,
		`{"a":"x\\u0000y","b":"\u0000"}`: `{"a":"x\\u0000y","b":"\ufffd"}`,
		"{\"a\":\"\xff\"}":               "{\"a\":\"\ufffd\"}",
		`{"a":"\u0001\u0000\""}`:         `{"a":"\u0001\ufffd\""}`,
	} {
		t.Run(in, func(t *testing.T) {
			if got := string(storable([]byte(in))); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}
