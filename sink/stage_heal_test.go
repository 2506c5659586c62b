package sink

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestAMappingThatWasMissingHealsWhatItParked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.importBinding(strings.Replace(policyYAML(""), `"20.00": GB_STANDARD, `, "", 1))
	w.start()
	invoice := paid(invoiceOf(1, ada))
	w.publish(invoice, creditOf(2, invoice))
	row := w.reaches("invoice:1", work.ItemParked, work.TaxUnmapped)
	if !strings.Contains(row.Hint, `"20.00"`) {
		t.Errorf("hint %q does not name the key to add", row.Hint)
	}
	// The memo's own tax is unmapped too, so it is parked for itself.
	w.reaches("creditmemo:2", work.ItemParked, work.TaxUnmapped)
	w.importBinding(policyYAML(""))
	w.paid("invoice:1")
	w.reaches("creditmemo:2", work.ItemPosted, "")
	w.eachOnce(1)
}

func TestACreditNoteNamesTheInvoiceThatIsNotInSage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	invoice := paid(invoiceOf(1, ada))
	invoice.Balance.OK = false
	memo := creditOf(2, invoice)
	w.publish(memo, invoice)
	row := w.reaches("creditmemo:2", work.ItemWaiting, work.InvoiceNotInSage)
	if !strings.Contains(row.Hint, "000000001") || !strings.Contains(row.Hint, "totals_do_not_foot") {
		t.Errorf("hint %q, want the invoice's number and its reason", row.Hint)
	}
	invoice.Balance.OK = true
	w.publish(invoice)
	w.paid("invoice:1")
	w.reaches("creditmemo:2", work.ItemPosted, "")
}

func TestARefusedDocumentIsParkedWithoutPersonalDataAndHealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.sim.Fault(simulator.Fault{Method: http.MethodPost, Path: "/v3.1/sales_invoices", Mode: "status", Status: 422,
		Body: `[{"$severity":"error","$dataCode":"RecordInvalid","$message":"Ada Example is not allowed.","$source":"line_items.tax_rate_id"}]`})
	w.start()
	w.publish(paid(invoiceOf(1, ada)))
	row := w.reaches("invoice:1", work.ItemParked, work.RefusedBySage)
	if !strings.Contains(row.Hint, "RecordInvalid at line_items.tax_rate_id") || strings.Contains(row.Hint+w.logs.String(), "Ada") {
		t.Errorf("hint %q, want Sage's code and field and nobody's name", row.Hint)
	}
	w.importBinding(policyYAML(""))
	w.paid("invoice:1")
	w.eachOnce(1)
}

func TestAVATNumberThatSageRefusesDoesNotBlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	person := ada
	person.VATNumber = "not a VAT number!"
	w.publish(paid(invoiceOf(1, person)))
	w.paid("invoice:1")
	w.publish(customerOf(person))
	w.until("customer taken in", func() bool { return w.bookmarked() })
	w.idle()
	if n := w.sim.Calls().ByPath["POST contacts 422"]; n != 1 {
		t.Errorf("refused %d times, want once", n)
	}
}

func TestAReferenceThatSomebodyElseHasGivesWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	w.publish(paid(invoiceOf(1, ada)))
	w.paid("invoice:1")
	// Another shop with the same contact prefix, which importing would refuse.
	w.importBinding(strings.NewReplacer("shop-uk", "shop-de", "source: shop", "source: de", "payment_method_map", "invoice_number_prefix: DE-\n  payment_method_map").Replace(policyYAML("")))
	keys := w.keys()
	pair, err := binding.TokenStore{Store: w.db, Keys: keys, Binding: "shop-uk", Business: business}.Load(t.Context())
	w.must(err)
	w.must(binding.TokenStore{Store: w.db, Keys: keys, Binding: "shop-de", Business: business}.Put(t.Context(), pair))
	w.must(w.db.Connect(t.Context(), work.Connection{Binding: "shop-de", Business: business, BaseCurrency: "GBP"}))
	i := paid(invoiceOf(2, ada))
	w.publishFrom("de", i)
	w.until("the second shop's invoice", func() bool { return len(w.inSage("invoice")) == 2 })
	references := map[string]bool{}
	for _, c := range w.inSage("contact") {
		references[c.Reference] = true
	}
	if len(references) != 2 || !references["M5"] {
		t.Errorf("references %v, want M5 and another", references)
	}
}

func TestCustomerEditsReachTheContactOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	w.publish(customerOf(ada))
	w.publish(paid(invoiceOf(1, ada)))
	w.paid("invoice:1")
	renamed := ada
	renamed.LastName = "Newname"
	w.publish(customerOf(renamed))
	w.until("the contact is renamed", func() bool { c := w.inSage("contact"); return len(c) == 1 && c[0].ContactName == "Ada Newname" })
	w.publish(customerOf(renamed))
	w.until("taken in", w.bookmarked)
	w.idle()
	if n := w.sim.Calls().ByPath["PUT contacts/{id} 200"]; n != 1 {
		t.Errorf("changed %d times, want once", n)
	}
}

