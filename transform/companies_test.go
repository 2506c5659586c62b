package transform

import (
	"slices"
	"testing"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/health"
)

// companyRow is a company, under the key that it has in every edition.
func companyRow(status int, name string) rowChange {
	return rowChange{"company", "company/3", `{"entity_id":3}`, columns{
		"entity_id": 3, "status": status, "company_name": name, "company_email": "office@example.com", "customer_group_id": 1, "super_user_id": 5,
	}}
}

// Newer editions let a customer buy for several companies: the key of the row then has both.
func TestACompanyItsCustomersAndItsOrdersAreFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	board := &health.Board{}
	r := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.Nop(), Health: board})
	w.commit(11, customerRow(5, nil), companyRow(0, "Engines Ltd"))
	r.settled()
	w.commit(12, companyRow(1, "Engines Ltd"),
		rowChange{"company_advanced_customer_entity", "customer/5", `{"customer_id":5,"company_id":3}`, columns{"customer_id": 5, "company_id": 3, "status": 1}})
	r.settled()
	w.commit(13, companyRow(1, "Engines Ltd"))
	r.settled()
	w.commit(14, append(append(orderRows(1), invoiceRows(1, 1)...), rowChange{"company_order_entity", "order/1", `{"entity_id":3}`,
		columns{"entity_id": 3, "order_id": 1, "company_id": 3, "company_name": "Engines Ltd"}})...)
	r.settled()
	w.commit(15, gone(companyRow(1, "Engines Ltd")))
	r.settled()
	if got, want := w.types("company:3"), []string{"company.created", "company.updated", "company.deleted"}; !slices.Equal(got, want) {
		t.Errorf("events of the company are %v, want %v: one for each change", got, want)
	}
	customer, invoice := newestOf[*canonical.Customer](w, "customer:5"), newestOf[*canonical.Invoice](w, "invoice:1")
	if customer.CompanyID != 3 {
		t.Errorf("the customer buys for company %d, want 3", customer.CompanyID)
	}
	if invoice.CompanyID != 3 || invoice.CompanyName != "Engines Ltd" {
		t.Errorf("the invoice is for company %d %q, want 3 and its name", invoice.CompanyID, invoice.CompanyName)
	}
	if all := board.Troubles(); len(all) > 0 {
		t.Errorf("there are the troubles %+v", all)
	}
}

// newestOf is what was last said of an entity.
func newestOf[E canonical.Entity](w *world, id canonical.ID) (e E) {
	for _, m := range w.emissions() {
		if m.id == id {
			e = m.entity.(E)
		}
	}
	return e
}
