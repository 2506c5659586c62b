package transform

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// Magento was restored from an older dump: an invoice's id is another order's now. Each
// order says what became of the id in the partition of its own.
func TestAnIDThatMovesToAnotherOrderLivesThereAndIsDeletedHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	r := w.start(t.TempDir())
	w.commit(11, append(orderRows(4), invoiceRows(4, 2)...)...)
	r.settled()
	moved := invoiceRow(4, 2, columns{"order_id": 5})
	moved.root = orderRoot(5)
	item := invoiceItemRow(4)
	item.root = orderRoot(5)
	w.commit(12, append(orderRows(5), moved, item, gone(invoiceRow(4, 2, nil)), gone(invoiceItemRow(4)))...)
	r.settled()
	said := map[string]string{}
	for _, e := range w.emissions() {
		var body canonical.Invoice
		if err := json.Unmarshal([]byte(e.value), &body); err != nil {
			t.Fatal(err)
		}
		said[string(body.Source.Root)] = fmt.Sprintf("order %d, deleted %v", body.OrderID, body.Deleted)
	}
	want := map[string]string{"order/4": "order 4, deleted true", "order/5": "order 5, deleted false"}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("newest of invoice:4 by order (-want +got):\n%s", diff)
	}
}

func TestADeletedOrderTakesItsDocumentsAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	r := w.start(t.TempDir())
	w.commit(11, append(append(orderRows(4), invoiceRows(4, 2)...), memoRows(4)...)...)
	r.settled()
	w.commit(12, gone(orderRow(4, nil)))
	r.settled()
	for _, id := range []canonical.ID{"invoice:4", "creditmemo:4"} {
		got := w.types(id)
		if want := []string{string(id.Kind()) + ".created", string(id.Kind()) + ".deleted"}; !slices.Equal(got, want) {
			t.Errorf("events of %s are %v, want %v", id, got, want)
		}
	}
	// MySQL 9.6 logs the cascade: nothing more comes of it.
	before := len(w.emissions())
	w.commit(13, gone(invoiceRow(4, 2, nil)), gone(invoiceItemRow(4)))
	r.settled()
	if after := len(w.emissions()); after != before {
		t.Errorf("the logged cascade emitted %d more records", after-before)
	}
}

func TestADeletedCustomerIsPublishedWithoutPersonalData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	r := w.start(t.TempDir())
	w.commit(11, customerRow(5, nil), customerAddressRow(5))
	r.settled()
	w.commit(12, gone(customerRow(5, nil)))
	r.settled()
	all := w.emissions()
	last := all[len(all)-1]
	if last.kind != "customer.deleted" || strings.Contains(last.value, "Ada") || strings.Contains(last.value, "example.com") {
		t.Errorf("the last record is %s: %s", last.kind, last.value)
	}
}

func TestChangedReferenceDataAmendsCustomers(t *testing.T) {
	t.Parallel()
	w, dir := newWorld(t), t.TempDir()
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, customerRow(5, nil), customerAddressRow(5))
	r := w.start(dir)
	r.settled()
	w.commit(12, referenceRows("Trade")[2])
	r.until("the customer's group is Trade while the stage runs", func() bool { return strings.Contains(w.newest()["customer:5"], `"Trade"`) })
	r.end()
	w.commit(13, referenceRows("Wholesale")[2])
	r = w.start(dir)
	r.until("the customer's group is Wholesale after a restart", func() bool { return strings.Contains(w.newest()["customer:5"], `"Wholesale"`) })
	if got, want := w.types("customer:5"), []string{"customer.upserted", "customer.upserted", "customer.upserted"}; !slices.Equal(got, want) {
		t.Errorf("events are %v, want %v", got, want)
	}
	var versions []change.Version
	for _, e := range w.emissions() {
		versions = append(versions, e.version)
	}
	if want := []change.Version{version(11), version(12), version(13)}; !slices.Equal(versions, want) {
		t.Errorf("versions are %v, want %v: the customer's commit, and then those of the reference data", versions, want)
	}
}

