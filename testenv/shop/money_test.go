package shop

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAmountsRoundHalvesAwayFromZero(t *testing.T) {
	for text, want := range map[string]string{
		"1.005": "1.0100", "-1.005": "-1.0100", "1.0049": "1.0000", "57.7090": "57.7100", "0.0050": "0.0100", "": "0.0000",
	} {
		a, err := parseAmount(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := a.cents().String(); got != want {
			t.Errorf("%q rounds to %s, want %s", text, got, want)
		}
	}
	if _, err := parseAmount("1.00005"); err == nil {
		t.Error("an amount of five places was accepted")
	}
}

func TestRoundingCarriesTheRestToTheNextLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, 50_000_000), 1, 30).Draw(t, "values")
		round, sum, whole := rounder{}, amount(0), exact(0)
		for _, v := range values {
			sum += round.round("20", exact(v))
			whole += exact(v)
		}
		if sum != whole.cents() {
			t.Fatalf("the rounded lines add up to %s, the rounded whole is %s", sum, whole.cents())
		}
	})
}

func TestPartsOfAnAmountAddUpToIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := pair{amount(rapid.Int64Range(0, 1e9).Draw(t, "cents")) * 100, 0}
		whole := rapid.Int64Range(1, 12).Draw(t, "whole")
		var sum pair
		for done := int64(0); done < whole; {
			qty := rapid.Int64Range(1, whole-done).Draw(t, "qty")
			sum = sum.plus(slice{qty: qty, done: done, whole: whole}.of(total, sum))
			done += qty
		}
		if sum != total {
			t.Fatalf("the parts add up to %s, want %s", sum[0], total[0])
		}
	})
}

// read returns columns of rows as text, NULL as "null".
func read(t *testing.T, s *Shop, columns, table, where string) []string {
	t.Helper()
	list := strings.Split(columns, ",")
	for i, column := range list {
		list[i] = "coalesce(" + column + ",'null')"
	}
	rows, err := s.DB().Query(fmt.Sprintf("select concat_ws(' ',%s) from %s where %s order by 1", strings.Join(list, ","), s.table(table), where))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		found = append(found, text)
	}
	return found
}

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func TestATaxInclusiveShopDiscountsTheGrossPrice(t *testing.T) {
	s := installed(t, Options{TaxInclusive: true})
	s.catalog["PEN"].price = 275_000 // 27.50 each
	id := must[int64](t)(s.PlaceOrder(t.Context(), Order{Lines: []Line{{"PEN", 3}}, Coupon: true}))
	got := read(t, s, "price,row_total,row_total_incl_tax,discount_amount,discount_tax_compensation_amount,tax_amount", "sales_order_item", fmt.Sprint("order_id=", id))
	// 82.50 gross: 68.75 and 13.75 of tax; 8.25 off leaves 74.25, of which 12.38 is tax.
	if diff := cmp.Diff([]string{"22.9200 68.7500 82.5000 8.2500 1.3700 12.3800"}, got); diff != "" {
		t.Errorf("the line (-want +got):\n%s", diff)
	}
}

func TestCompositeProductsCarryTheirMoneyWhereMagentoPutsIt(t *testing.T) {
	s := installed(t, Options{})
	order := must[int64](t)(s.PlaceOrder(t.Context(), Order{Lines: []Line{{"SHIRT", 1}, {"HAMPER", 1}, {"DESKSET", 1}}}))
	must[int64](t)(s.Invoice(t.Context(), order, Invoice{}))
	want := map[string][]string{
		"sales_order_item": {
			"MUG 2.0000 19.9800 4.0000", // carries the dynamic bundle's money with TEA
			"TEA 3.0000 19.0500 0.0000",
			"HAMPER-MUG-TEA 1.0000 39.0300 4.0000", // repeats it
			"DESKSET-PEN-PAD 1.0000 24.9500 4.9900",
			"PEN 1.0000 0.0000 null", "PAD 2.0000 0.0000 null",
			"SHIRT-L 1.0000 29.0000 5.8000", // the configurable product under its variant's SKU
			"SHIRT-L 1.0000 0.0000 null",
		},
		"sales_invoice_item": {
			"MUG 2.0000 19.9800 4.0000", "TEA 3.0000 19.0500 0.0000", "HAMPER-MUG-TEA 1.0000 null null",
			"DESKSET-PEN-PAD 1.0000 24.9500 4.9900", "PEN 1.0000 null null", "PAD 2.0000 null null",
			"SHIRT-L 1.0000 29.0000 5.8000", "SHIRT-L 1.0000 null null",
		},
	}
	sorted := cmp.Transformer("sorted", func(in []string) map[string]int {
		counts := map[string]int{}
		for _, line := range in {
			counts[line]++
		}
		return counts
	})
	for table, lines := range want {
		qty := map[string]string{"sales_order_item": "qty_ordered", "sales_invoice_item": "qty"}[table]
		got := read(t, s, "sku,"+qty+",row_total,tax_amount", table, "1")
		if diff := cmp.Diff(lines, got, sorted); diff != "" {
			t.Errorf("%s (-want +got):\n%s", table, diff)
		}
	}
}

