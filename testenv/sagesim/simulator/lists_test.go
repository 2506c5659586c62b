package simulator_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestPagesOfAList(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	for i := range 45 {
		w.customer(fmt.Sprintf("M%02d", i), "GBP")
	}
	for _, c := range []struct {
		name, query string
		want        map[string]any
	}{
		{"20 to a page, three fields each", "", map[string]any{"$total": 45.0, "$page": 1.0, "$itemsPerPage": 20.0, "$back": nil,
			"$next": "/contacts?page=2", "$items.0.displayed_as": "Ada Example (M00)", "$items.0.reference": nil}},
		{"the last page has no next", "?page=3", map[string]any{"$page": 3.0, "$next": nil, "$back": "/contacts?page=2", "$items.4.displayed_as": "Ada Example (M44)", "$items.5": nil}},
		{"a page beyond the end is the last one", "?page=99", map[string]any{"$page": 3.0, "$items.0.displayed_as": "Ada Example (M40)"}},
		{"links repeat the query", "?items_per_page=10&attributes=all", map[string]any{"$next": "/contacts?attributes=all&items_per_page=10&page=2", "$items.0.reference": "M00"}},
		{"attributes add what they name", "?attributes=reference,email", map[string]any{"$items.0.reference": "M00", "$items.0.email": "m00@example.test", "$items.0.created_at": "2026-03-16T09:30:00Z", "$items.0.name": nil}},
		{"search finds a part of the reference in any case", "?search=m4", map[string]any{"$total": 5.0, "$items.0.displayed_as": "Ada Example (M40)"}},
		{"email finds one exactly", "?email=M07@example.test", map[string]any{"$total": 1.0, "$items.0.displayed_as": "Ada Example (M07)"}},
		{"nothing found is one empty page", "?search=nobody", map[string]any{"$total": 0.0, "$page": 1.0, "$next": nil}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.shows(w.ok(200, w.do("GET", "/contacts"+c.query, "")), c.want)
		})
	}
	w.refused(w.do("GET", "/contacts?items_per_page=201", ""), 422, "Validation", "invalid", "items_per_page")
	w.refused(w.do("GET", "/contacts?page=0", ""), 422, "Validation", "invalid", "page")
}

func TestFollowingChanges(t *testing.T) {
	w := newWorld(t, simulator.Options{ListLag: 2 * time.Second})
	first := w.customer("M1", "GBP")
	w.pass(10 * time.Second)
	second := w.customer("M2", "GBP")
	total := func(query string, want float64) {
		t.Helper()
		if got := w.ok(200, w.do("GET", "/contacts?"+query, "")).get("$total"); got != want {
			t.Errorf("?%s finds %v contacts, want %v", query, got, want)
		}
	}
	total("", 1) // the second is younger than the lag
	w.pass(10 * time.Second)
	total("", 2)
	total("updated_or_created_since=2026-03-16T09:30:10Z", 1)
	total("updated_or_created_since=2026-03-16T10:30:11%2B01:00", 0)
	w.ok(200, w.do("PUT", "/contacts/"+first, `{"contact":{"notes":"seen"}}`))
	total("updated_or_created_since=2026-03-16T09:30:11Z", 1)
	w.ok(204, w.do("DELETE", "/contacts/"+second, ""))
	total("", 1)
	total("deleted_since=2026-03-16T09:30:19Z", 1)
	total("deleted_since=2026-03-16T09:30:20Z", 0)
	w.refused(w.do("GET", "/contacts?deleted_since=yesterday", ""), 422, "Validation", "invalid", "deleted_since")
}

func TestFindingDocumentsAndPayments(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	ada, bob := w.customer("M1", "GBP"), w.customer("M2", "GBP")
	one := []string{line("10", "1", "2")}
	w.ok(201, w.invoice(sale{contact: ada, date: "2026-03-01", reference: "M2I-0001", lines: one}))
	w.ok(201, w.invoice(sale{contact: ada, date: "2026-03-10", reference: "M2I-0002", lines: one}))
	id := w.ok(201, w.invoice(sale{contact: bob, date: "2026-03-05", reference: "M2I-0003", lines: one})).str("id")
	w.ok(201, w.pay(transfer{contact: bob, total: "12", artefact: id, amount: "12"}))
	for query, want := range map[string]float64{
		"/sales_invoices?search=m2i-000":                            3,
		"/sales_invoices?search=M2I-0002":                           1,
		"/sales_invoices?contact_id=" + ada:                         2,
		"/sales_invoices?from_date=2026-03-05":                      2,
		"/sales_invoices?from_date=2026-03-02&to_date=2026-03-09":   1,
		"/sales_invoices?status_id=PAID":                            1,
		"/sales_credit_notes":                                       0,
		"/contact_payments?contact_id=" + bob:                       1,
		"/contact_payments?contact_id=" + ada:                       0,
		"/contact_payments?from_date=2026-03-16&to_date=2026-03-16": 1,
		"/contact_payments?to_date=2026-03-15":                      0,
		"/ledger_entries?transaction_type_id=CUSTOMER_RECEIPT":      2,
		"/ledger_entries?ledger_account_id=" + chart.SalesTax:       3,
	} {
		if got := w.ok(200, w.do("GET", query, "")).get("$total"); got != want {
			t.Errorf("%s finds %v, want %v", query, got, want)
		}
	}
	w.shows(w.do("GET", "/sales_invoices?sort=date:desc&attributes=all", ""), map[string]any{"$items.0.reference": "M2I-0002", "$items.2.reference": "M2I-0001"})
	w.refused(w.do("GET", "/sales_invoices?sort=colour", ""), 422, "Validation", "invalid", "sort")
}

func TestReferenceData(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	for path, want := range map[string]map[string]any{
		"/tax_rates?attributes=all":                     {"$items.0.id": "GB_STANDARD", "$items.0.percentage": "20.0"},
		"/tax_rates/GB_LOWER":                           {"displayed_as": "Lower Rate 5.00%", "percentages.0.percentage": "5.0"},
		"/ledger_accounts?visible_in=sales&search=4000": {"$total": 1.0, "$items.0.displayed_as": "Sales - Products (4000)"},
		"/ledger_accounts/" + chart.Debtors:             {"is_control_account": true, "nominal_code": 1100.0, "visible_in_sales": false},
		"/bank_accounts?attributes=all":                 {"$total": 5.0, "$items.0.balance": "0.0", "$items.1.currency.id": "EUR"},
		"/currencies/EUR":                               {"displayed_as": "Euro (EUR)"},
		"/countries/DE":                                 {"displayed_as": "Germany (DE)"},
		"/exchange_rates/EUR":                           {"rate": "0.85", "inverse_rate": "1.1764705882", "base_currency.id": "GBP"},
		"/payment_methods?attributes=all":               {"$items.2.id": "CREDIT_DEBIT"},
		"/artefact_statuses/PART_PAID":                  {"displayed_as": "Part Paid"},
		"/transaction_types/SALES_INVOICE":              {"displayed_as": "Sales Invoice"},
		"/financial_settings":                           {"base_currency.id": "GBP", "accounts_start_date": "2024-01-01", "multi_currency_enabled": true, "year_end_lockdown_date": nil},
		"/invoice_settings":                             {"next_invoice_number": 1.0, "customer_credit_days": 30.0},
		"/business_settings":                            {"default_ledger_accounts.carriage_ledger_account.id": chart.Carriage},
	} {
		w.shows(w.ok(200, w.do("GET", path, "")), want)
	}
	w.refused(w.do("GET", "/tax_rates/DE_19", ""), 404, "RecordNotFound", "Couldn't", "")
}
