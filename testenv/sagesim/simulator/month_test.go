package simulator_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestAMonthOfTrade plays a month in a small shop; testdata/month.txt is what
// its bookkeeper sees at the end.
func TestAMonthOfTrade(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	ada, kurt := w.customer("M1", "GBP"), w.customer("M2-EUR", "EUR")
	freight := chart.Account(4905)

	mugs := w.ok(201, w.invoice(sale{contact: ada, date: "2026-03-02", reference: "000000001",
		lines: []string{line("10.00", "3", "6.00"), carriage(freight, "4.17", "0.83")}})).str("id")
	w.ok(201, w.pay(transfer{contact: ada, total: "41.00", artefact: mugs, amount: "41.00"}))

	books := w.ok(201, w.invoice(sale{contact: ada, date: "2026-03-05", reference: "000000002",
		lines: []string{lineAt("GB_ZERO", "7.50", "2", "0.00"), line("41.625", "1", "8.325")}})).str("id")
	w.ok(201, w.pay(transfer{contact: ada, total: "20.00", artefact: books, amount: "20.00"}))

	back := w.ok(201, w.creditNote(sale{contact: ada, date: "2026-03-09", reference: "000000001", lines: []string{line("10.00", "1", "2.00")}})).str("id")
	w.ok(201, w.pay(transfer{kind: "CUSTOMER_REFUND", contact: ada, total: "12.00", artefact: back, amount: "12.00"}))

	german := chart.TaxRates[5].ID
	euros := w.ok(201, w.invoice(sale{contact: kurt, date: "2026-03-10", reference: "000000003", more: `,"exchange_rate":"0.8547008547"`,
		lines: []string{lineAt(german, "84.03", "1", "15.97")}})).str("id")
	w.ok(201, w.pay(transfer{contact: kurt, total: "100.00", artefact: euros, amount: "100.00", more: `,"exchange_rate":"0.86"`}))

	wrong := w.ok(201, w.invoice(sale{contact: ada, date: "2026-03-12", reference: "000000004", lines: []string{line("99.00", "1", "19.80")}})).str("id")
	w.ok(200, w.do("DELETE", "/sales_invoices/"+wrong+"?void_reason=cancelled", ""))

	golden(t, "testdata/month.txt", w.statement())
}

func carriage(account, net, tax string) string {
	return `{"description":"Carriage","ledger_account_id":"` + account + `","quantity":"1","unit_price":"` + net + `","tax_rate_id":"GB_STANDARD","tax_amount":"` + tax + `"}`
}

// statement is the books as a person reads them.
func (w *world) statement() string {
	var b strings.Builder
	fmt.Fprintf(&b, "DOCUMENTS\n%-12s %-6s %-10s %-10s %-8s %3s %9s %8s %9s %9s  %s\n",
		"kind", "number", "reference", "date", "contact", "cur", "net", "tax", "total", "open", "status")
	for _, d := range w.sim.Documents() {
		fmt.Fprintf(&b, "%-12s %-6s %-10s %-10s %-8s %3s %9s %8s %9s %9s  %s\n",
			d.Kind, d.Number, d.Reference, d.Date, d.Contact, d.Currency, d.Net, d.Tax, d.Total, d.Outstanding, d.Status)
	}
	l := w.ledger()
	fmt.Fprintf(&b, "\nTRIAL BALANCE (%s)\n", l.Currency)
	for _, a := range l.Trial {
		fmt.Fprintf(&b, "%d  %-24s %10s %10s %10s\n", a.Nominal, a.Name, a.Debit.Fixed(2), a.Credit.Fixed(2), a.Balance.Fixed(2))
	}
	return b.String()
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, diff)
	}
}
