package simulator_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestTheBooksAreOpenToChecks(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1", "GBP")
	invoice := w.ok(201, w.invoice(sale{contact: contact, reference: "000000001", lines: []string{line("10", "3", "6"), lineAt("GB_ZERO", "1", "1", "0")}})).str("id")
	w.ok(201, w.pay(transfer{contact: contact, total: "40", artefact: invoice, amount: "37"}))
	var got []simulator.Document
	if err := json.Unmarshal([]byte(w.see("/_sim/documents")), &got); err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].ID, got[i].Sequence, got[i].Business = "", 0, ""
	}
	none := map[string]simulator.Tax{}
	at := "2026-03-16T09:30:00Z"
	want := []simulator.Document{
		{Kind: "contact", Reference: "M1", Currency: "GBP", Net: "0.00", Tax: "0.00", TaxByRate: none, Total: "0.00", Outstanding: "-3.00",
			Status: "ACTIVE", Contact: "M1", ContactName: "Ada Example", CreatedAt: at},
		{Kind: "invoice", Number: "SI-1", Reference: "000000001", Date: "2026-03-16", Currency: "GBP", Net: "31.00", Tax: "6.00", Total: "37.00", Outstanding: "0.00",
			TaxByRate: map[string]simulator.Tax{"GB_STANDARD": {Net: "30.00", Tax: "6.00"}, "GB_ZERO": {Net: "1.00", Tax: "0.00"}},
			Status:    "PAID", Contact: "M1", ContactName: "Ada Example", CreatedAt: at},
		{Kind: "payment", Reference: "R-1", Date: "2026-03-16", Currency: "GBP", Net: "40.00", Tax: "0.00", TaxByRate: none, Total: "40.00", Outstanding: "3.00",
			Status: "CUSTOMER_RECEIPT", Contact: "M1", ContactName: "Ada Example", CreatedAt: at},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the documents differ (-want +got):\n%s", diff)
	}
	if table := strings.Split(strings.TrimSpace(w.see("/_sim/documents?format=csv")), "\n"); len(table) != 4 || !strings.Contains(table[2], "invoice,SI-1,000000001") {
		t.Errorf("the table is %q", table)
	}
	for _, part := range []string{`"balanced": true`, `"debtors_agree": true`, `"nominal_code": 4000`} {
		if ledger := w.see("/_sim/ledger"); !strings.Contains(ledger, part) {
			t.Errorf("the ledger lacks %s", part)
		}
	}
}

func TestCallsAreCounted(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	w.customer("M1", "GBP")
	before := w.sim.Calls()
	w.do("GET", "/contacts", "")
	w.do("GET", "/contacts/none", "")
	w.do("POST", "/contacts", `{"contact":{"nmae":"x"}}`)
	after := w.sim.Calls()
	if after.Writes != before.Writes || after.Reads != before.Reads+1 || after.Refused != 2 || after.UnknownFields != 1 {
		t.Errorf("counted %+v", after)
	}
	if n := after.ByPath["GET contacts/{id} 404"]; n != 1 {
		t.Errorf("by path: %v", after.ByPath)
	}
	var since simulator.Calls
	if err := json.Unmarshal([]byte(w.see("/_sim/calls?since=2&last=1")), &since); err != nil {
		t.Fatal(err)
	}
	if len(since.Calls) != 1 || since.Calls[0].Status != 422 || since.Calls[0].Sequence != 4 {
		t.Errorf("the last call is %+v", since.Calls)
	}
}

// see reads a page of /_sim, which needs no token.
func (w *world) see(path string) string {
	w.t.Helper()
	req, err := http.NewRequest("GET", w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := send(req)
	if err != nil && !strings.HasPrefix(r.text, "{") {
		w.t.Fatal(err)
	}
	return r.text
}