func TestTheLastPartialInvoiceTakesTheRest(t *testing.T) {
	s := installed(t, Options{})
	s.catalog["PEN"].price = 79_300 // two: 15.86, tax 3.17
	order := must[int64](t)(s.PlaceOrder(t.Context(), Order{Lines: []Line{{"PEN", 2}}}))
	item := read(t, s, "item_id", "sales_order_item", fmt.Sprint("order_id=", order))[0]
	var id int64
	fmt.Sscan(item, &id)
	must[int64](t)(s.Invoice(t.Context(), order, Invoice{Qty: map[int64]int64{id: 1}}))
	must[int64](t)(s.Invoice(t.Context(), order, Invoice{}))
	got := read(t, s, "entity_id,subtotal,tax_amount,shipping_amount,shipping_tax_amount,grand_total", "sales_invoice", "1")
	if diff := cmp.Diff([]string{
		"1 7.9300 3.5900 10.0000 2.0000 21.5200", // tax 1.59 and the shipping's 2.00
		"2 7.9300 1.5800 null null 9.5100",
	}, got); diff != "" {
		t.Errorf("the invoices (-want +got):\n%s", diff)
	}
	if _, err := s.Invoice(t.Context(), order, Invoice{}); err == nil {
		t.Error("an order was invoiced beyond its end")
	}
}

func TestAEuroCreditMemoMayHoldLessThanACent(t *testing.T) {
	s := installed(t, Options{})
	order := must[int64](t)(s.PlaceOrder(t.Context(), Order{Store: "eu", Lines: []Line{{"BOOK", 1}}}))
	must[int64](t)(s.Invoice(t.Context(), order, Invoice{}))
	must[int64](t)(s.CreditMemo(t.Context(), order, CreditMemo{Fee: "0.37"}))
	got := read(t, s, "increment_id,adjustment,grand_total,base_grand_total", "sales_creditmemo", "1")
	// 16.97 + 5.85 + 1.17 of tax on the shipping − 0.4329
	if diff := cmp.Diff([]string{"2000000001 -0.4329 23.5571 20.1300"}, got); diff != "" {
		t.Errorf("the credit memo (-want +got):\n%s", diff)
	}
	if got := read(t, s, "total_refunded", "sales_order", "1")[0]; got != "23.5600" {
		t.Errorf("the order says %s refunded, want 23.5600", got)
	}
}

func TestALevyIsNotTakenInPartInTheBaseCurrency(t *testing.T) {
	s := installed(t, Options{})
	order := must[int64](t)(s.PlaceOrder(t.Context(), Order{Lines: []Line{{"LAMP", 2}}}))
	var id int64
	fmt.Sscan(read(t, s, "item_id", "sales_order_item", "1")[0], &id)
	must[int64](t)(s.Invoice(t.Context(), order, Invoice{Qty: map[int64]int64{id: 1}}))
	got := read(t, s, "weee_tax_applied_row_amount,base_weee_tax_applied_row_amnt", "sales_invoice_item", "1")
	if diff := cmp.Diff([]string{"1.2500 2.5000"}, got); diff != "" {
		t.Errorf("the levy (-want +got):\n%s", diff)
	}
	requireIdentityOf(t, s, "sales_invoice")
}

func TestMoreThanWasPaidIsNotRefunded(t *testing.T) {
	s := installed(t, Options{})
	order := must[int64](t)(s.PlaceOrder(t.Context(), Order{Lines: []Line{{"MUG", 1}}}))
	must[int64](t)(s.Invoice(t.Context(), order, Invoice{}))
	if _, err := s.CreditMemo(t.Context(), order, CreditMemo{Refund: "5.00"}); err == nil {
		t.Error("5.00 on top of all that was paid were refunded")
	}
	must[int64](t)(s.CreditMemo(t.Context(), order, CreditMemo{}))
	if got := read(t, s, "state", "sales_order", "1")[0]; got != "closed" {
		t.Errorf("the fully refunded order is %s, want closed", got)
	}
}

func TestTheSameSeedDoesTheSameBusiness(t *testing.T) {
	var books [2][]Document
	for i := range books {
		t.Run(fmt.Sprint("shop ", i), func(t *testing.T) {
			s := installed(t, Options{Seed: 9})
			if err := s.Run(t.Context(), FullPlan(25), nil); err != nil {
				t.Fatal(err)
			}
			books[i] = must[[]Document](t)(s.Documents(t.Context()))
		})
	}
	if diff := cmp.Diff(books[0], books[1]); diff != "" {
		t.Errorf("two shops of one seed differ:\n%s", diff)
	}
}

func TestAShopGoesOnWhereItStopped(t *testing.T) {
	s := installed(t, Options{Seed: 9})
	for range 2 {
		if err := s.Run(t.Context(), FullPlan(25), nil); err != nil {
			t.Fatal(err)
		}
	}
	requireIdentity(t, s)
	if err := s.Install(t.Context()); err == nil {
		t.Error("a shop was installed over another")
	}
}
