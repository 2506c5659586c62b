package simulator_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// BenchmarkInvoices is what one business takes from one client without a
// network: invoices of two lines.
func BenchmarkInvoices(b *testing.B) {
	sim := simulator.New(simulator.Options{})
	token := "Bearer " + sim.Grant().Access
	call := func(method, path, body string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(method, "/v3.1"+path, strings.NewReader(body))
		req.Header.Set("Authorization", token)
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		sim.ServeHTTP(w, req)
		return w
	}
	call("POST", "/contacts", `{"contact":{"name":"Ada","contact_type_ids":["CUSTOMER"],"reference":"M1","main_address":{"city":"Leeds"}}}`)
	contact := sim.Documents()[0].ID
	for i := 0; b.Loop(); i++ {
		s := sale{contact: contact, reference: fmt.Sprint(i), lines: []string{line("10.00", "3", "6.00"), line("1.25", "1", "0.25")},
			more: fmt.Sprintf(`,"idempotency_id":"%032x"`, i)}
		if w := call("POST", "/sales_invoices", s.body("sales_invoice", "invoice_lines")); w.Code != 201 {
			b.Fatalf("answered %d: %s", w.Code, w.Body)
		}
	}
}
