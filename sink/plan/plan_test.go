package plan

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/golden"
)

func TestInvoices(t *testing.T) {
	fresh := func(change func(*question, *canonical.Invoice)) question {
		i := invoiceOf(1, ada)
		return with(ask(i).withContact(), i, change)
	}
	posted := func(change func(*question, *canonical.Invoice)) question {
		i := paid(invoiceOf(1, ada))
		return with(ask(i).posted(), i, change)
	}
	operation := func(state work.OperationState) work.History {
		return work.History{{Revision: 1, State: state, PolicyVersion: 1, Reason: "r", Hint: "h"}}
	}
	for name, c := range map[string]struct {
		c    question
		want string
	}{
		"one whose contact is known is posted":     {fresh(func(*question, *canonical.Invoice) {}), "planned +create_invoice"},
		"one without a contact waits and makes it": {fresh(func(c *question, _ *canonical.Invoice) { c.InSage.Contact = nil }), "waiting waiting_for_contact customer:5 +create_contact"},
		"one whose contact is under way waits": {fresh(func(c *question, _ *canonical.Invoice) {
			c.InSage.Contact, c.InSage.ContactCreates = nil, operation(work.Sending)
		}), "waiting waiting_for_contact customer:5"},
		"a deleted one is skipped":          {fresh(func(_ *question, i *canonical.Invoice) { i.Deleted = true }), "skipped deleted_in_magento"},
		"a cancelled one is skipped":        {fresh(func(_ *question, i *canonical.Invoice) { i.State = canonical.Cancelled }), "skipped cancelled"},
		"one of another website is skipped": {fresh(func(c *question, _ *canonical.Invoice) { c.Policy.WebsiteFilter = []int{2} }), "skipped outside_binding_filter"},
		"one of another store is skipped":   {fresh(func(c *question, _ *canonical.Invoice) { c.Policy.StoreFilter = []int{2, 3} }), "skipped outside_binding_filter"},
		"one of an unknown store is parked": {fresh(func(c *question, i *canonical.Invoice) { c.Policy.StoreFilter = []int{1}; i.StoreID = nil }), "parked store_unknown"},
		"one from before is skipped":        {fresh(func(_ *question, i *canonical.Invoice) { i.CreatedAt = "2025-12-31T23:59:59Z" }), "skipped outside_sync_since"},
		"an earlier sync_since lets it in": {fresh(func(c *question, i *canonical.Invoice) {
			i.CreatedAt = "2025-12-31T23:59:59Z"
			c.Policy.SyncSince = &time.Time{}
		}), "planned +create_invoice"},
		"an unpaid one may have to wait": {fresh(func(c *question, _ *canonical.Invoice) { c.Policy.SyncUnpaidInvoices = false }), "waiting waiting_for_payment"},
		"one over nothing may be left out": {fresh(func(c *question, i *canonical.Invoice) {
			c.Policy.SyncZeroValueInvoices, i.GrandTotal = false, amt("0")
		}), "skipped zero_value_invoice"},
		"without a business it waits":        {fresh(func(c *question, _ *canonical.Invoice) { c.Binding.Business = "" }), "waiting not_connected"},
		"one that does not foot is parked":   {fresh(func(_ *question, i *canonical.Invoice) { i.Balance = canonical.Balance{Difference: amt("1")} }), "parked totals_do_not_foot"},
		"one whose tax is not explained yet": {fresh(func(_ *question, i *canonical.Invoice) { i.TaxRatesComplete = false }), "waiting waiting_for_tax_rates"},
		"one whose tax is never explained": {fresh(func(c *question, i *canonical.Invoice) {
			long := noon.Add(-31 * time.Second)
			i.TaxRatesComplete, c.Item.Reason, c.Item.WaitingSince = false, work.WaitsForTaxRates, &long
		}), "parked tax_rates_incomplete"},
		"one at a rate without a mapping":          {fresh(func(c *question, _ *canonical.Invoice) { c.Policy.TaxRateMap = nil }), "parked tax_unmapped"},
		"one of a shop that counts in another one": {fresh(func(_ *question, i *canonical.Invoice) { i.Currency, i.BaseCurrency = "USD", "EUR" }), "parked base_currency_mismatch"},
		"one in doubt waits for its answer":        {fresh(func(c *question, _ *canonical.Invoice) { c.InSage.Creates = operation(work.InDoubt) }), "waiting in_doubt"},
		"one that is being sent is left alone": {fresh(func(c *question, i *canonical.Invoice) {
			c.InSage.Creates = operation(work.Sending)
			i.State = canonical.Cancelled
		}), "planned"},
		"one parked by hand stays parked": {fresh(func(c *question, _ *canonical.Invoice) { c.InSage.Creates = operation(work.Parked) }), "parked r"},

		"a posted and paid one is paid":           {posted(func(*question, *canonical.Invoice) {}), "posted unpaid +create_payment"},
		"a payment to nowhere stays out":          {posted(func(c *question, _ *canonical.Invoice) { c.Policy.DefaultBankAccountID = "" }), "posted unpaid"},
		"a payment that stands is not made again": {posted(func(c *question, _ *canonical.Invoice) { c.Item.Payment = work.Paid }), "posted paid"},
		"a payment under way is left alone":       {posted(func(c *question, _ *canonical.Invoice) { c.InSage.Payments = operation(work.InDoubt) }), "posted unpaid"},
		"a payment under way keeps its day": {posted(func(c *question, i *canonical.Invoice) {
			c.InSage.Payments = operation(work.Sending)
			i.Payment.CapturedAt, i.Payment.CapturedAtSource = "2026-02-03T10:00:00Z", canonical.FromTransaction
		}), "posted unpaid"},
		"one whose transaction came after it was paid is not paid again": {posted(func(c *question, i *canonical.Invoice) {
			c.Item.Payment = work.Paid
			i.Payment.CapturedAt, i.Payment.CapturedAtSource = "2026-02-03T10:00:00Z", canonical.FromTransaction
		}), "posted paid"},
		"one cancelled after posting is taken back": {posted(func(_ *question, i *canonical.Invoice) { i.State = canonical.Cancelled }), "posted +void_invoice"},
		"one changed after posting is for a human":  {posted(func(_ *question, i *canonical.Invoice) { i.Lines[0].LineTax = amt("3.99") }), "parked changed_after_posting"},
		"a changed address is no change of money":   {posted(func(_ *question, i *canonical.Invoice) { i.BillingAddress.City = "Hull" }), "posted unpaid +create_payment"},
		"one deleted after posting stays":           {posted(func(c *question, i *canonical.Invoice) { i.Deleted, c.Item.Payment = true, work.Paid }), "posted paid"},
		"one that Sage counts otherwise is not paid": {posted(func(c *question, _ *canonical.Invoice) {
			c.Item.State, c.Item.Reason = work.ItemParked, work.TotalMismatch
		}), "parked total_mismatch"},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := c.c.decide()
			if err != nil || told(v) != c.want {
				t.Errorf("%q, %v; want %q", told(v), err, c.want)
			}
		})
	}
}

