package plan

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// Magento was restored from an older dump and has used the id of a posted invoice again.
func TestAnotherSaleUnderAPostedIDIsNeverTakenForTheOldOne(t *testing.T) {
	bob := canonical.Contact{MagentoID: 6, Email: "bob@example.test", FirstName: "Bob", LastName: "Example"}
	for name, c := range map[string]struct {
		change func(*canonical.Invoice)
		want   string
		hint   string
	}{
		"another number":                           {func(i *canonical.Invoice) { i.IncrementID = "000000099" }, "parked id_used_again", "000000099"},
		"the same number, made at another time":    {func(i *canonical.Invoice) { i.CreatedAt = "2026-02-01T09:00:00Z" }, "parked id_used_again", "SI-1"},
		"the same number of another order":         {func(i *canonical.Invoice) { i.OrderID = 9 }, "parked id_used_again", "SI-1"},
		"another order number":                     {func(i *canonical.Invoice) { i.OrderIncrementID = "9" }, "parked id_used_again", "SI-1"},
		"the same amounts to another buyer":        {func(i *canonical.Invoice) { i.Customer = bob }, "parked changed_after_posting", "another buyer"},
		"another sale that was cancelled":          {func(i *canonical.Invoice) { i.OrderID, i.State = 9, canonical.Cancelled }, "parked id_used_again", "SI-1"},
		"the buyer has a new e-mail address":       {func(i *canonical.Invoice) { i.Customer.Email = "new@example.test" }, "posted unpaid +create_payment", ""},
		"the buyer's account is gone":              {func(i *canonical.Invoice) { i.Customer.MagentoID = 0 }, "posted unpaid +create_payment", ""},
		"the address in another case":              {func(i *canonical.Invoice) { i.Customer.Email = " ADA@example.test" }, "posted unpaid +create_payment", ""},
		"a buyer without anything that names them": {func(i *canonical.Invoice) { i.Customer = canonical.Contact{} }, "parked changed_after_posting", "another buyer"},
	} {
		t.Run(name, func(t *testing.T) {
			i := paid(invoiceOf(1, ada))
			q := ask(i).posted()
			q.Item.Number, q.Item.SageNumber = "000000001", "SI-1"
			c.change(i)
			v := q.answer(t)
			if told(v) != c.want || !strings.Contains(v.Item.Hint, c.hint) {
				t.Errorf("%q, %q; want %q with %q", told(v), v.Item.Hint, c.want, c.hint)
			}
			if v.Item.Reason == work.IDUsedAgain && v.Item.Number != "000000001" {
				t.Errorf("the posted document is now shown as %s", v.Item.Number)
			}
		})
	}
}

func TestASaleThatDoesNotFollowAMismatchIsNotHiddenByIt(t *testing.T) {
	i := paid(invoiceOf(1, ada))
	q := ask(i).posted()
	q.Item.State, q.Item.Reason, i.OrderID = work.ItemParked, work.TotalMismatch, 9
	if v := q.answer(t); told(v) != "parked id_used_again" {
		t.Errorf("%q, want the new sale named", told(v))
	}
}

func TestACreditMemoNeverGoesToTheContactOfAnotherSale(t *testing.T) {
	old := invoiceOf(1, canonical.Contact{MagentoID: 6, Email: "bob@example.test"})
	q := ask(creditOf(2, invoiceOf(1, ada))).withContact()
	q.InSage.Invoices = map[canonical.ID]work.SyncItem{"invoice:1": {SageID: "s", SageContactID: "bobs", SentDigest: saleOf(&old.Document).String()}}
	if v := q.answer(t); told(v) != "waiting invoice_not_in_sage invoice:1" || !strings.Contains(v.Item.Hint, "id_used_again") {
		t.Errorf("%q, %q; want it to wait for its own invoice", told(v), v.Item.Hint)
	}
}

func TestTheDateOfTheSaleBeforeIsNotKept(t *testing.T) {
	q := ask(invoiceOf(1, ada)).withContact()
	q.Item.AccountingDate = "2025-11-03"
	if v := q.answer(t); v.Item.AccountingDate != "2026-01-31" {
		t.Errorf("dated %s, want the day of the new sale", v.Item.AccountingDate)
	}
}

func TestOneIDOfTwoSalesHasTwoIdempotencyIDs(t *testing.T) {
	other := invoiceOf(1, ada)
	other.CreatedAt = "2026-01-30T10:00:00Z"
	first, second := ask(invoiceOf(1, ada)).withContact().answer(t), ask(other).withContact().answer(t)
	if first.Operations[0].IdempotencyID == second.Operations[0].IdempotencyID {
		t.Error("Sage would answer the second sale with the first one")
	}
}

// registered is ada's contact in Sage as it was made of a customer.
func registered(c canonical.Contact) work.Xref {
	digests, _ := json.Marshal(personDigests(c))
	return work.Xref{Type: work.XrefContact, Entity: "customer:5", Currency: "GBP", SageID: "contact-5", Reference: "M5", SentDigests: digests}
}

