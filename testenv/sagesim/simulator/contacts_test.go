package simulator_test

import (
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestAContactIsShownAsItWasMade(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	id := w.customer("M42", "EUR")
	w.shows(w.ok(200, w.do("GET", "/contacts/"+id, "")), map[string]any{
		"displayed_as": "Ada Example (M42)", "$path": "/contacts/" + id, "email": "m42@example.test", "currency.id": "EUR",
		"contact_types.0.id": "CUSTOMER", "main_address.city": "Leeds", "main_address.country.displayed_as": "United Kingdom (GB)",
		"balance": "0.0", "deletable": true, "created_at": "2026-03-16T09:30:00Z", "tax_number": nil,
	})
}

func TestContactsThatAreRefused(t *testing.T) {
	long := func(n int) string { return strings.Repeat("é", n) }
	for _, c := range []struct{ name, fields, code, message, source string }{
		{"a contact without a name", `"contact_type_ids":["CUSTOMER"]`, "RecordInvalid", "required", "name"},
		{"a contact without a type", `"name":"Ada"`, "RecordInvalid", "required", "contact_type_ids"},
		{"a contact of two types", `"name":"Ada","contact_type_ids":["CUSTOMER","VENDOR"]`, "RecordInvalid", "exactly one", "contact_type_ids"},
		{"types that are no list", `"name":"Ada","contact_type_ids":"CUSTOMER"`, "Validation", "contact[contact_type_ids] is invalid", "contact[contact_type_ids]"},
		{"a reference of 11 characters", `"name":"Ada","contact_type_ids":["CUSTOMER"],"reference":"M1234567890"`, "RecordInvalid", "maximum is 10", "reference"},
		{"a name of 101 characters", `"name":"` + long(101) + `","contact_type_ids":["CUSTOMER"]`, "RecordInvalid", "maximum is 100", "name"},
		{"a postal code of 11 characters", `"name":"Ada","contact_type_ids":["CUSTOMER"],"main_address":{"postal_code":"12345678901"}`, "RecordInvalid", "maximum is 10", "main_address.postal_code"},
		{"a VAT number that is none", `"name":"Ada","contact_type_ids":["CUSTOMER"],"tax_number":"n/a"`, "RecordInvalid", "not valid", "tax_number"},
		{"too many credit days", `"name":"Ada","contact_type_ids":["CUSTOMER"],"credit_days":366`, "RecordInvalid", "between 0 and 365", "credit_days"},
		{"credit terms outside their list", `"name":"Ada","contact_type_ids":["CUSTOMER"],"credit_terms":"whenever"`, "RecordInvalid", "not included", "credit_terms"},
		{"a field that contacts do not have", `"name":"Ada","contact_type_ids":["CUSTOMER"],"e_mail":"a@example.test"`, "Validation", "not a known field", "contact[e_mail]"},
		{"a malformed idempotency id", `"name":"Ada","contact_type_ids":["CUSTOMER"],"idempotency_id":"0f3a6c1d-e4b2"`, "Validation", "invalid", "contact[idempotency_id]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, simulator.Options{})
			w.refused(w.do("POST", "/contacts", `{"contact":{`+c.fields+`}}`), 422, c.code, c.message, c.source)
		})
	}
}

func TestReferencesAreUniqueForEver(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	id := w.customer("M1", "GBP")
	again := `{"contact":{"name":"Bob","contact_type_ids":["CUSTOMER"],"reference":"m1"}}`
	w.refused(w.do("POST", "/contacts", again), 422, "RecordInvalid", "already been taken", "reference")
	w.ok(204, w.do("DELETE", "/contacts/"+id, ""))
	w.refused(w.do("GET", "/contacts/"+id, ""), 404, "RecordNotFound", "Couldn't", "")
	w.refused(w.do("POST", "/contacts", again), 422, "RecordInvalid", "already been taken", "reference")
	w.refused(w.do("PUT", "/contacts/"+id, `{"contact":{"name":"Eve"}}`), 404, "RecordNotFound", "Couldn't", "")
}

func TestAPutChangesOnlyWhatItNames(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	id := w.customer("M1", "GBP")
	w.shows(w.ok(200, w.do("PUT", "/contacts/"+id, `{"contact":{"name":"Ada Lovelace","main_address":{"city":"York"}}}`)), map[string]any{
		"name": "Ada Lovelace", "reference": "M1", "email": "m1@example.test", "main_address.city": "York", "main_address.address_line_1": "1 Test Street",
	})
	w.refused(w.do("PUT", "/contacts/"+id, `{"contact":{"name":""}}`), 422, "RecordInvalid", "required", "name")
	w.ok(200, w.do("PUT", "/contacts/"+id, `{"contact":{"reference":"M2"}}`))
	w.customer("M1", "GBP")
	w.refused(w.do("PUT", "/contacts/"+id, `{"contact":{"reference":"M1"}}`), 422, "RecordInvalid", "taken", "reference")
}

func TestAContactWithHistoryIsBound(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	id := w.customer("M1", "GBP")
	w.ok(200, w.do("PUT", "/contacts/"+id, `{"contact":{"currency_id":"EUR"}}`))
	w.ok(201, w.invoice(sale{contact: id, lines: []string{line("10", "1", "2")}}))
	w.refused(w.do("PUT", "/contacts/"+id, `{"contact":{"currency_id":"GBP"}}`), 422, "RecordInvalid", "cannot be changed", "currency_id")
	w.refused(w.do("DELETE", "/contacts/"+id, ""), 422, "RecordInvalid", "has transactions", "base")
	w.shows(w.do("GET", "/contacts/"+id, ""), map[string]any{"deletable": false, "balance": "10.2"})
}

func TestOnlyCustomersGetInvoices(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	vendor := w.ok(201, w.do("POST", "/contacts", `{"contact":{"name":"Mill","contact_type_ids":["VENDOR"]}}`)).str("id")
	w.refused(w.invoice(sale{contact: vendor, lines: []string{line("1", "1", "0.2")}}), 422, "RecordInvalid", "Couldn't find Customer.", "")
	w.refused(w.invoice(sale{contact: "none", lines: []string{line("1", "1", "0.2")}}), 404, "RecordNotFound", "Couldn't find record.", "contact_id")
}

func TestLenientIgnoresWhatItDoesNotKnow(t *testing.T) {
	w := newWorld(t, simulator.Options{Lenient: true})
	w.ok(201, w.do("POST", "/contacts", `{"contact":{"name":"Ada","contact_type_ids":["CUSTOMER"],"e_mail":"x"}}`))
	w.ok(200, w.do("GET", "/contacts?color=blue", ""))
	if n := w.sim.Calls().UnknownFields; n != 1 {
		t.Errorf("counted %d unknown fields, want 1", n)
	}
}