func TestCreditMemos(t *testing.T) {
	for name, c := range map[string]struct {
		invoice *work.SyncItem
		want    string
	}{
		"one of a posted invoice has its contact":      {&work.SyncItem{State: work.ItemPosted, SageID: "s", SageContactID: "contact-9"}, "planned +create_credit_note"},
		"one whose invoice has not come waits":         {nil, "waiting waiting_for_invoice invoice:1"},
		"one whose invoice is on the way waits":        {&work.SyncItem{State: work.ItemPlanned}, "waiting waiting_for_invoice invoice:1"},
		"one whose invoice is parked says so":          {&work.SyncItem{State: work.ItemParked, Reason: "tax_unmapped"}, "waiting invoice_not_in_sage invoice:1"},
		"one whose invoice is left out by policy":      {&work.SyncItem{State: work.ItemSkipped, Reason: "outside_binding_filter"}, "waiting invoice_not_in_sage invoice:1"},
		"one whose invoice is from before needs none":  {&work.SyncItem{State: work.ItemSkipped, Reason: "outside_sync_since"}, "waiting waiting_for_contact customer:5 +create_contact"},
		"one whose invoice was cancelled needs none":   {&work.SyncItem{State: work.ItemSkipped, Reason: "cancelled"}, "waiting waiting_for_contact customer:5 +create_contact"},
		"one whose invoice parked after it was posted": {&work.SyncItem{State: work.ItemParked, SageID: "s", SageContactID: "contact-9", Reason: "changed_after_posting"}, "planned +create_credit_note"},
	} {
		t.Run(name, func(t *testing.T) {
			m := creditOf(2, invoiceOf(1, ada))
			k := ask(m)
			k.InSage.Invoices = map[canonical.ID]work.SyncItem{}
			if c.invoice != nil {
				c.invoice.SentDigest = saleOf(&m.Document).String()
				k.InSage.Invoices["invoice:1"] = *c.invoice
			}
			v, err := k.decide()
			if err != nil || told(v) != c.want {
				t.Errorf("%q, %v; want %q", told(v), err, c.want)
			}
			if len(v.Operations) == 1 && v.Operations[0].Kind == work.CreateCreditNote && !strings.Contains(string(v.Operations[0].Body), "contact-9") {
				t.Errorf("it is not of the invoice's contact: %s", v.Operations[0].Body)
			}
		})
	}
}