func TestACustomersIDThatIsUsedAgainNeverReachesTheOldContact(t *testing.T) {
	then := ada
	then.CreatedAt = "2025-01-01T00:00:00Z"
	for name, c := range map[string]struct {
		email, created string
		replaced       bool
	}{
		"registered later under another address": {"eve@example.test", "2026-01-05T00:00:00Z", true},
		"a new address of the same account":      {"eve@example.test", then.CreatedAt, false},
		"the same address, registered again":     {then.Email, "2026-01-05T00:00:00Z", false},
		"a time that is not known":               {"eve@example.test", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			now := then
			now.Email, now.CreatedAt = c.email, c.created
			sold := ask(invoiceOf(1, now))
			contact := registered(then)
			sold.InSage.Contact, sold.InSage.Customer = &contact, customerOf(now)
			changed := ask(customerOf(now))
			changed.InSage.Contacts = []work.Xref{contact}
			for what, q := range map[string]question{"invoice": sold, "customer": changed} {
				v := q.answer(t)
				if got := v.Item.Reason == work.IDUsedAgain; got != c.replaced || c.replaced && (len(v.Operations) != 0 || !strings.Contains(v.Item.Hint, "M5")) {
					t.Errorf("%s: %q, %q; parked want %v", what, told(v), v.Item.Hint, c.replaced)
				}
			}
		})
	}
}

func TestAContactKeepsWhoItIs(t *testing.T) {
	person := ada
	person.CreatedAt = "2025-01-01T00:00:00Z"
	q := ask(invoiceOf(1, ada))
	q.InSage.Customer = customerOf(person)
	v := q.answer(t)
	var digests map[string]string
	if err := json.Unmarshal(v.Operations[0].SentDigests, &digests); err != nil || digests[personCreated] == "" || digests[personEmail] == "" {
		t.Errorf("%v, %v; want time and address among the digests", digests, err)
	}
	if strings.Contains(string(v.Operations[0].Body), "magento:") {
		t.Errorf("Sage is sent %s", v.Operations[0].Body)
	}
}

// A document was deleted and written again, or two stores count alike.
func TestOneNumberIsNeverPostedTwice(t *testing.T) {
	i := paid(invoiceOf(2, ada))
	memo := creditOf(3, invoiceOf(1, ada))
	for name, c := range map[string]struct {
		holder *work.Holder
		want   string // in the hint
	}{
		"the first is in Sage":               {&work.Holder{Binding: "shop-uk", Entity: "invoice:1", SageNumber: "SI-1"}, "invoice:1, SI-1 in Sage, has the number"},
		"the first is on its way":            {&work.Holder{Binding: "shop-uk", Entity: "invoice:1"}, "invoice:1 has the number"},
		"the first is of another binding":    {&work.Holder{Binding: "shop-de", Entity: "invoice:1", SageNumber: "SI-1"}, "of binding shop-de"},
		"the hint says what two stores need": {&work.Holder{Binding: "shop-de", Entity: "invoice:1"}, "invoice_number_prefix"},
	} {
		t.Run(name, func(t *testing.T) {
			first := work.SyncItem{SageID: "s", SageContactID: "contact-5", SentDigest: saleOf(&i.Document).String()}
			for _, q := range []question{ask(i).withContact(), ask(memo).withContact()} {
				q.InSage.Holds, q.InSage.Invoices = c.holder, map[canonical.ID]work.SyncItem{"invoice:1": first}
				v := q.answer(t)
				if told(v) != "parked number_used_twice invoice:1" || !strings.Contains(v.Item.Hint, c.want) || len(v.Cancel) == 0 {
					t.Errorf("%q, %q; want it parked with %q", told(v), v.Item.Hint, c.want)
				}
			}
		})
	}
}

// The new person's invoice may come before the new person does.
func TestABuyerThatNobodyIsKnownByWaitsForItsCustomerAWhile(t *testing.T) {
	longAgo := noon.Add(-2 * time.Minute)
	for name, c := range map[string]struct {
		order, customer string // e-mail addresses; "" is no customer
		since           *time.Time
		want            string
	}{
		"the contact's own address":            {ada.Email, "new@example.test", nil, "planned +create_invoice"},
		"the customer's new address":           {"new@example.test", "new@example.test", nil, "planned +create_invoice"},
		"an address of neither":                {"eve@example.test", ada.Email, nil, "waiting waiting_for_contact customer:5"},
		"an address of neither, no customer":   {"eve@example.test", "", nil, "waiting waiting_for_contact customer:5"},
		"an address that was given up":         {"old@example.test", "new@example.test", &longAgo, "planned +create_invoice"},
		"an order without any address is fine": {"", ada.Email, nil, "planned +create_invoice"},
	} {
		t.Run(name, func(t *testing.T) {
			i := invoiceOf(1, ada)
			i.Customer.Email = c.order
			q, contact, now := ask(i), registered(ada), ada
			now.Email = c.customer
			if q.InSage.Contact = &contact; c.customer != "" {
				q.InSage.Customer = customerOf(now)
			}
			if c.since != nil {
				q.Item.Reason, q.Item.WaitingSince = work.WaitsForContact, c.since
			}
			v := q.answer(t)
			if told(v) != c.want || (v.PlanAgainIn > 0) != (v.Item.State == work.ItemWaiting) {
				t.Errorf("%q, again in %s; want %q", told(v), v.PlanAgainIn, c.want)
			}
		})
	}
}
