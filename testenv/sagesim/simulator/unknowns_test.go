package simulator_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

const key = `"idempotency_id":"0f3a6c1de4b24f0f9a7c55d0c1b2a3e4"`

func keyed(reference string) string {
	return `{"contact":{` + key + `,"name":"Ada","contact_type_ids":["CUSTOMER"],"reference":"` + reference + `"}}`
}

func TestWhatIsRememberedOfARefusal(t *testing.T) {
	for _, remember := range []bool{true, false} {
		w := newWorld(t, simulator.Options{RememberRefusals: remember})
		w.ok(422, w.do("POST", "/contacts", keyed("M1234567890")))
		want := 201
		if remember {
			want = 422
		}
		w.ok(want, w.do("POST", "/contacts", keyed("M1")))
	}
}

func TestAnIdempotencyIdWithAnotherBody(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	first := w.ok(201, w.do("POST", "/contacts", keyed("M1")))
	w.shows(w.ok(201, w.do("POST", "/contacts", keyed("M2"))), map[string]any{"id": first.str("id"), "reference": "M1"})
	w = newWorld(t, simulator.Options{RefuseOtherBody: true})
	w.ok(201, w.do("POST", "/contacts", keyed("M1")))
	w.refused(w.do("POST", "/contacts", keyed("M2")), 422, "IdempotencyBodyMismatch", "another body", "idempotency_id")
	w.ok(201, w.do("POST", "/contacts", keyed("M1")))
}

func TestTwoRequestsWithOneIdempotencyIdAtOnce(t *testing.T) {
	for _, refuse := range []bool{true, false} {
		w := newWorld(t, simulator.Options{RefuseConcurrent: refuse, Latency: 200 * time.Millisecond})
		var wait sync.WaitGroup
		replies := make([]reply, 2)
		for i := range replies {
			wait.Go(func() { replies[i], _ = w.try("POST", "/contacts", keyed("M1")) })
		}
		wait.Wait()
		statuses := map[int]int{replies[0].status: 1}
		statuses[replies[1].status]++
		if refuse && (statuses[201] != 1 || statuses[409] != 1) || !refuse && (statuses[201] != 2 || replies[0].str("id") != replies[1].str("id")) {
			t.Errorf("with RefuseConcurrent %v they are answered %v", refuse, statuses)
		}
	}
}

func TestIdempotencyIdsOfTwoBusinesses(t *testing.T) {
	for _, shared := range []bool{true, false} {
		w := newWorld(t, simulator.Options{Businesses: 2, SharedKeys: shared})
		first := w.ok(201, w.do("POST", "/contacts", keyed("M1"))).str("id")
		second := w.ok(201, w.do("POST", "/contacts", keyed("M1"), "X-Business", simulator.BusinessID(1))).str("id")
		if (first == second) != shared {
			t.Errorf("with SharedKeys %v the second business answers with the first's contact: %v", shared, first == second)
		}
	}
}

