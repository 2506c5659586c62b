package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/testenv/check"
	"github.com/mage2sage/mage2sage/testenv/pipe"
	"github.com/mage2sage/mage2sage/testenv/recorded"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// The documents of the second run of the recorded shop, whose totals are right;
// those of the first run have totals that its script did not collect again.
const (
	firstRightInvoice = 9
	firstRightMemo    = 5
)

// orderWithAnotherShipping is of the first run, too: its grand total is 25.00 above its parts and
// above its invoice.
const orderWithAnotherShipping = 4

// TestARealShopsBinlogEndsInSagesBooks replays what a real Magento wrote, one
// operation per file, over its own database. Each operation must give its entities and no
// others. Every right document must be in Sage with Magento's total and tax; the others in
// Sage, or parked with their difference. Then people work on its catalog.
func TestARealShopsBinlogEndsInSagesBooks(t *testing.T) {
	t.Parallel()
	servers.MariaDBOnlyForTest(t, "way to replay a log of MariaDB's, as the recording is")
	real := recorded.Find(t)
	set := servers.PrivateForTest(t, servers.Options{Only: []string{"source"}})
	real.Load(t, set.Source)
	w := newWorld(t, options{server: set.Source.DSN, database: recorded.Database, alsoCapture: "catalog", productAttributes: "color, size, url_key"})
	w.start()
	w.productsAgree(2*time.Minute, 2000)
	steps := w.steps()
	real.ReplayEach(t, set.Source, steps.after)
	steps.judge()

	documents := w.decided(15+9, 2*time.Minute)
	inSage, err := check.Documents(t.Context(), w.sage)
	w.must(err)
	for _, m := range w.realDocuments() {
		m.judge(t, documents, inSage)
	}
	w.ordersFoot(time.Minute, orderWithAnotherShipping)
	w.productsAgree(time.Minute, 2000)
	w.stockAgrees(time.Minute, 2000)
	w.paymentsAgree(time.Minute)
	w.workOnCatalog()
	w.ordersFoot(time.Minute, orderWithAnotherShipping)
}

// decided waits until mage2sage has posted, parked or skipped that many documents.
func (w *world) decided(want int, patience time.Duration) map[string]pipe.Document {
	w.t.Helper()
	byKey := map[string]pipe.Document{}
	ok := w.eventually(patience, func() bool {
		all, err := w.pipe.Documents(w.t.Context())
		w.must(err)
		done := 0
		for _, d := range all {
			byKey[d.Key] = d
			if d.State == "posted" || d.State == "open" || d.State == "parked" || d.State == "skipped" {
				done++
			}
		}
		return done >= want
	})
	if !ok {
		for _, d := range byKey {
			w.t.Logf("%+v", d)
		}
		w.t.Fatalf("after %s not all %d documents are decided", patience, want)
	}
	return byKey
}

// A realDocument is an invoice or credit memo in the recorded shop's tables.
type realDocument struct {
	entity         string
	id             uint64
	number         string
	currency       string
	total, tax     money.Amount
	rightInMagento bool
}

func (w *world) realDocuments() (all []realDocument) {
	w.t.Helper()
	rows, err := w.db.QueryContext(w.t.Context(), `
		SELECT 'invoice', entity_id, increment_id, order_currency_code, grand_total, COALESCE(tax_amount,0) FROM sales_invoice
		UNION ALL SELECT 'creditmemo', entity_id, increment_id, order_currency_code, grand_total, COALESCE(tax_amount,0) FROM sales_creditmemo`)
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var d realDocument
		var total, tax string
		w.must(rows.Scan(&d.entity, &d.id, &d.number, &d.currency, &total, &tax))
		d.total, d.tax = money.MustParse(total), money.MustParse(tax)
		d.rightInMagento = d.id >= firstRightInvoice || d.entity == "creditmemo" && d.id >= firstRightMemo
		all = append(all, d)
	}
	w.must(rows.Err())
	if len(all) != 15+9 {
		w.t.Fatalf("the replay left %d documents, want 15 invoices and 9 credit memos", len(all))
	}
	return all
}

// judge prints one line about a document and fails when it is neither in Sage to
// the penny nor, where that is allowed, parked with a reason.
func (d realDocument) judge(t *testing.T, documents map[string]pipe.Document, inSage []check.Document) {
	t.Helper()
	ours := documents[fmt.Sprintf("%s:%d", d.entity, d.id)]
	sageKind := map[string]string{"invoice": "invoice", "creditmemo": "credit_note"}[d.entity]
	var found []check.Document
	for _, s := range inSage {
		if s.Kind == sageKind && s.Reference == d.number {
			found = append(found, s)
		}
	}
	line := fmt.Sprintf("%-10s %2d %s %s %s tax %s", d.entity, d.id, d.number, d.currency, d.total.Fixed(2), d.tax.Fixed(2))
	switch {
	case len(found) == 1 && found[0].Total.Equal(d.total.Round(2)) && found[0].Tax.Equal(d.tax.Round(2)):
		t.Logf("%s: in Sage as %s, %s tax %s", line, found[0].Number, found[0].Total.Fixed(2), found[0].Tax.Fixed(2))
	case len(found) == 0 && !d.rightInMagento && ours.State == "parked" && ours.Reason != "":
		t.Logf("%s: parked, %s: %s", line, ours.Reason, ours.Hint)
	default:
		t.Errorf("%s: in Sage %d times %+v; mage2sage says %s %s %s", line, len(found), found, ours.State, ours.Reason, ours.Hint)
	}
}
