package simulator_test

import (
	"testing"

	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestDraftsPostWhenTheyAreReleased(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1", "GBP")
	d := w.ok(201, w.invoice(sale{contact: contact, more: `,"status_id":"DRAFT"`, lines: []string{line("10", "1", "2")}}))
	w.shows(d, map[string]any{"status.id": "DRAFT", "displayed_as": "SI-DRAFT", "outstanding_amount": "0.0", "transaction": nil, "total_amount": "12.0"})
	if n := len(w.ledger().Entries); n != 0 {
		t.Fatalf("a draft left %d ledger entries", n)
	}
	w.refused(w.pay(transfer{contact: contact, total: "12", artefact: d.str("id"), amount: "12"}), 404, "RecordNotFound", "Couldn't", "allocated_artefacts.artefact_id")
	w.shows(w.ok(201, w.do("POST", "/sales_invoices/"+d.str("id")+"/release", "")),
		map[string]any{"status.id": "UNPAID", "invoice_number": "SI-1", "outstanding_amount": "12.0"})
	w.refused(w.do("POST", "/sales_invoices/"+d.str("id")+"/release", ""), 422, "RecordInvalid", "Only drafts", "base")
	if got := w.balance(1100); got != "12.00" {
		t.Errorf("debtors hold %s, want 12.00", got)
	}
}

func TestADraftVanishesWhenItIsDeleted(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	d := w.ok(201, w.invoice(sale{contact: w.customer("M1", "GBP"), more: `,"status_id":"PRO_FORMA"`, lines: []string{line("10", "1", "2")}})).str("id")
	w.ok(200, w.do("DELETE", "/sales_invoices/"+d, ""))
	w.refused(w.do("GET", "/sales_invoices/"+d, ""), 404, "RecordNotFound", "Couldn't", "")
}

func TestVoidingNeedsAReasonAndKeepsTheNumber(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1", "GBP")
	id := w.ok(201, w.invoice(sale{contact: contact, lines: []string{line("10", "1", "2")}})).str("id")
	w.refused(w.do("DELETE", "/sales_invoices/"+id, ""), 422, "RecordInvalid", "required", "void_reason")
	w.shows(w.ok(200, w.do("DELETE", "/sales_invoices/"+id+"?void_reason=mistake", "")), map[string]any{"status.id": "VOID"})
	w.refused(w.do("DELETE", "/sales_invoices/"+id+"?void_reason=again", ""), 422, "RecordInvalid", "already void", "base")
	w.refused(w.do("PUT", "/sales_invoices/"+id, `{"sales_invoice":{"notes":"x"}}`), 422, "RecordInvalid", "void", "base")
	w.shows(w.ok(201, w.invoice(sale{contact: contact, lines: []string{line("10", "1", "2")}})), map[string]any{"displayed_as": "SI-2"})
	if n := len(w.ledger().Entries); n != 9 {
		t.Errorf("invoice, reversal and invoice left %d entries, want 9", n)
	}
}

func TestNumbersOfInvoicesAndCreditNotes(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1", "GBP")
	one := sale{contact: contact, lines: []string{line("10", "1", "2")}}
	w.ok(200, w.do("PUT", "/invoice_settings", `{"invoice_settings":{"next_invoice_number":48}}`))
	w.shows(w.ok(201, w.invoice(one)), map[string]any{"invoice_number": "SI-48"})
	w.shows(w.ok(201, w.creditNote(one)), map[string]any{"credit_note_number": "SCN-49"})
	w.ok(200, w.do("PUT", "/invoice_settings", `{"invoice_settings":{"separate_invoice_credit_note_numbering":true}}`))
	w.shows(w.ok(201, w.creditNote(one)), map[string]any{"credit_note_number": "SCN-1"})
	w.shows(w.ok(201, w.invoice(one)), map[string]any{"invoice_number": "SI-50"})
}

func TestClosedPeriods(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1", "GBP")
	on := func(date string) reply {
		return w.invoice(sale{contact: contact, date: date, lines: []string{line("10", "1", "2")}})
	}
	w.refused(on("2023-12-31"), 422, "RecordInvalid", "accounts start date", "date")
	old := w.ok(201, on("2025-12-31")).str("id")
	w.ok(200, w.do("PUT", "/financial_settings", `{"financial_settings":{"year_end_lockdown_date":"2025-12-31"}}`))
	w.refused(on("2025-12-31"), 422, "RecordInvalid", "locked", "date")
	w.refused(w.do("DELETE", "/sales_invoices/"+old+"?void_reason=late", ""), 422, "RecordInvalid", "locked", "date")
	w.ok(201, on("2026-01-01"))
	w.refused(on("2026-02-30"), 422, "RecordInvalid", "not a valid date", "date")
}

func TestAddressesOfADocument(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	bare := w.ok(201, w.do("POST", "/contacts", `{"contact":{"name":"Web sales","contact_type_ids":["CUSTOMER"],"reference":"WEBSALES"}}`)).str("id")
	one := []string{line("10", "1", "2")}
	w.refused(w.invoice(sale{contact: bare, lines: one}), 422, "RecordInvalid", "Invoice Address is required", "main_address")
	r := w.ok(201, w.invoice(sale{contact: bare, lines: one, more: `,"main_address":{"address_line_1":"2 Other Road","city":"York","country_id":"GB"}`}))
	w.shows(r, map[string]any{"main_address.city": "York", "delivery_address.city": "York", "contact_name": "Web sales", "contact_reference": "WEBSALES"})
	w.refused(w.invoice(sale{contact: bare, lines: one, more: `,"main_address":{"address_line_1":"2 Other Road","country_id":"ZZ"}`}), 404, "RecordNotFound", "Couldn't", "main_address.country_id")
}

func TestDueDates(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1", "GBP")
	one := []string{line("10", "1", "2")}
	w.shows(w.ok(201, w.invoice(sale{contact: contact, lines: one})), map[string]any{"due_date": "2026-04-15"})
	w.shows(w.ok(201, w.invoice(sale{contact: contact, lines: one, more: `,"due_date":"2026-03-20"`})), map[string]any{"due_date": "2026-03-20"})
	w.ok(200, w.do("PUT", "/contacts/"+contact, `{"contact":{"credit_days":7}}`))
	w.shows(w.ok(201, w.invoice(sale{contact: contact, lines: one})), map[string]any{"due_date": "2026-03-23"})
}

func TestWhatABookkeeperMayChange(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1", "GBP")
	invoice := w.ok(201, w.invoice(sale{contact: contact, reference: "A", lines: []string{line("10", "1", "2"), line("5", "1", "1")}}))
	path := "/sales_invoices/" + invoice.str("id")
	w.shows(w.ok(200, w.do("PUT", path, `{"sales_invoice":{"notes":"seen","reference":"B"}}`)), map[string]any{"notes": "seen", "reference": "B", "total_amount": "18.0"})
	changed := w.ok(200, w.do("PUT", path, `{"sales_invoice":{"invoice_lines":[{"id":"`+invoice.str("invoice_lines.1.id")+`","unit_price":"6","tax_amount":"1.20"}]}}`))
	w.shows(changed, map[string]any{"total_amount": "19.2", "outstanding_amount": "19.2", "displayed_as": "SI-1", "invoice_lines.0.net_amount": "10.0"})
	if got := w.balance(1100); got != "19.20" {
		t.Errorf("debtors hold %s after the change, want 19.20", got)
	}
	w.ok(201, w.pay(transfer{contact: contact, total: "19.20", artefact: invoice.str("id"), amount: "19.20"}))
	w.refused(w.do("PUT", path, `{"sales_invoice":{"date":"2026-03-01"}}`), 422, "RecordInvalid", "cannot edit", "base")
	w.shows(w.ok(200, w.do("PUT", path, `{"sales_invoice":{"sent":true}}`)), map[string]any{"sent": true, "status.id": "PAID"})
	w.refused(w.do("PUT", path, `{"sales_invoice":{"invoice_lines":[{"id":"none","unit_price":"6"}]}}`), 404, "RecordNotFound", "Couldn't", "line_items.id")
	w.ledger()
}