func TestWhatSageRefusedGoesAgainOnlyWithOtherContentOrANewPolicy(t *testing.T) {
	c := ask(invoiceOf(1, ada)).withContact()
	first, err := c.decide()
	if err != nil {
		t.Fatal(err)
	}
	refused := first.Operations[0]
	refused.State, refused.PolicyVersion, refused.Hint = work.Refused, 1, "Sage said no"
	c.InSage.Creates = work.History{refused}
	if v, _ := c.decide(); told(v) != "parked refused_by_sage" || v.Item.Hint != "Sage said no" {
		t.Errorf("the same again: %q %q, want parked with Sage's hint", told(v), v.Item.Hint)
	}
	imported := c
	imported.Binding.PolicyVersion = 2
	other := c
	other.Policy.DefaultLedgerAccountID = "other"
	for name, k := range map[string]question{"a policy imported again": imported, "another ledger account": other} {
		t.Run(name, func(t *testing.T) {
			v, _ := k.decide()
			if told(v) != "planned +create_invoice" || v.Operations[0].Revision != 2 || v.Operations[0].IdempotencyID == refused.IdempotencyID {
				t.Errorf("%q, want revision 2 under a new id", told(v))
			}
		})
	}
}

func TestContactsGiveWay(t *testing.T) {
	person := ada
	person.VATNumber = "GB12"
	c := ask(invoiceOf(1, person))
	v, err := c.decide()
	if err != nil || len(v.Operations) != 1 {
		t.Fatal(told(v), err)
	}
	first := v.Operations[0]
	if first.Reference != "M5" || !strings.Contains(string(first.Body), `"tax_number":"GB12"`) {
		t.Errorf("first body %s, want reference M5 and the VAT number", first.Body)
	}
	first.State, first.SourceField, first.PolicyVersion = work.Refused, "tax_number", 1
	c.InSage.ContactCreates = work.History{first}
	v, _ = c.decide()
	second := v.Operations[0]
	if strings.Contains(string(second.Body), "tax_number") || !strings.Contains(string(second.Body), "GB12") || second.Revision != 2 {
		t.Errorf("second body %s, want the number in the notes", second.Body)
	}
	second.State, second.SourceField, second.PolicyVersion = work.Refused, "reference", 1
	c.InSage.ContactCreates = append(c.InSage.ContactCreates, second)
	v, _ = c.decide()
	if third := v.Operations[0]; third.Reference == "M5" || len(third.Reference) != 10 || third.Revision != 3 {
		t.Errorf("third reference %q revision %d, want a hash form", third.Reference, third.Revision)
	}
}

func TestOnlyWhatACustomerChangedIsSent(t *testing.T) {
	contact := newContact(ada, testPolicy(), nil)
	fields, err := contact.Fields()
	if err != nil {
		t.Fatal(err)
	}
	digests, _ := fieldDigests(fields)
	sent, _ := json.Marshal(digests)
	customer := customerOf(ada)
	customer.LastName, customer.Version = "Newname", change.Version{Epoch: 1, Sequence: 7}
	c := ask(customer)
	c.InSage.Contacts = []work.Xref{{Type: work.XrefContact, Entity: "customer:5", Currency: "GBP", SageID: "contact-5", SentDigests: sent}}
	v, err := c.decide()
	if err != nil || len(v.Operations) != 1 {
		t.Fatal(told(v), err)
	}
	var body struct{ Contact map[string]any }
	if err := json.Unmarshal(v.Operations[0].Body, &body); err != nil {
		t.Fatal(err)
	}
	if len(body.Contact) != 3 || body.Contact["name"] != "Ada Newname" || body.Contact["main_contact_person"] == nil {
		t.Errorf("sent %v, want name, person and the id alone", body.Contact)
	}
	customer.LastName = "Example"
	if v, _ := c.decide(); len(v.Operations) != 0 {
		t.Errorf("nothing changed and %s is planned", told(v))
	}
}

