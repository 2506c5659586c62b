package assemble

import (
	"fmt"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// gateway makes rows of sales_payment_transaction of "type id" pairs; the nth is of the nth of May.
func gateway(kindsAndIDs ...string) (rows []Row) {
	for n := 0; n < len(kindsAndIDs); n += 2 {
		rows = append(rows, row("sales_payment_transaction", n, fmt.Sprintf(`{"transaction_id":%d,"order_id":7,"txn_type":%q,"txn_id":%q,"created_at":"2026-05-%02dT00:00:00Z"}`,
			n+1, kindsAndIDs[n], kindsAndIDs[n+1], n/2+1)))
	}
	return rows
}

// saleRows are order 7 with its payment 9 and what else there is of it.
func saleRows(more ...Row) []Row {
	return append(more, row("sales_order", 7, `{"entity_id":7,"order_currency_code":"GBP","increment_id":"7"}`),
		row("sales_order_payment", 9, `{"entity_id":9,"parent_id":7,"method":"stripe_payments"}`))
}

func paidInvoice(id int, txn string) Row {
	return row("sales_invoice", id, fmt.Sprintf(`{"entity_id":%d,"state":2,"transaction_id":%q,"updated_at":"2026-06-%02dT00:00:00Z"}`, id, txn, id))
}

// payment assembles the payment of order 7.
func payment(t *testing.T, rows ...Row) *canonical.Payment {
	t.Helper()
	a, err := Assemble(Input{Root: "order/7", Rows: rows}, somewhere{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range a.Entities {
		if p, is := e.(*canonical.Payment); is {
			return p
		}
	}
	t.Fatalf("%v; want a payment", ids(a))
	return nil
}

func TestACaptureFindsItsTransaction(t *testing.T) {
	open := row("sales_invoice", 2, `{"entity_id":2,"state":1}`)
	refunded := row("sales_invoice", 1, `{"entity_id":1,"state":2,"base_total_refunded":"1.0000","created_at":"2026-04-01T00:00:00Z","updated_at":"2026-06-01T00:00:00Z"}`)
	for name, c := range map[string]struct {
		rows []Row
		want string // of invoice 1: source, time and id
	}{
		"by its id":                                {append(gateway("capture", "b", "capture", "a"), paidInvoice(1, "a")), "transaction 2026-05-02T00:00:00Z a"},
		"by its parent's id":                       {append(gateway("authorization", "a", "capture", "b", "capture", "a-capture"), paidInvoice(1, "a")), "transaction 2026-05-03T00:00:00Z a-capture"},
		"its own id before its parent's":           {append(gateway("capture", "a-capture", "capture", "a"), paidInvoice(1, "a")), "transaction 2026-05-02T00:00:00Z a"},
		"the first of two with one id":             {append(gateway("capture", "a", "capture", "a"), paidInvoice(1, "a")), "transaction 2026-05-01T00:00:00Z a"},
		"though it names none, if there is one":    {append(gateway("authorization", "a", "capture", "b"), paidInvoice(1, "")), "transaction 2026-05-02T00:00:00Z b"},
		"though it names another, if there is one": {append(gateway("capture", "b"), paidInvoice(1, "pi_1")), "transaction 2026-05-01T00:00:00Z b"},
		"beside an invoice that is not paid":       {append(gateway("capture", "b"), paidInvoice(1, ""), open), "transaction 2026-05-01T00:00:00Z b"},
		"also where it was refunded":               {append(gateway("capture", "b"), refunded), "transaction 2026-05-01T00:00:00Z b"},
		"not of two":                               {append(gateway("capture", "b", "capture", "c"), paidInvoice(1, "")), "invoice 2026-06-01T00:00:00Z "},
		"not for one of two invoices":              {append(gateway("capture", "b"), paidInvoice(1, "a"), paidInvoice(2, "b")), "invoice 2026-06-01T00:00:00Z a"},
		"not an authorisation":                     {append(gateway("authorization", "a"), paidInvoice(1, "a")), "invoice 2026-06-01T00:00:00Z a"},
		"not a refund":                             {append(gateway("refund", "a"), paidInvoice(1, "a")), "invoice 2026-06-01T00:00:00Z a"},
		"not before it has come":                   {[]Row{paidInvoice(1, "a")}, "invoice 2026-06-01T00:00:00Z a"},
		"not where it was refunded offline":        {[]Row{refunded}, "invoice 2026-04-01T00:00:00Z "},
		"not where it has no time": {
			[]Row{paidInvoice(1, "a"), row("sales_payment_transaction", 1, `{"transaction_id":1,"txn_type":"capture","txn_id":"a","created_at":"0000-00-00 00:00:00"}`)},
			"invoice 2026-06-01T00:00:00Z a"},
	} {
		t.Run(name, func(t *testing.T) {
			p := payment(t, saleRows(c.rows...)...)
			got := p.Captures[0]
			if told := fmt.Sprintf("%s %s %s", got.CapturedAtSource, got.CapturedAt, got.GatewayTxnID); told != c.want {
				t.Errorf("captured %q, want %q", told, c.want)
			}
			i := invoice(t, saleRows(c.rows...)...).Payment
			if told := fmt.Sprintf("%s %s %s", i.CapturedAtSource, i.CapturedAt, i.TransactionID); told != c.want {
				t.Errorf("the invoice says %q, want %q", told, c.want)
			}
		})
	}
}

func TestARefundFindsItsTransactionByItsIDAlone(t *testing.T) {
	memo := func(state int, txn string) Row {
		return row("sales_creditmemo", 3, fmt.Sprintf(`{"entity_id":3,"state":%d,"transaction_id":%q,"increment_id":"C3","grand_total":"12.0000","created_at":"2026-06-01T00:00:00Z"}`, state, txn))
	}
	for name, c := range map[string]struct {
		rows []Row
		want string
	}{
		"its own":             {append(gateway("capture", "a", "refund", "a"), memo(2, "a")), "2026-05-02T00:00:00Z a"},
		"of the capture's id": {append(gateway("refund", "a-refund"), memo(2, "a")), "2026-05-01T00:00:00Z a-refund"},
		"that has not come":   {append(gateway("capture", "a"), memo(2, "r")), "2026-06-01T00:00:00Z r"},
		"none, made offline":  {append(gateway("refund", "a"), memo(2, "")), "2026-06-01T00:00:00Z "},
		"none, as it is open": {append(gateway("refund", "a"), memo(1, "a")), ""},
		"none, as it is not":  {append(gateway("refund", "a"), memo(3, "a")), ""},
	} {
		t.Run(name, func(t *testing.T) {
			told := ""
			for _, r := range payment(t, saleRows(c.rows...)...).Refunds {
				told += r.RefundedAt + " " + r.GatewayTxnID
			}
			if told != c.want {
				t.Errorf("refunded %q, want %q", told, c.want)
			}
		})
	}
}

func TestAPaymentIsOfflineByItsMethodOrWithoutTransactions(t *testing.T) {
	order := row("sales_order", 7, `{"entity_id":7}`)
	for method, offline := range map[string]bool{
		"checkmo": true, "banktransfer": true, "cashondelivery": true, "purchaseorder": true, "free": true, "": false, "stripe_payments": false,
	} {
		t.Run(method, func(t *testing.T) {
			of := row("sales_order_payment", 9, fmt.Sprintf(`{"entity_id":9,"method":%q}`, method))
			if got := payment(t, append(gateway("capture", "a"), order, of)...).Offline; got != offline {
				t.Errorf("offline with a transaction: %t, want %t", got, offline)
			}
			if !payment(t, order, of).Offline {
				t.Error("not offline, and there is no transaction")
			}
		})
	}
}

// The order has the currency: without it nobody could say what the amounts are.
func TestAPaymentWithoutItsOrderIsNotThereYet(t *testing.T) {
	a, err := Assemble(Input{Root: "order/7", Rows: []Row{row("sales_order_payment", 9, `{"entity_id":9}`)}}, somewhere{})
	if err != nil || len(a.Entities) != 0 {
		t.Errorf("%v, %v; want nothing", ids(a), err)
	}
}

func TestAPaymentThatLacksItsStoreSaysSo(t *testing.T) {
	for store, lacks := range map[string]bool{`null`: false, `1`: false, `99`: true} {
		t.Run(store, func(t *testing.T) {
			p := payment(t, row("sales_order", 7, `{"entity_id":7,"store_id":`+store+`}`), row("sales_order_payment", 9, `{"entity_id":9}`))
			if s, err := Summarize(p, Previous{}); err != nil || s.Lacking != lacks {
				t.Errorf("lacking: %t (%v), want %t", s.Lacking, err, lacks)
			}
		})
	}
}
