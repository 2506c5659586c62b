package simulator_test

import (
	"testing"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestTotalsOfAnInvoice(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		more  string
		want  map[string]any
	}{
		{"net and tax add up", []string{line("10.00", "3", "6.00")}, "",
			map[string]any{"net_amount": "30.0", "tax_amount": "6.0", "total_amount": "36.0", "outstanding_amount": "36.0"}},
		{"price and tax are rounded to pennies before they are added", []string{line("41.625", "1", "8.325")}, "",
			map[string]any{"net_amount": "41.63", "tax_amount": "8.33", "total_amount": "49.96", "invoice_lines.0.unit_price": "41.63"}},
		{"the price is rounded before it is multiplied", []string{line("0.333", "3", "0.20")}, "",
			map[string]any{"net_amount": "0.99"}},
		{"the tax that was sent is kept, right or wrong", []string{line("10.00", "1", "1.23")}, "",
			map[string]any{"tax_amount": "1.23", "total_amount": "11.23"}},
		{"a discount amount comes off the line", []string{discounted(`"discount_amount":"1.50"`, "5.70")}, "",
			map[string]any{"net_amount": "28.5", "total_amount": "34.2", "total_discount_amount": "1.5"}},
		{"a discount percentage becomes an amount", []string{discounted(`"discount_percentage":"10"`, "5.40")}, "",
			map[string]any{"net_amount": "27.0", "invoice_lines.0.discount_amount": "3.0", "invoice_lines.0.discount_percentage": "10.0"}},
		{"a gross price gives up its tax", []string{discounted(`"unit_price_includes_tax":true`, "5.00")}, "",
			map[string]any{"net_amount": "25.0", "total_amount": "30.0"}},
		{"shipping counts in the header and its tax is recomputed", []string{line("10.00", "1", "2.00")},
			`,"shipping_net_amount":"4.17","shipping_tax_rate_id":"GB_STANDARD","shipping_tax_amount":"0"`,
			map[string]any{"net_amount": "14.17", "tax_amount": "2.83", "total_amount": "17.0", "shipping_tax_amount": "0.83"}},
		{"tax is analysed by rate, shipping included",
			[]string{line("10.00", "1", "2.00"), lineAt("GB_ZERO", "5.00", "2", "0"), line("1.00", "1", "0.20")},
			`,"shipping_net_amount":"2.00","shipping_tax_rate_id":"GB_ZERO"`,
			map[string]any{"tax_analysis.0.tax_rate.id": "GB_STANDARD", "tax_analysis.0.net_amount": "11.0", "tax_analysis.0.tax_amount": "2.2",
				"tax_analysis.1.tax_rate.id": "GB_ZERO", "tax_analysis.1.net_amount": "12.0", "total_quantity": "4.0"}},
		{"a free rate may leave the tax out", []string{`{"description":"Book","ledger_account_id":"` + chart.Sales + `","quantity":1,"unit_price":7.5,"tax_rate_id":"GB_ZERO"}`}, "",
			map[string]any{"total_amount": "7.5", "tax_amount": "0.0"}},
		{"a negative line lowers the total", []string{line("10.00", "1", "2.00"), lineAt("GB_NO_TAX", "-0.01", "1", "0")}, "",
			map[string]any{"total_amount": "11.99"}},
		{"an invoice over nothing is paid at once", []string{lineAt("GB_ZERO", "0", "1", "0")}, "",
			map[string]any{"total_amount": "0.0", "status.id": "PAID"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, simulator.Options{})
			r := w.ok(201, w.invoice(sale{contact: w.customer("M1", "GBP"), lines: c.lines, more: c.more}))
			w.shows(r, c.want)
			w.ledger()
		})
	}
}

// discounted is 3 × 10.00 with one more field.
func discounted(field, tax string) string {
	l := line("10.00", "3", tax)
	return l[:len(l)-1] + "," + field + "}"
}

