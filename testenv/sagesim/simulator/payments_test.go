package simulator_test

import (
	"testing"

	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestAnInvoiceAndItsPaymentInTheLedger(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1", "GBP")
	invoice := w.ok(201, w.invoice(sale{contact: contact, reference: "000000001", lines: []string{line("10.00", "3", "6.00")}}))
	for account, want := range map[int]string{1100: "36.00", 4000: "-30.00", 2200: "-6.00"} {
		if got := w.balance(account); got != want {
			t.Errorf("after the invoice account %d holds %s, want %s", account, got, want)
		}
	}
	paid := w.ok(201, w.pay(transfer{contact: contact, total: "36.00", artefact: invoice.str("id"), amount: "36.00"}))
	w.shows(paid, map[string]any{"total_amount": "36.0", "allocated_artefacts.0.amount": "36.0", "payment_on_account": nil})
	for account, want := range map[int]string{1100: "0.00", 1200: "36.00"} {
		if got := w.balance(account); got != want {
			t.Errorf("after the payment account %d holds %s, want %s", account, got, want)
		}
	}
	w.shows(w.do("GET", "/sales_invoices/"+invoice.str("id")+"?show_payments_allocations=true", ""),
		map[string]any{"status.id": "PAID", "outstanding_amount": "0.0", "total_paid": "36.0",
			"payments_allocations.0.contact_payment.id": paid.str("id")})
}

func TestStatusFollowsPayments(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1", "GBP")
	id := w.ok(201, w.invoice(sale{contact: contact, lines: []string{line("10.00", "1", "2.00")}})).str("id")
	status := func(want, open string) {
		t.Helper()
		w.shows(w.do("GET", "/sales_invoices/"+id, ""), map[string]any{"status.id": want, "outstanding_amount": open})
		w.ledger()
	}
	status("UNPAID", "12.0")
	first := w.ok(201, w.pay(transfer{contact: contact, total: "5", artefact: id, amount: "5"})).str("id")
	status("PART_PAID", "7.0")
	w.refused(w.pay(transfer{contact: contact, total: "8", artefact: id, amount: "8"}), 422, "RecordInvalid", "more than what is outstanding", "allocated_artefacts.amount")
	second := w.ok(201, w.pay(transfer{contact: contact, total: "7", artefact: id, amount: "7"})).str("id")
	status("PAID", "0.0")
	w.refused(w.pay(transfer{contact: contact, total: "1", artefact: id, amount: "1"}), 422, "RecordInvalid", "You can only pay unpaid or part-paid invoices.", "")
	w.ok(204, w.do("DELETE", "/contact_payments/"+second, ""))
	status("PART_PAID", "7.0")
	w.refused(w.do("DELETE", "/sales_invoices/"+id+"?void_reason=wrong", ""), 422, "RecordInvalid", "payments or allocations", "base")
	w.ok(204, w.do("DELETE", "/contact_payments/"+first, ""))
	status("UNPAID", "12.0")
	w.shows(w.ok(200, w.do("DELETE", "/sales_invoices/"+id, `{"void_reason":"cancelled"}`)),
		map[string]any{"status.id": "VOID", "void_reason": "cancelled", "outstanding_amount": "0.0"})
	if got := w.balance(1100) + w.balance(4000) + w.balance(1200); got != "0.000.000.00" {
		t.Errorf("after the void the accounts hold %s", got)
	}
}

func TestARestStaysOnAccountUntilItIsAllocated(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1", "GBP")
	id := w.ok(201, w.invoice(sale{contact: contact, lines: []string{line("10.00", "1", "2.00")}})).str("id")
	receipt := w.ok(201, w.pay(transfer{contact: contact, total: "20"}))
	account := receipt.str("payment_on_account.id")
	if account == "" || account == receipt.str("id") {
		t.Fatalf("the rest has the id %q", account)
	}
	w.shows(w.do("GET", "/unallocated_artefacts?attributes=all&contact_id="+contact, ""), map[string]any{"$total": 1.0, "$items.0.outstanding_amount": "20.0"})

	set := allocation(contact, id, "12.00", account, "-11.00")
	w.refused(w.do("POST", "/contact_allocations", set), 422, "RecordInvalid", "must add up to zero", "allocated_artefacts")
	w.ok(201, w.do("POST", "/contact_allocations", allocation(contact, id, "12.00", account, "-12.00")))
	w.shows(w.do("GET", "/sales_invoices/"+id, ""), map[string]any{"status.id": "PAID"})
	w.shows(w.do("GET", "/contact_payments/"+receipt.str("id"), ""), map[string]any{"payment_on_account.outstanding_amount": "8.0"})
	w.refused(w.do("DELETE", "/contact_payments/"+receipt.str("id"), ""), 422, "RecordInvalid", "has been allocated or refunded", "base")
	w.ok(201, w.pay(transfer{kind: "CUSTOMER_REFUND", contact: contact, total: "8", artefact: account, amount: "8"}))
	if bank, debtors := w.balance(1200), w.balance(1100); bank != "12.00" || debtors != "0.00" {
		t.Errorf("bank holds %s and debtors %s, want 12.00 and 0.00", bank, debtors)
	}
}

func allocation(contact, debit, amount, credit, taken string) string {
	return `{"contact_allocation":{"transaction_type_id":"CUSTOMER_ALLOCATION","contact_id":"` + contact + `","date":"2026-03-16","allocated_artefacts":[
		{"artefact_id":"` + debit + `","amount":"` + amount + `"},{"artefact_id":"` + credit + `","amount":"` + taken + `"}]}}`
}

func TestACreditNoteIsAllocatedOrRefunded(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1", "GBP")
	invoice := w.ok(201, w.invoice(sale{contact: contact, lines: []string{line("10.00", "3", "6.00")}})).str("id")
	note := w.ok(201, w.creditNote(sale{contact: contact, reference: "C1", more: `,"original_invoice_date":"2026-03-01"`, lines: []string{line("10.00", "1", "2.00")}}))
	w.shows(note, map[string]any{"total_amount": "12.0", "status.id": "UNPAID", "credit_note_number": "SCN-2", "original_invoice_date": "2026-03-01"})
	if got := w.balance(1100); got != "24.00" {
		t.Errorf("after the credit note debtors hold %s, want 24.00", got)
	}
	made := w.ok(201, w.do("POST", "/contact_allocations", allocation(contact, invoice, "5", note.str("id"), "-5")))
	w.shows(made, map[string]any{"allocated_artefacts.0.amount": "5.0", "allocated_artefacts.1.amount": "-5.0"})
	w.refused(w.pay(transfer{contact: contact, total: "7", artefact: note.str("id"), amount: "7"}), 422, "RecordInvalid", "cannot settle", "allocated_artefacts.artefact_id")
	w.refused(w.pay(transfer{kind: "CUSTOMER_REFUND", contact: contact, total: "8", artefact: note.str("id"), amount: "7"}), 422, "RecordInvalid", "allocated in full", "total_amount")
	w.ok(201, w.pay(transfer{kind: "CUSTOMER_REFUND", contact: contact, total: "7", artefact: note.str("id"), amount: "7"}))
	w.shows(w.do("GET", "/sales_credit_notes/"+note.str("id"), ""), map[string]any{"status.id": "PAID"})
	w.shows(w.do("GET", "/sales_invoices/"+invoice, ""), map[string]any{"outstanding_amount": "31.0"})
	w.ok(204, w.do("DELETE", "/contact_allocations/"+made.str("id"), ""))
	w.shows(w.do("GET", "/sales_invoices/"+invoice, ""), map[string]any{"outstanding_amount": "36.0", "status.id": "UNPAID"})
	w.ledger()
}

func TestAPaymentCanBeFreed(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1", "GBP")
	invoice := w.ok(201, w.invoice(sale{contact: contact, lines: []string{line("10.00", "1", "2.00")}})).str("id")
	payment := w.ok(201, w.pay(transfer{contact: contact, total: "12", artefact: invoice, amount: "12"})).str("id")
	w.refused(w.do("PUT", "/contact_payments/"+payment, `{"contact_payment":{"allocated_artefacts":[{"artefact_id":"`+invoice+`","amount":"13"}]}}`),
		422, "RecordInvalid", "more than what is outstanding", "allocated_artefacts.amount")
	w.shows(w.do("GET", "/sales_invoices/"+invoice, ""), map[string]any{"status.id": "PAID"})
	freed := w.ok(200, w.do("PUT", "/contact_payments/"+payment, `{"contact_payment":{"allocated_artefacts":[]}}`))
	w.shows(freed, map[string]any{"payment_on_account.outstanding_amount": "12.0"})
	w.shows(w.do("GET", "/sales_invoices/"+invoice, ""), map[string]any{"status.id": "UNPAID", "outstanding_amount": "12.0"})
	w.ledger()
}

func TestExchangeRates(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1-EUR", "EUR")
	invoice := w.ok(201, w.invoice(sale{contact: contact, more: `,"currency_id":"EUR","exchange_rate":"0.8333333333"`, lines: []string{line("33.33", "1", "6.67"), line("33.33", "1", "6.66")}}))
	w.shows(invoice, map[string]any{
		"total_amount": "79.99", "exchange_rate": "0.8333333333", "invoice_lines.0.base_currency_net_amount": "27.77",
		"base_currency_net_amount": "55.54", "base_currency_tax_amount": "11.11", "base_currency_total_amount": "66.65",
	})
	half := w.ok(201, w.pay(transfer{contact: contact, total: "40", artefact: invoice.str("id"), amount: "40", more: `,"exchange_rate":"0.9"`}))
	w.shows(half, map[string]any{"base_currency_total_amount": "36.0", "currency.id": "EUR"})
	if got := w.balance(7906); got != "-2.67" {
		t.Errorf("40.00 EUR booked at 33.33 and received as 36.00 gained %s, want -2.67 on the gains account", got)
	}
	w.ok(201, w.pay(transfer{contact: contact, total: "39.99", artefact: invoice.str("id"), amount: "39.99", more: `,"exchange_rate":"0.8"`}))
	if gains, losses, debtors := w.balance(7906), w.balance(7907), w.balance(1100); gains != "-2.67" || losses != "1.33" || debtors != "0.00" {
		t.Errorf("gains %s, losses %s, debtors %s; want -2.67, 1.33, 0.00", gains, losses, debtors)
	}
}

func TestRatesThatAreLeftOut(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1-EUR", "EUR")
	invoice := w.ok(201, w.invoice(sale{contact: contact, lines: []string{line("100", "1", "20")}}))
	w.shows(invoice, map[string]any{"exchange_rate": "0.85", "base_currency_total_amount": "102.0"})
	w.shows(w.ok(201, w.pay(transfer{contact: contact, total: "120", artefact: invoice.str("id"), amount: "120"})),
		map[string]any{"exchange_rate": "1.0", "base_currency_total_amount": "120.0"})
	w.ok(200, w.do("PUT", "/financial_settings", `{"financial_settings":{"use_live_exchange_rates":false}}`))
	w.ok(201, w.do("POST", "/business_exchange_rates", `{"business_exchange_rate":{"currency_id":"EUR","rate":"0.9"}}`))
	w.shows(w.ok(201, w.invoice(sale{contact: contact, lines: []string{line("100", "1", "20")}})), map[string]any{"exchange_rate": "0.9"})
	inverse := w.ok(201, w.invoice(sale{contact: contact, more: `,"inverse_exchange_rate":"1.25"`, lines: []string{line("100", "1", "20")}}))
	w.shows(inverse, map[string]any{"exchange_rate": "0.8"})
}

func TestCurrenciesThatAreRefused(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	pounds, euros := w.customer("M1", "GBP"), w.customer("M1-EUR", "EUR")
	one := []string{line("10", "1", "2")}
	const record = "RecordInvalid"
	w.refused(w.invoice(sale{contact: pounds, lines: one, more: `,"currency_id":"EUR"`}), 422, record, "that of the contact", "currency_id")
	w.refused(w.invoice(sale{contact: pounds, lines: one, more: `,"exchange_rate":"1.1"`}), 422, record, "must be 1", "exchange_rate")
	w.refused(w.invoice(sale{contact: pounds, lines: one, more: `,"currency_id":"XXX"`}), 404, "RecordNotFound", "Couldn't", "currency_id")
	w.refused(w.pay(transfer{contact: euros, total: "1", more: `,"currency_id":"GBP"`}), 422, record, "that of the contact", "currency_id")
	w.ok(200, w.do("PUT", "/financial_settings", `{"financial_settings":{"multi_currency_enabled":false}}`))
	w.refused(w.invoice(sale{contact: euros, lines: one}), 422, record, "Multi-currency", "currency_id")
	w.refused(w.do("POST", "/contacts", `{"contact":{"name":"B","contact_type_ids":["CUSTOMER"],"currency_id":"USD"}}`), 422, record, "Multi-currency", "currency_id")
	w.shows(w.ok(201, w.invoice(sale{contact: pounds, lines: one, more: `,"exchange_rate":"1.0"`})), map[string]any{"exchange_rate": "1.0"})
}

func TestAChargeAndADiscountOnAPayment(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact := w.customer("M1", "GBP")
	invoice := w.ok(201, w.invoice(sale{contact: contact, lines: []string{line("100", "1", "20")}})).str("id")
	w.ok(201, w.do("POST", "/contact_payments", `{"contact_payment":{"transaction_type_id":"CUSTOMER_RECEIPT","contact_id":"`+contact+`","bank_account_id":"`+
		chart.BankAccounts("GBP")[3].ID+`","date":"2026-03-16","total_amount":"115","base_currency_currency_charge":"3","allocated_artefacts":[{"artefact_id":"`+invoice+`","amount":"115","discount":"5"}]}}`))
	for account, want := range map[int]string{1250: "112.00", 7900: "3.00", 4008: "5.00", 1100: "0.00"} {
		if got := w.balance(account); got != want {
			t.Errorf("account %d holds %s, want %s", account, got, want)
		}
	}
}

func TestPaymentsThatAreRefused(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact, other := w.customer("M1", "GBP"), w.customer("M2", "GBP")
	invoice := w.ok(201, w.invoice(sale{contact: other, lines: []string{line("10", "1", "2")}})).str("id")
	w.refused(w.pay(transfer{contact: "none", total: "1"}), 404, "RecordNotFound", "Couldn't", "contact_id")
	w.refused(w.pay(transfer{contact: contact, total: "0"}), 422, "RecordInvalid", "greater than 0", "total_amount")
	w.refused(w.pay(transfer{kind: "VENDOR_PAYMENT", contact: contact, total: "1"}), 422, "RecordInvalid", "not included in the list", "transaction_type_id")
	w.refused(w.pay(transfer{contact: contact, total: "1", artefact: "none", amount: "1"}), 404, "RecordNotFound", "Couldn't", "allocated_artefacts.artefact_id")
	w.refused(w.pay(transfer{contact: contact, total: "1", artefact: invoice, amount: "1"}), 422, "RecordInvalid", "another contact", "allocated_artefacts.artefact_id")
	w.refused(w.pay(transfer{contact: other, total: "1", artefact: invoice, amount: "2"}), 422, "RecordInvalid", "more than the total", "total_amount")
	w.refused(w.pay(transfer{contact: contact, total: "1", more: `,"payment_method_id":"SHELLS"`}), 404, "RecordNotFound", "Couldn't", "payment_method_id")
	if n := len(w.ledger().Entries); n != 3 {
		t.Errorf("refused payments left %d ledger entries beside the invoice's 3", n-3)
	}
}