// What a document needs of reference data and does not find is looked for again when they
// change; what it has found, it keeps.
func TestADocumentHealsWhenTheReferenceDataThatItLackedAreCorrected(t *testing.T) {
	t.Parallel()
	zone := func(name string) rowChange {
		return rowChange{"core_config_data", "", `{"config_id":1}`, columns{"config_id": 1, "scope": "websites", "scope_id": 1, "path": "general/locale/timezone", "value": name}}
	}
	all := referenceRows("General")
	for name, c := range map[string]struct {
		first, then []rowChange
		want        string // in the document, "" when nothing is emitted
	}{
		"a time zone that does not exist":     {append(slices.Clone(all), zone("Europe/Londno")), []rowChange{zone("Europe/Paris")}, `"timezone":"Europe/Paris"`},
		"a store that is not known":           {all[2:], all[:2], `"code":"en"`},
		"a time zone that exists is kept":     {all, []rowChange{zone("Europe/Paris")}, ""},
		"one wrong time zone follows another": {append(slices.Clone(all), zone("Nowhere")), []rowChange{zone("Elsewhere")}, `"timezone":"Elsewhere"`},
	} {
		for _, restarted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restarted %v", name, restarted), func(t *testing.T) {
				w, dir := newWorld(t), t.TempDir()
				w.whole()
				w.commit(10, c.first...)
				w.commit(11, append(orderRows(1), invoiceRows(1, 2)...)...)
				r := w.start(dir)
				r.settled()
				before := w.newest()["invoice:1"]
				if restarted {
					r.end()
				}
				w.commit(12, c.then...)
				if restarted {
					r = w.start(dir)
				}
				w.commit(13, append(orderRows(2), invoiceRows(2, 2)...)...)
				r.until("the next order is there", func() bool { return w.newest()["invoice:2"] != "" })
				if c.want == "" {
					if got := w.newest()["invoice:1"]; got != before {
						t.Errorf("emitted again: %s", got)
					}
					return
				}
				r.until("the invoice has "+c.want, func() bool { return strings.Contains(w.newest()["invoice:1"], c.want) })
				versions := []change.Version{}
				for _, e := range w.emissions() {
					if e.id == "invoice:1" {
						versions = append(versions, e.version)
					}
				}
				if len(versions) != 2 || !versions[0].Before(versions[1]) {
					t.Errorf("versions %v, want two, the second that of the reference data or later", versions)
				}
			})
		}
	}
}

// Magento gives sales_order_tax no foreign key, so that nothing makes the order come first.
func TestARowThatComesBeforeItsParentIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	r := w.start(t.TempDir())
	w.commit(10, referenceRows("General")...)
	w.commit(11, taxRows(1)...)
	r.settled()
	w.commit(12, append(orderRows(1), invoiceRows(1, 1)...)...)
	r.settled()
	if got := w.newest()[canonical.NewID(canonical.KindInvoice, 1)]; !strings.Contains(got, `"tax_rates":[{"code":"VAT"`) {
		t.Errorf("%s, want the tax rates that came before the order", got)
	}
}

// A gateway's transaction may come after the invoice that it paid. Its time is a fact, and is
// said once; that of the invoice follows whatever writes the row.
func TestATransactionThatComesAfterItsInvoiceIsSaidOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	r := w.start(t.TempDir())
	w.commit(10, referenceRows("General")...)
	paid := columns{"transaction_id": "cap_1"}
	w.commit(11, append(orderRows(1), invoiceRow(1, 2, paid), invoiceItemRow(1))...)
	r.settled()
	emitted := func() (n int) {
		for _, e := range w.emissions() {
			if e.id == "invoice:1" {
				n++
			}
		}
		return n
	}
	paid["updated_at"] = "2026-01-02T05:00:00Z" // its e-mail was sent
	w.commit(12, invoiceRow(1, 2, paid))
	r.settled()
	if n := emitted(); n != 1 {
		t.Fatalf("%d emissions, want one: the invoice's own time is a guess", n)
	}
	w.commit(13, transactionRow(1, "cap_1"))
	r.settled()
	if got := w.newest()["invoice:1"]; emitted() != 2 || !strings.Contains(got, `"captured_at":"2026-01-02T03:04:07Z","captured_at_source":"transaction"`) {
		t.Errorf("%d emissions, the last %s; want a second one with the transaction's time", emitted(), got)
	}
	paid["updated_at"] = "2026-01-02T06:00:00Z"
	w.commit(14, invoiceRow(1, 2, paid), transactionRow(1, "cap_1"))
	r.settled()
	if n := emitted(); n != 2 {
		t.Errorf("%d emissions, want two: nothing happened", n)
	}
}
