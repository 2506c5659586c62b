package shop

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// installed is a new shop in a database of its own.
func installed(t *testing.T, options Options) *Shop {
	t.Helper()
	options.Database = "shop_" + strings.ToLower(strings.Map(letters, t.Name()))
	if len(options.Database) > 60 {
		options.Database = options.Database[:60]
	}
	s, err := Open(servers.SourceForTest(t), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.DB().Exec("select 1"); err == nil {
		t.Fatalf("database %s is left over from another run", options.Database)
	}
	if err := s.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := s.DB().Exec("drop database " + options.Database); err != nil {
			t.Error(err)
		}
	})
	return s
}

func letters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return '_'
}

// identity is the sum that each document's grand_total must equal, per table.
var identity = map[string]string{
	"sales_order": `select d.entity_id, d.grand_total,
		(select sum(coalesce(i.row_total,0)+coalesce(i.weee_tax_applied_row_amount,0)) from %[1]ssales_order_item i where i.order_id=d.entity_id
			and not (i.product_type='bundle' and i.product_options like '%%"product_calculations":0%%'))
		+d.discount_amount+d.shipping_amount+d.tax_amount+d.discount_tax_compensation_amount+d.shipping_discount_tax_compensation_amount
		from %[1]ssales_order d`,
	"sales_invoice": `select d.entity_id, d.grand_total,
		(select sum(coalesce(i.row_total,0)+coalesce(i.weee_tax_applied_row_amount,0)) from %[1]ssales_invoice_item i where i.parent_id=d.entity_id)
		+d.discount_amount+coalesce(d.shipping_amount,0)+d.tax_amount+d.discount_tax_compensation_amount+coalesce(d.shipping_discount_tax_compensation_amount,0)
		from %[1]ssales_invoice d`,
	"sales_creditmemo": `select d.entity_id, d.grand_total,
		coalesce((select sum(coalesce(i.row_total,0)+coalesce(i.weee_tax_applied_row_amount,0)) from %[1]ssales_creditmemo_item i where i.parent_id=d.entity_id),0)
		+d.discount_amount+d.shipping_amount+d.tax_amount+d.discount_tax_compensation_amount+d.adjustment
		from %[1]ssales_creditmemo d`,
}

func requireIdentity(t *testing.T, s *Shop) {
	t.Helper()
	for table := range identity {
		requireIdentityOf(t, s, table)
	}
}

func requireIdentityOf(t *testing.T, s *Shop, table string) {
	t.Helper()
	rows, err := s.DB().Query(fmt.Sprintf(identity[table], s.options.Prefix))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var id int64
		var total, sum string
		if err := rows.Scan(&id, &total, &sum); err != nil {
			t.Fatal(err)
		}
		if total != sum {
			t.Errorf("%s %d: grand_total is %s, its parts add up to %s", table, id, total, sum)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Errorf("%s is empty", table)
	}
}

func TestEveryDocumentEqualsItsParts(t *testing.T) {
	for name, options := range map[string]Options{
		"prices without tax":  {Seed: 1},
		"prices with tax":     {Seed: 2, TaxInclusive: true},
		"with a table prefix": {Seed: 3, Prefix: "mg_"},
		"fast":                {Seed: 4, Fast: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := installed(t, options)
			if err := s.Run(t.Context(), FullPlan(60), nil); err != nil {
				t.Fatal(err)
			}
			requireIdentity(t, s)
			requireInvoicesCoverOrders(t, s)
		})
	}
}

// requireInvoicesCoverOrders holds fully invoiced orders against their invoices:
// the parts of partial invoices leave no cent behind.
func requireInvoicesCoverOrders(t *testing.T, s *Shop) {
	t.Helper()
	query := fmt.Sprintf(`select o.entity_id, o.grand_total, sum(i.grand_total), o.total_invoiced, count(*) from %[1]ssales_order o
		join %[1]ssales_invoice i on i.order_id=o.entity_id and i.state<>3
		where not exists (select 1 from %[1]ssales_order_item it where it.order_id=o.entity_id and it.qty_invoiced<it.qty_ordered)
		group by o.entity_id`, s.options.Prefix)
	rows, err := s.DB().Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	partial := 0
	for rows.Next() {
		var id, invoices int
		var ordered, sum, invoiced string
		if err := rows.Scan(&id, &ordered, &sum, &invoiced, &invoices); err != nil {
			t.Fatal(err)
		}
		if ordered != sum || ordered != invoiced {
			t.Errorf("order %d of %s has %d invoices of %s and total_invoiced %s", id, ordered, invoices, sum, invoiced)
		}
		if invoices > 1 {
			partial++
		}
	}
	if partial == 0 {
		t.Error("no order was invoiced in parts")
	}
}