func TestWhatAnEditionLacks(t *testing.T) {
	for _, c := range []struct {
		edition, method, path string
		lacking               bool
	}{
		{"", "POST", "/stock_items", false}, {"", "POST", "/sales_credit_notes", false},
		{simulator.StandardEdition, "GET", "/stock_items", true}, {simulator.StandardEdition, "GET", "/stock_movements", true},
		{simulator.StandardEdition, "POST", "/products", false}, {simulator.StandardEdition, "GET", "/sales_credit_notes", false},
		{simulator.StandardEdition, "POST", "/sales_credit_notes", true}, {simulator.StandardEdition, "POST", "/sales_estimates", true},
		{simulator.StandardEdition, "POST", "/sales_quotes", false},
		{simulator.StartEdition, "POST", "/products", true}, {simulator.StartEdition, "GET", "/products", false}, {simulator.StartEdition, "DELETE", "/services/x", true},
		{simulator.StartEdition, "POST", "/sales_credit_notes", false}, {simulator.StartEdition, "PUT", "/sales_credit_notes/x", true},
		{simulator.StartEdition, "POST", "/sales_credit_notes/x/release", true}, {simulator.StartEdition, "POST", "/sales_invoices/x/release", false},
		{simulator.StartEdition, "POST", "/contact_allocations", true}, {simulator.StartEdition, "GET", "/contact_allocations", false},
	} {
		t.Run(c.edition+" "+c.method+" "+c.path, func(t *testing.T) {
			w := newWorld(t, simulator.Options{Edition: c.edition})
			if r := w.do(c.method, c.path, `{}`); (r.status == 403) != c.lacking {
				t.Errorf("answered %d %s; lacking %v", r.status, r.text, c.lacking)
			}
		})
	}
	w := newWorld(t, simulator.Options{Edition: simulator.StartEdition, EditionStatus: 404})
	w.refused(w.do("POST", "/products", `{}`), 404, "MultiUserAccessDenied", "subscription", "")
	contact := w.customer("M1", "GBP")
	w.refused(w.address(contact, "Shop", `,"is_main_address":false`), 422, "RecordInvalid", "one address", "base")
	w.refused(w.pay(transfer{contact: contact, total: "5"}), 422, "RecordInvalid", "in full", "total_amount")
}

func TestReadingMarksAsSentByItsSwitch(t *testing.T) {
	for _, sends := range []bool{true, false} {
		w := newWorld(t, simulator.Options{ReadingSends: sends})
		at := "/sales_invoices/" + w.ok(201, w.invoice(sale{contact: w.customer("M1", "GBP"), lines: []string{line("1", "1", "0.2")}})).str("id")
		w.shows(w.do("GET", at+"?mark_as_sent=false", ""), map[string]any{"sent": false})
		w.shows(w.do("GET", at, ""), map[string]any{"sent": sends})
	}
}

func TestARefreshTokenThatWasReplacedWorksWithinItsGrace(t *testing.T) {
	w := newWorld(t, simulator.Options{RefreshGrace: 10 * time.Second})
	first := w.sim.Grant().Refresh
	refresh := func(token string) int {
		t.Helper()
		res, err := http.PostForm(w.url+"/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}, "client_id": {"demo-client"}, "client_secret": {"demo-secret"}})
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		io.Copy(io.Discard, res.Body)
		return res.StatusCode
	}
	if got := []int{refresh(first), refresh(first)}; got[0] != 200 || got[1] != 200 {
		t.Errorf("answered %v, want the second within the grace", got)
	}
	if got := refresh(first); got != 400 {
		t.Errorf("answered %d, want 400: it is two before the live one", got)
	}
	second := w.sim.Grant().Refresh
	refresh(second)
	w.pass(11 * time.Second)
	if got := refresh(second); got != 400 {
		t.Errorf("answered %d, want 400 after the grace", got)
	}
}

func TestRulesOfMoneyByTheirSwitches(t *testing.T) {
	shipped := `,"shipping_net_amount":"5","shipping_tax_rate_id":"GB_STANDARD"`
	inclusive := strings.TrimSuffix(line("12", "1", "1.50"), "}") + `,"unit_price_includes_tax":true}`
	for name, c := range map[string]struct {
		rules books.Rules
		sale  sale
		want  map[string]any
	}{
		"the header's net has shipping":           {books.Rules{}, sale{more: shipped, lines: []string{line("10", "1", "2")}}, map[string]any{"net_amount": "15.0", "tax_amount": "3.0", "total_amount": "18.0"}},
		"the header's net leaves shipping out":    {books.Rules{NetWithoutShipping: true}, sale{more: shipped, lines: []string{line("10", "1", "2")}}, map[string]any{"net_amount": "10.0", "tax_amount": "2.0", "total_amount": "18.0"}},
		"of a gross price the sent tax is tax":    {books.Rules{}, sale{lines: []string{inclusive}}, map[string]any{"net_amount": "10.5", "tax_amount": "1.5", "total_amount": "12.0"}},
		"of a gross price the rate says its tax":  {books.Rules{InclusiveByRate: true}, sale{lines: []string{inclusive}}, map[string]any{"net_amount": "10.0", "tax_amount": "2.0", "total_amount": "12.0"}},
		"quantities as they were sent":            {books.Rules{}, sale{lines: []string{line("10", "1.234", "0")}}, map[string]any{"net_amount": "12.34", "total_quantity": "1.234"}},
		"quantities with two decimals":            {books.Rules{RoundQuantity: true}, sale{lines: []string{line("10", "1.234", "0")}}, map[string]any{"net_amount": "12.3", "total_quantity": "1.23"}},
		"totals that are wrong are ignored":       {books.Rules{}, sale{more: `,"total_amount":"99"`, lines: []string{line("10", "1", "2")}}, map[string]any{"total_amount": "12.0"}},
		"totals that are right under CheckTotals": {books.Rules{CheckTotals: true}, sale{more: `,"net_amount":"10","total_amount":"12"`, lines: []string{line("10", "1", "2")}}, map[string]any{"total_amount": "12.0"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, simulator.Options{Rules: c.rules})
			c.sale.contact = w.customer("M1", "GBP")
			w.shows(w.ok(201, w.invoice(c.sale)), c.want)
			w.ledger()
		})
	}
	w := newWorld(t, simulator.Options{Rules: books.Rules{CheckTotals: true}})
	contact := w.customer("M1", "GBP")
	w.refused(w.invoice(sale{contact: contact, more: `,"total_amount":"99"`, lines: []string{line("10", "1", "2")}}), 422, "RecordInvalid", "do not agree", "base")
	wrong := strings.TrimSuffix(line("10", "1", "2"), "}") + `,"net_amount":"11"}`
	w.refused(w.invoice(sale{contact: contact, lines: []string{wrong}}), 422, "RecordInvalid", "do not agree", "base")
}

