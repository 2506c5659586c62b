package sink

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/sink/deliver"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// TestBooksThatAnotherConnectorFilledAreTakenOver has what it posted: contacts with the currency's
// initial, a prefix of its own, a day of its own time zone, a receipt without our reference.
func TestBooksThatAnotherConnectorFilledAreTakenOver(t *testing.T) {
	t.Parallel()
	w := newDoubtWorldOf(t, simulator.Options{Memory: -1})
	_, err := w.db.CloseDelivery(t.Context(), "shop-uk")
	w.must(err)
	base, foreign := w.contactByHand("M1001", "Ada Example", "GBP"), w.contactByHand("M1002E", "Ada Example (EUR)", "EUR")
	ids := []string{
		w.invoiceByHand(base, "X000000001", "2026-02-01", "GBP", "5.00"), w.invoiceByHand(foreign, "X000000002", "2026-01-31", "EUR", "5.00"),
		w.invoiceByHand(base, "X000000003", "2026-02-04", "GBP", "5.00"), // too late a day
	}
	w.receiptByHand(base, ids[0], "BACS 17")
	euros := doubtInvoice(2)
	euros.Currency, euros.BaseToOrderRate = "EUR", amt("1.25")
	late := doubtInvoice(3)
	late.Customer.MagentoID = 1001
	w.takeIn(anInvoice(1), euros, late, anInvoice(4))
	w.turn()
	if n := len(w.inSage("invoice")); n != 3 {
		t.Fatalf("%d invoices, want those three until the books were taken over", n)
	}
	r, done := w.rebuild()
	defer done()
	r.Other = &deliver.OtherConnector{Prefix: "X", BaseCurrency: "GBP", Fallback: "WEBSALES"}
	planned, err := r.Plan(t.Context())
	w.must(err)
	report, err := r.Run(t.Context())
	w.must(err)
	for _, some := range []RebuildReport{planned, report} {
		if some.adopted() != 5 || some.ForAPerson() != 1 || rowOf(some, ids[2]).Outcome != deliver.Different {
			t.Errorf("%v adopted and %+v, want two contacts, two invoices and a receipt, and one for a person", some.Adopted, some.Rows)
		}
	}
	w.turnUntil("the rest is made", func() bool {
		return w.item("invoice:4").Payment == work.Paid && w.item("invoice:2").Payment == work.Paid
	})
	first := w.item("invoice:1")
	if first.SageID != ids[0] || first.Payment != work.Paid || first.AccountingDate != "2026-02-01" || w.item("invoice:2").SageID != ids[1] {
		t.Errorf("%+v, %+v: want what the other connector made", first, w.item("invoice:2"))
	}
	if n := w.standing("contact", "M1002E"); n != 1 || w.standing("contact", "M1001") != 1 || len(w.inSage("invoice")) != 4 || len(w.inSage("payment")) != 3 {
		t.Errorf("%d invoices, %d receipts, contacts %+v: want one sale made and one receipt", len(w.inSage("invoice")), len(w.inSage("payment")), w.inSage("contact"))
	}
}

// contactByHand makes a contact as another connector would.
func (w *world) contactByHand(reference, name, currency string) (id string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"contact":{"name":%q,"contact_type_ids":["CUSTOMER"],"reference":%q,"currency_id":%q,"main_contact_person":{"name":"Ada Example","contact_person_type_ids":["ACCOUNTS"],"email":"ada@example.test"}}}`,
		name, reference, currency)
	w.byHand(sage.Contacts, func(ctx context.Context, p *sage.Permit) error {
		c, err := p.CreateContact(ctx, []byte(body))
		id = c.ID
		return err
	})
	return id
}

// receiptByHand pays an invoice over 30.00.
func (w *world) receiptByHand(contact, invoice, reference string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"contact_payment":{"transaction_type_id":"CUSTOMER_RECEIPT","contact_id":%q,"bank_account_id":%q,"date":"2026-02-05","total_amount":"30.00","reference":%q,"currency_id":"GBP","allocated_artefacts":[{"artefact_id":%q,"amount":"30.00"}]}}`,
		contact, chart.BankAccounts("GBP")[0].ID, reference, invoice)
	w.byHand(sage.Payments, func(ctx context.Context, p *sage.Permit) error {
		_, err := p.CreatePayment(ctx, []byte(body))
		return err
	})
}

// byHand makes something in Sage as somebody else would.
func (w *world) byHand(class sage.Class, do func(context.Context, *sage.Permit) error) {
	w.t.Helper()
	r, done := w.rebuild()
	defer done()
	p, err := r.Client.Admit(w.t.Context(), class)
	w.must(err)
	defer p.Release()
	w.must(do(w.t.Context(), p))
}

// invoiceByHand posts an invoice over 30.00 and returns Sage's id of it.
func (w *world) invoiceByHand(contact, reference, date, currency, tax string) (id string) {
	w.t.Helper()
	line := fmt.Sprintf(`{"description":"goods","ledger_account_id":%q,"quantity":"1","unit_price":"25.00","tax_rate_id":"GB_STANDARD","tax_amount":%q}`, chart.Sales, tax)
	body := fmt.Sprintf(`{"sales_invoice":{"contact_id":%q,"date":%q,"reference":%q,"currency_id":%q,"main_address":{"address_line_1":"1 Test Street","country_id":"GB"},"invoice_lines":[%s]}}`,
		contact, date, reference, currency, line)
	if currency != "GBP" {
		body = strings.Replace(body, `"main_address"`, `"exchange_rate":"0.8","main_address"`, 1)
	}
	w.byHand(sage.Documents, func(ctx context.Context, p *sage.Permit) error {
		d, err := p.CreateInvoice(ctx, []byte(body))
		id = d.ID
		return err
	})
	return id
}
