package shop

import (
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// A transcript reads what each operation left in the binlog.
type transcript struct {
	db       *sql.DB
	file     string
	position uint64
}

func newTranscript(t *testing.T, db *sql.DB) *transcript {
	tr := &transcript{db: db}
	tr.next(t)
	return tr
}

var tableMap = regexp.MustCompile(`\(magento\.(\w+)\)`)

// next returns the transactions since the last call, one text each:
// "I sales_order, I sales_order_item×2, U sales_order".
func (tr *transcript) next(t *testing.T) []string {
	t.Helper()
	file, position := tr.file, tr.position
	var ignored1, ignored2 string
	if err := tr.db.QueryRow("show master status").Scan(&tr.file, &tr.position, &ignored1, &ignored2); err != nil {
		t.Fatal(err)
	}
	if file == "" {
		return nil
	}
	rows, err := tr.db.Query(fmt.Sprintf("show binlog events in '%s' from %d", file, position))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var transactions, changes []string
	tables := map[string]string{}
	for rows.Next() {
		var log, kind, info string
		var at, server, end uint64
		if err := rows.Scan(&log, &at, &kind, &server, &end, &info); err != nil {
			t.Fatal(err)
		}
		id, _, _ := strings.Cut(info, " (")
		id, _, _ = strings.Cut(id, " flags")
		switch {
		case kind == "Table_map":
			tables[id] = tableMap.FindStringSubmatch(info)[1]
		case strings.HasSuffix(kind, "_rows_v1"):
			changes = append(changes, map[byte]string{'W': "I ", 'U': "U ", 'D': "D "}[kind[0]]+tables[id])
		case kind == "Xid":
			transactions = append(transactions, folded(changes))
			changes = nil
		}
	}
	return transactions
}

// folded joins the changes, equal neighbours into one.
func folded(changes []string) string {
	var out []string
	for i := 0; i < len(changes); {
		n := 1
		for i+n < len(changes) && changes[i+n] == changes[i] {
			n++
		}
		text := changes[i]
		if n > 1 {
			text = fmt.Sprintf("%s×%d", text, n)
		}
		out = append(out, text)
		i += n
	}
	return strings.Join(out, ", ")
}

func TestOperationsWriteMagentosTransactions(t *testing.T) {
	servers.MariaDBOnlyForTest(t, "log whose events are told as these are")
	set := servers.PrivateForTest(t, servers.Options{Only: []string{"source"}})
	s, err := Open(set.Source.DSN, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	log := newTranscript(t, s.DB())
	var order, online, invoice, customer int64
	for _, step := range []struct {
		name string
		do   func() error
		want []string
	}{
		{"a guest orders two simple products", func() (err error) {
			order, err = s.PlaceOrder(t.Context(), Order{Lines: []Line{{"MUG", 2}, {"TEA", 1}}})
			return err
		}, []string{
			"I quote",
			"I quote_item×2, U quote",
			"I quote_address×2",
			"I quote_payment",
			"I sequence_order_1",
			"I inventory_reservation×2",
			"I queue_message",
			"I sales_order, I sales_order_item×2, I sales_order_payment, I sales_order_address×2, U sales_order, I sales_order_grid",
			"I sales_order_tax",
			"I sales_order_tax_item",
			"I sales_order_tax_item",
			"U sales_order",
			"U quote",
		}},
		{"a part is invoiced", func() error {
			items, err := s.find(t.Context(), s.db, key{"sales_order_item", "order_id", order})
			if err == nil {
				_, err = s.Invoice(t.Context(), order, Invoice{Qty: map[int64]int64{items[0].int("item_id"): 1}})
			}
			return err
		}, []string{
			"I sequence_invoice_1, I sales_invoice, I sales_invoice_item, U sales_order_item, I sales_invoice_grid, " +
				"U sales_order, U sales_order_item, U sales_order_payment, U sales_order_grid",
		}},
		{"the invoice is refunded", func() error {
			_, err := s.CreditMemo(t.Context(), order, CreditMemo{Fee: "0.50"})
			return err
		}, []string{
			"I sequence_creditmemo_1, I sales_creditmemo, I inventory_reservation, I sales_creditmemo_item, U sales_order_item, " +
				"I sales_creditmemo_grid, U sales_order, U sales_order_payment, I sales_order_status_history, U sales_order_grid",
		}},
		{"an adjustment alone has no items", func() error {
			_, err := s.CreditMemo(t.Context(), order, CreditMemo{Qty: map[int64]int64{}, Shipping: "0", Refund: "0.25"})
			return err
		}, []string{
			"I sequence_creditmemo_1, I sales_creditmemo, I sales_creditmemo_grid, U sales_order, U sales_order_payment, " +
				"I sales_order_status_history, U sales_order_grid",
		}},
		{"the gateway authorises an order", func() (err error) {
			online, err = s.PlaceOrder(t.Context(), Order{Lines: []Line{{"BOOK", 1}}, Payment: "braintree"})
			return err
		}, nil},
		{"an invoice stays open", func() (err error) {
			invoice, err = s.Invoice(t.Context(), online, Invoice{Open: true})
			return err
		}, []string{
			"I sequence_invoice_1, I sales_invoice, I sales_invoice_item, U sales_order_item, I sales_invoice_grid, U sales_order, U sales_order_grid",
		}},
		{"its money is captured later", func() error { return s.Capture(t.Context(), invoice) }, []string{
			"U sales_invoice, U sales_order_payment, I sales_order_status_history, U sales_payment_transaction, I sales_payment_transaction, " +
				"U sales_invoice, U sales_order, U sales_invoice_grid, U sales_order_grid",
		}},
		{"an order is captured at the checkout", func() error {
			_, err := s.PlaceOrder(t.Context(), Order{Lines: []Line{{"EBOOK", 1}}, Payment: "braintree", Capture: true})
			return err
		}, nil},
		{"a payment is declined", func() error {
			return s.DeclineOrder(t.Context(), Order{Lines: []Line{{"MUG", 1}}})
		}, []string{
			"I quote", "I quote_item, U quote", "I quote_address×2", "I quote_payment",
			"I sequence_order_1", "I inventory_reservation", "I inventory_reservation",
		}},
		{"a customer registers", func() (err error) {
			customer, err = s.CreateCustomer(t.Context(), s.person(stores[0]))
			return err
		}, []string{
			"I customer_entity, I customer_entity_varchar", "I customer_grid_flat", "I customer_address_entity, U customer_entity",
			"D customer_grid_flat", "I customer_grid_flat", "U customer_entity",
		}},
		{"the customer's name changes", func() error { return s.EditCustomer(t.Context(), customer, "Zoë", "Zimmer") }, []string{
			"U customer_entity, U customer_address_entity", "D customer_grid_flat", "I customer_grid_flat",
		}},
		{"the customer is deleted, the address without a trace", func() error { return s.DeleteCustomer(t.Context(), customer) }, []string{
			"D customer_entity", "D customer_grid_flat",
		}},
		{"an order is cancelled", func() error {
			id, err := s.PlaceOrder(t.Context(), Order{Lines: []Line{{"MUG", 1}}})
			log.next(t)
			if err == nil {
				err = s.CancelOrder(t.Context(), id)
			}
			return err
		}, []string{
			"I inventory_reservation", "I queue_message", "U sales_order, U sales_order_item, U sales_order_grid",
		}},
	} {
		t.Run(step.name, func(t *testing.T) {
			if err := step.do(); err != nil {
				t.Fatal(err)
			}
			got := log.next(t)
			if step.want != nil {
				if diff := cmp.Diff(step.want, got); diff != "" {
					t.Errorf("transactions (-want +got):\n%s", diff)
				}
				return
			}
			capture := slices.IndexFunc(got, func(tx string) bool { return strings.Contains(tx, "I sales_payment_transaction") })
			if capture < 0 || !strings.Contains(got[capture], "I sales_order,") {
				t.Errorf("the gateway's transaction is not within the order's: %q", got)
			}
		})
	}
	requireIdentity(t, s)
}