func TestWhatALineIsRefusedFor(t *testing.T) {
	const required = "This field is required."
	for _, c := range []struct {
		name, line      string
		rules           books.Rules
		status          int
		code            string
		message, source string
	}{
		{"a taxed line without its tax", `{"description":"Mug","ledger_account_id":"` + chart.Sales + `","quantity":"1","unit_price":"1","tax_rate_id":"GB_STANDARD"}`,
			books.Rules{}, 422, "RecordInvalid", required, "line_items.tax_amount"},
		{"a line without a tax rate", `{"description":"Mug","ledger_account_id":"` + chart.Sales + `","quantity":"1","unit_price":"1","tax_amount":"0"}`,
			books.Rules{}, 422, "RecordInvalid", required, "line_items.tax_rate_id"},
		{"an HTML entity, under the umbrella message", `{"description":"Mug &trade;","ledger_account_id":"` + chart.Sales + `","quantity":"1","unit_price":"1","tax_rate_id":"GB_ZERO","tax_amount":"0"}`,
			books.Rules{}, 422, "RecordInvalid", required, "line_items.description"},
		{"an unknown tax rate", lineAt("DE_19", "1", "1", "0"), books.Rules{}, 404, "RecordNotFound", "Couldn't find record.", "line_items.tax_rate_id"},
		{"an unknown ledger account", `{"description":"Mug","ledger_account_id":"0000","quantity":"1","unit_price":"1","tax_rate_id":"GB_ZERO","tax_amount":"0"}`,
			books.Rules{}, 404, "RecordNotFound", "Couldn't find record.", "line_items.ledger_account_id"},
		{"an account that sales may not use", `{"description":"Mug","ledger_account_id":"` + chart.Debtors + `","quantity":"1","unit_price":"1","tax_rate_id":"GB_ZERO","tax_amount":"0"}`,
			books.Rules{}, 422, "RecordInvalid", "is not included in the list", "line_items.ledger_account_id"},
		{"an amount that is no number", lineAt("GB_ZERO", "ten", "1", "0"), books.Rules{}, 422, "RecordInvalid", "is not a number", "line_items.unit_price"},
		{"a field that lines do not have", discounted(`"currency_tax_amount":"1"`, "6.00"), books.Rules{}, 422, "Validation", "is not a known field", "sales_invoice[line_items][currency_tax_amount]"},
		{"a wrong tax under strict tax", line("10.00", "1", "1.98"), books.Rules{StrictTax: true}, 422, "RecordInvalid", "must be within 0.01 of 2.0", "line_items.tax_amount"},
		{"a negative price under that switch", line("-1", "1", "0"), books.Rules{RefuseNegativeLines: true}, 422, "RecordInvalid", "must be greater", "line_items.unit_price"},
		{"a total below zero", lineAt("GB_ZERO", "-1", "1", "0"), books.Rules{}, 422, "RecordInvalid", "must be greater", "total_amount"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, simulator.Options{Rules: c.rules})
			contact := w.customer("M1", "GBP")
			w.refused(w.invoice(sale{contact: contact, lines: []string{c.line}}), c.status, c.code, c.message, c.source)
			if n := len(w.ledger().Entries); n > 0 {
				t.Errorf("a refused invoice left %d ledger entries", n)
			}
		})
	}
}

func TestSwitchesOfTheTotals(t *testing.T) {
	w := newWorld(t, simulator.Options{Rules: books.Rules{RoundProduct: true, ZeroTotalUnpaid: true, StrictTax: true}})
	contact := w.customer("M1", "GBP")
	w.shows(w.ok(201, w.invoice(sale{contact: contact, lines: []string{line("0.335", "3", "0.21")}})), map[string]any{"net_amount": "1.01"})
	w.shows(w.ok(201, w.invoice(sale{contact: contact, lines: []string{lineAt("GB_ZERO", "0", "1", "0")}})), map[string]any{"status.id": "UNPAID"})
}