func TestAnExchangeRateIsReadByItsSwitch(t *testing.T) {
	for inverse, base := range map[bool]string{false: "6.0", true: "24.0"} {
		w := newWorld(t, simulator.Options{Rules: books.Rules{InverseRates: inverse}})
		contact := w.customer("M1", "EUR")
		r := w.ok(201, w.invoice(sale{contact: contact, more: `,"exchange_rate":"0.5"`, lines: []string{line("10", "1", "2")}}))
		w.shows(r, map[string]any{"total_amount": "12.0", "base_currency_total_amount": base, "exchange_rate": "0.5", "inverse_exchange_rate": "2.0"})
		w.ok(200, w.do("PUT", "/sales_invoices/"+r.str("id"), `{"sales_invoice":{"notes":"x"}}`))
		w.shows(w.do("GET", "/sales_invoices/"+r.str("id"), ""), map[string]any{"base_currency_total_amount": base, "exchange_rate": "0.5"})
		w.ledger()
	}
}

func TestContactsCurrencyAndMessagesByTheirSwitches(t *testing.T) {
	w := newWorld(t, simulator.Options{Rules: books.Rules{FreeContactCurrency: true, LockedMessage: "Locked!", TakenMessage: "Taken!"}})
	contact := w.customer("M1", "GBP")
	w.ok(201, w.invoice(sale{contact: contact, lines: []string{line("10", "1", "2")}}))
	w.ok(200, w.do("PUT", "/contacts/"+contact, `{"contact":{"currency_id":"EUR"}}`))
	w.refused(w.do("POST", "/contacts", `{"contact":{"name":"Bob","contact_type_ids":["CUSTOMER"],"reference":"M1"}}`), 422, "RecordInvalid", "Taken!", "reference")
	w.ok(200, w.do("PUT", "/financial_settings", `{"financial_settings":{"year_end_lockdown_date":"2026-03-16"}}`))
	w.refused(w.invoice(sale{contact: w.customer("M2", "GBP"), lines: []string{line("10", "1", "2")}}), 422, "RecordInvalid", "Locked!", "date")
}
