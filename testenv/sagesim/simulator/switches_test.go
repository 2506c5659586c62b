package simulator_test

import (
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestStrictVATWantsZeroRatesForExports(t *testing.T) {
	w := newWorld(t, simulator.Options{Rules: books.Rules{StrictVAT: true}})
	export := w.ok(201, w.do("POST", "/contacts", `{"contact":{"name":"Eve","contact_type_ids":["CUSTOMER"],"main_address":{"city":"Boston","country_id":"US"}}}`)).str("id")
	w.refused(w.invoice(sale{contact: export, lines: []string{line("10", "1", "2")}}), 422, "RecordInvalid", "must be 'Zero Rated'", "line_items.tax_rate_id")
	w.ok(201, w.invoice(sale{contact: export, lines: []string{lineAt("GB_ZERO", "10", "1", "0")}}))
	w.ok(201, w.invoice(sale{contact: w.customer("M1", "GBP"), lines: []string{line("10", "1", "2")}}))
}

func TestStrictBankCurrencyRefusesForeignMoney(t *testing.T) {
	for _, strict := range []bool{true, false} {
		w := newWorld(t, simulator.Options{Rules: books.Rules{StrictBankCurrency: strict}})
		contact := w.customer("M1-USD", "USD")
		want := 201
		if strict {
			want = 422
		}
		w.ok(want, w.pay(transfer{contact: contact, total: "10", more: `,"exchange_rate":"0.8"`}))
	}
}

func TestAbsentLinesStayOrGoByTheirSwitch(t *testing.T) {
	for _, drop := range []bool{true, false} {
		w := newWorld(t, simulator.Options{Rules: books.Rules{DropAbsentLines: drop}})
		r := w.ok(201, w.invoice(sale{contact: w.customer("M1", "GBP"), lines: []string{line("10", "1", "2"), line("5", "1", "1")}}))
		changed := w.ok(200, w.do("PUT", "/sales_invoices/"+r.str("id"),
			`{"sales_invoice":{"invoice_lines":[{"id":"`+r.str("invoice_lines.0.id")+`","unit_price":"11","tax_amount":"2.20"},`+line("1", "1", "0.20")+`]}}`))
		want := "20.4"
		if drop {
			want = "14.4"
		}
		w.shows(changed, map[string]any{"total_amount": want})
		w.ledger()
	}
}

func TestLargePagesAreClampedByTheirSwitch(t *testing.T) {
	w := newWorld(t, simulator.Options{ClampPages: true})
	w.shows(w.ok(200, w.do("GET", "/contacts?items_per_page=1000", "")), map[string]any{"$itemsPerPage": 200.0})
}

func TestAMemoryThatForgetsMakesDuplicates(t *testing.T) {
	w := newWorld(t, simulator.Options{Memory: -1})
	invoice := `{"contact":{"idempotency_id":"0f3a6c1de4b24f0f9a7c55d0c1b2a3e4","name":"Ada","contact_type_ids":["CUSTOMER"]}}`
	first := w.ok(201, w.do("POST", "/contacts", invoice)).str("id")
	if second := w.ok(201, w.do("POST", "/contacts", invoice)).str("id"); second == first {
		t.Error("the second request was answered from memory")
	}
}

func TestAccessTokensLiveAsLongAsTold(t *testing.T) {
	w := newWorld(t, simulator.Options{AccessLife: time.Minute})
	if got := w.sim.Grant().ExpiresIn; got != 60 {
		t.Errorf("expires_in is %d, want 60", got)
	}
	w.pass(59 * time.Second)
	w.ok(200, w.do("GET", "/contacts", ""))
	w.pass(time.Second)
	w.ok(401, w.do("GET", "/contacts", ""))
}

func TestTheBooksMayBeInAnotherCurrency(t *testing.T) {
	w := newWorld(t, simulator.Options{BaseCurrency: "EUR"})
	r := w.ok(201, w.invoice(sale{contact: w.customer("M1-GBP", "GBP"), lines: []string{line("10", "1", "2")}}))
	w.shows(r, map[string]any{"exchange_rate": "1.1764705882", "base_currency_total_amount": "14.11"})
}