func TestForeignDocumentsCarryMagentosRate(t *testing.T) {
	i := paid(invoiceOf(1, ada))
	i.Currency, i.BaseToOrderRate = "EUR", amt("1.1737")
	v, err := ask(i).withContact().decide()
	if err != nil {
		t.Fatal(err)
	}
	if body := string(v.Operations[0].Body); !strings.Contains(body, `"exchange_rate":"0.8520064752"`) || !strings.Contains(body, `"currency_id":"EUR"`) {
		t.Errorf("invoice %s, want the reciprocal with ten decimals", body)
	}
	v, err = ask(i).posted().decide()
	if err != nil || !strings.Contains(string(v.Operations[0].Body), `"exchange_rate":"0.8520064752"`) {
		t.Errorf("payment %s, %v; want the same rate", v.Operations[0].Body, err)
	}
}

func TestDatesAreTheStores(t *testing.T) {
	sydney := *london
	sydney.Timezone = "Australia/Sydney"
	for name, c := range map[string]struct {
		instant string
		store   *canonical.StoreView
		want    string
	}{
		"winter in London":             {"2026-01-31T23:30:00Z", london, "2026-01-31"},
		"summer in London is an hour":  {"2026-06-30T23:30:00Z", london, "2026-07-01"},
		"Sydney is a day ahead":        {"2026-01-31T14:00:00Z", &sydney, "2026-02-01"},
		"an unknown store goes by UTC": {"2026-06-30T23:30:00Z", nil, "2026-06-30"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := dateIn(c.instant, c.store); err != nil || got != c.want {
				t.Errorf("%s, %v; want %s", got, err, c.want)
			}
		})
	}
	c := ask(invoiceOf(1, ada)).withContact()
	c.Item.AccountingDate = "2026-02-01"
	if v, _ := c.decide(); !strings.Contains(string(v.Operations[0].Body), `"date":"2026-02-01"`) {
		t.Error("a date that was planned once has moved")
	}
}

func TestBodiesReadAsTheyStandInSage(t *testing.T) {
	person := ada
	person.VATNumber, person.Company, person.Phone = "GB123456789", "Example Ltd", "0113 496 0000"
	i := paid(invoiceOf(1, person))
	i.PONumber = "PO-77"
	allocated := creditInBooks()
	allocated.open(1)
	var all []string
	for _, c := range []question{creditInBooks(), allocated, cancelledInBooks(),
		ask(i), ask(i).withContact(), ask(i).posted(), with(ask(creditOf(2, i)), i, func(c *question, _ *canonical.Invoice) {
			c.InSage.Invoices = map[canonical.ID]work.SyncItem{"invoice:1": {SageID: "sage-1", SageContactID: "contact-5", SentDigest: saleOf(&i.Document).String(), AccountingDate: "2026-01-31"}}
		})} {
		v, err := c.decide()
		if err != nil || len(v.Operations) != 1 {
			t.Fatal(told(v), err)
		}
		var body any
		if err := json.Unmarshal(v.Operations[0].Body, &body); err != nil {
			t.Fatal(err)
		}
		text, _ := json.MarshalIndent(body, "", "  ")
		all = append(all, "# "+string(v.Operations[0].Kind)+"\n"+string(text)+"\n")
	}
	golden.Compare(t, "bodies.txt", strings.Join(all, "\n"))
}

func TestStoreCreditSettlesADocumentAndDoesNotLowerIt(t *testing.T) {
	i := invoiceOf(1, ada)
	i.GrandTotal, i.Settlements = amt("22.00"), []canonical.Settlement{{Kind: "store_credit", Amount: amt("8.00")}}
	v, err := ask(i).withContact().decide()
	if err != nil || len(v.Operations) != 1 || !v.Operations[0].Total.Equal(money.MustParse("30")) {
		t.Fatalf("%s %v, want an invoice over 30.00", told(v), err)
	}
}
