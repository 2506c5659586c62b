package simulator_test

import (
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func (w *world) offer(path string, s sale) reply {
	w.t.Helper()
	root, lines := strings.TrimSuffix(path, "s"), strings.TrimSuffix(strings.TrimPrefix(path, "sales_"), "s")+"_lines"
	if !strings.Contains(s.more, "expiry_date") {
		s.more += `,"expiry_date":"2026-04-16"`
	}
	return w.do("POST", "/"+path, s.body(root, lines))
}

// eachOffer runs a test of estimates and of quotes.
func eachOffer(t *testing.T, do func(w *world, path, name string)) {
	t.Helper()
	for path, name := range map[string]string{"sales_estimates": "estimate", "sales_quotes": "quote"} {
		t.Run(name, func(t *testing.T) { do(newWorld(t, simulator.Options{}), path, name) })
	}
}

func TestAnOfferIsInNoLedger(t *testing.T) {
	prefix := map[string]string{"estimate": "EST-", "quote": "QU-"}
	eachOffer(t, func(w *world, path, name string) {
		item := w.stocked("MUG", "5")
		r := w.ok(201, w.offer(path, sale{contact: w.customer("M1", "GBP"), reference: "E-7", lines: []string{lineOf(item, "2"), line("5", "1", "1")}}))
		w.shows(r, map[string]any{"displayed_as": prefix[name] + "1", name + "_number": prefix[name] + "1", "status.id": "UNPAID", "expiry_date": "2026-04-16", "invoice": nil,
			"net_amount": "25.0", "tax_amount": "3.0", "total_amount": "28.0", "outstanding_amount": nil, name + "_lines.0.product.id": item, "reference": "E-7"})
		if l := w.ledger(); len(l.Entries) != 0 || w.stock(item) != "5.0" {
			w.t.Errorf("%d entries in the ledger and %s in stock; want none, and all 5", len(l.Entries), w.stock(item))
		}
		w.shows(w.do("GET", "/"+path+"?search=e-7&status_id=UNPAID&from_date=2026-03-16", ""), map[string]any{"$total": 1.0})
		w.shows(w.do("GET", "/invoice_settings", ""), map[string]any{"next_quote_number": 2.0, "next_invoice_number": 1.0})
	})
}

func TestAnOfferIsChangedDeclinedAndDeleted(t *testing.T) {
	eachOffer(t, func(w *world, path, name string) {
		r := w.ok(201, w.offer(path, sale{contact: w.customer("M1", "GBP"), lines: []string{line("10", "1", "2")}}))
		at, root := "/"+path+"/"+r.str("id"), "sales_"+name
		w.ok(200, w.do("PUT", at, `{"`+root+`":{"expiry_date":"2026-05-01","`+name+`_lines":[{"id":"`+r.str(name+"_lines.0.id")+`","quantity":"2","tax_amount":"4"}]}}`))
		w.ok(200, w.do("PUT", at, `{"`+root+`":{"status_id":"DECLINED"}}`))
		w.shows(w.ok(200, w.do("GET", at, "")), map[string]any{"status.id": "DECLINED", "expiry_date": "2026-05-01", "total_amount": "24.0", "displayed_as": r.str("displayed_as")})
		w.refused(w.do("PUT", at, `{"`+root+`":{"status_id":"PAID"}}`), 422, "RecordInvalid", "not included", "status_id")
		w.refused(w.do("PUT", at, `{"`+root+`":{"expiry_date":"2026-01-01"}}`), 422, "RecordInvalid", "before the date", "expiry_date")
		w.ok(204, w.do("DELETE", at, ""))
		w.refused(w.do("GET", at, ""), 404, "RecordNotFound", "", "")
		w.ok(405, w.do("POST", at+"/release", ""))
	})
}

func TestAnInvoiceIsMadeOfAnOfferOnce(t *testing.T) {
	eachOffer(t, func(w *world, path, name string) {
		contact := w.customer("M1", "GBP")
		offer := w.ok(201, w.offer(path, sale{contact: contact, lines: []string{line("10", "1", "2")}})).str("id")
		invoice := func(contact, offer string) reply {
			return w.invoice(sale{contact: contact, more: `,"original_quote_estimate_id":"` + offer + `"`, lines: []string{line("10", "1", "2")}})
		}
		w.refused(invoice(contact, "none"), 404, "RecordNotFound", "", "original_quote_estimate_id")
		w.refused(invoice(w.customer("M2", "GBP"), offer), 422, "RecordInvalid", "another contact", "original_quote_estimate_id")
		made := w.ok(201, invoice(contact, offer)).str("id")
		w.shows(w.do("GET", "/"+path+"/"+offer, ""), map[string]any{"invoice.id": made, "editable": false})
		w.refused(invoice(contact, offer), 422, "RecordInvalid", "already made", "original_quote_estimate_id")
		w.refused(w.do("DELETE", "/"+path+"/"+offer, ""), 422, "RecordInvalid", "invoice was made", "base")
		w.refused(w.do("PUT", "/"+path+"/"+offer, `{"sales_`+name+`":{"notes":"x"}}`), 422, "RecordInvalid", "invoice was made", "base")
	})
}

func TestAnOffersStatusIsNamedByItsSwitch(t *testing.T) {
	w := newWorld(t, simulator.Options{Rules: books.Rules{OfferStatus: "PENDING"}})
	r := w.ok(201, w.offer("sales_quotes", sale{contact: w.customer("M1", "GBP"), lines: []string{line("10", "1", "2")}}))
	w.shows(r, map[string]any{"status.id": "PENDING"})
	w.ok(200, w.do("PUT", "/sales_quotes/"+r.str("id"), `{"sales_quote":{"status_id":"DECLINED"}}`))
	w.ok(200, w.do("PUT", "/sales_quotes/"+r.str("id"), `{"sales_quote":{"status_id":"PENDING"}}`))
	w.shows(w.do("GET", "/sales_quotes?status_id=PENDING", ""), map[string]any{"$total": 1.0})
}

func TestOffersThatAreRefused(t *testing.T) {
	eachOffer(t, func(w *world, path, name string) {
		contact := w.customer("M1", "GBP")
		w.refused(w.offer(path, sale{contact: contact, more: `,"expiry_date":null`, lines: []string{line("1", "1", "0")}}), 422, "RecordInvalid", "required", "expiry_date")
		w.refused(w.offer(path, sale{contact: contact, more: `,"expiry_date":"2026-03-15"`, lines: []string{line("1", "1", "0")}}), 422, "RecordInvalid", "before the date", "expiry_date")
		w.refused(w.offer(path, sale{contact: contact, more: `,"status_id":"PAID"`, lines: []string{line("1", "1", "0")}}), 422, "RecordInvalid", "not included", "status_id")
		w.refused(w.offer(path, sale{contact: "none", lines: []string{line("1", "1", "0")}}), 404, "RecordNotFound", "", "contact_id")
	})
}