// A customer without default addresses has those of the newest order, with its company.
func TestAContactFollowsTheNewestOrderWhereTheShopHasNoDefaultAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	named := func(what, name string) {
		t.Helper()
		w.until(what, func() bool { c := w.inSage("contact"); return len(c) == 1 && c[0].ContactName == name })
	}
	soldTo := func(order uint64, company string) *canonical.Invoice {
		i := paid(invoiceOf(order, ada))
		i.BillingAddress.Company = company
		return i
	}
	w.publish(customerOf(ada))
	w.publish(soldTo(1, "Old Ltd"))
	w.paid("invoice:1")
	named("the company of the first order", "Old Ltd")
	w.publish(soldTo(3, "New Ltd"))
	named("the company of the newest order", "New Ltd")
	w.publish(soldTo(2, "Late Ltd"))
	w.paid("invoice:2")
	active := customerOf(ada)
	active.IsActive = false // a change of the customer, and of nothing that Sage has
	w.publish(active)
	w.until("taken in", w.bookmarked)
	w.idle()
	named("the same company after an edit", "New Ltd")
	if n := w.sim.Calls().ByPath["PUT contacts/{id} 200"]; n != 1 {
		t.Errorf("changed %d times, want once", n)
	}
}

func TestGuestsAndCurrenciesHaveContactsOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	guest := ada
	guest.MagentoID = 0
	nobody := guest
	nobody.Email = ""
	euro := paid(invoiceOf(2, ada))
	euro.Currency, euro.BaseToOrderRate = "EUR", amt("1.2")
	w.publish(paid(invoiceOf(1, ada)), euro, paid(invoiceOf(3, guest)), paid(invoiceOf(4, guest)), paid(invoiceOf(5, nobody)))
	for _, id := range []uint64{1, 2, 3, 4, 5} {
		w.paid(invoiceOf(id, ada).ID())
	}
	currencies := map[string]string{}
	for _, c := range w.inSage("contact") {
		currencies[c.Reference] = c.Currency
	}
	if len(currencies) != 4 || currencies["M5"] != "GBP" || currencies["M5-EUR"] != "EUR" || currencies["WEBSALES"] != "GBP" {
		t.Errorf("contacts %v, want M5, M5-EUR, WEBSALES and one guest", currencies)
	}
	w.eachOnce(5)
}

func TestWhatIsCancelledBeforePostingNeverReachesSage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.sql("UPDATE bindings SET not_before = now() + interval '1 h'")
	w.start()
	i := invoiceOf(1, ada)
	w.publish(i)
	w.reaches("invoice:1", work.ItemWaiting, work.WaitsForContact)
	i.State = "cancelled"
	w.publish(i)
	w.reaches("invoice:1", work.ItemSkipped, work.IsCancelled)
	w.sql("UPDATE bindings SET not_before = now()")
	w.idle()
	if n := len(w.inSage("invoice")); n != 0 {
		t.Errorf("%d invoices, want none", n)
	}
}

func TestWhatChangesAfterPostingIsForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	i := paid(invoiceOf(1, ada))
	w.publish(i)
	w.paid("invoice:1")
	i.State = "cancelled"
	w.publish(i)
	w.reaches("invoice:1", work.ItemParked, work.ChangedAfterPosting)
	w.idle()
	if made := w.inSage("invoice"); len(made) != 1 || made[0].Status != "PAID" {
		t.Errorf("invoices %+v, want one, untouched", made)
	}
}

func TestAnInvoiceThatIsPaidLaterIsPaidInSage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	i := invoiceOf(1, ada)
	w.publish(i)
	row := w.reaches("invoice:1", work.ItemPosted, "")
	if row.Payment != work.Unpaid {
		t.Errorf("payment is %q, want unpaid", row.Payment)
	}
	w.publish(paid(i))
	w.paid("invoice:1")
	w.eachOnce(1)
}

func TestAnUnmappedMethodIsPaidAfterItsMapping(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	i := invoiceOf(1, ada)
	i.PaymentMethod = "checkmo"
	w.publish(paid(i))
	w.reaches("invoice:1", work.ItemPosted, "")
	w.idle()
	w.importBinding(strings.Replace(policyYAML(""), "{checkmo: null}", "{}", 1))
	w.paid("invoice:1")
	w.eachOnce(1)
}

func TestOfManyVersionsInOneBatchTheNewestIsPlanned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	i := invoiceOf(1, ada)
	w.publish(i)
	i.State = "cancelled"
	w.publish(i)
	w.start()
	w.until("read", w.bookmarked)
	w.reaches("invoice:1", work.ItemSkipped, work.IsCancelled)
	w.idle()
	if n := w.sim.Calls().Writes; n != 0 {
		t.Errorf("%d writes for an invoice that was cancelled long ago, want none", n)
	}
}
