package plan

import (
	"strings"
	"testing"

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
		"the same amounts to another buyer":        {func(i *canonical.Invoice) { i.Customer.Contact = bob }, "parked changed_after_posting", "another buyer"},
		"another sale that was cancelled":          {func(i *canonical.Invoice) { i.OrderID, i.State = 9, canonical.Cancelled }, "parked id_used_again", "SI-1"},
		"the buyer has a new e-mail address":       {func(i *canonical.Invoice) { i.Customer.Email = "new@example.test" }, "posted unpaid +create_payment", ""},
		"the buyer's account is gone":              {func(i *canonical.Invoice) { i.Customer.MagentoID = 0 }, "posted unpaid +create_payment", ""},
		"the address in another case":              {func(i *canonical.Invoice) { i.Customer.Email = " ADA@example.test" }, "posted unpaid +create_payment", ""},
		"moved to another customer of one address": {func(i *canonical.Invoice) { i.Customer.MagentoID = 6 }, "parked changed_after_posting", "another customer"},
		"deleted": {func(i *canonical.Invoice) { gone(i) }, "posted", "deleted in Magento after it was posted"},
		"a buyer without anything that names them": {func(i *canonical.Invoice) { i.Customer = canonical.Buyer{} }, "parked changed_after_posting", "another buyer"},
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

// gone makes of an invoice what transform publishes of one that was deleted.
func gone(i *canonical.Invoice) {
	i.Deleted = true
	i.Document = canonical.Document{Heading: canonical.Heading{MagentoID: i.MagentoID, OrderID: i.OrderID}}
}

func TestABuyerIsTheSameByCustomerOrAddress(t *testing.T) {
	of := func(customer uint64, email string) sale {
		d := invoiceOf(1, canonical.Contact{MagentoID: customer, Email: email}).Document
		return saleOf(&d)
	}
	for name, c := range map[string]struct {
		then, now   sale
		same, moved bool
	}{
		"one customer":                          {of(5, "a@b.test"), of(5, "a@b.test"), true, false},
		"one customer, another address":         {of(5, "a@b.test"), of(5, "c@d.test"), true, false},
		"a guest":                               {of(0, "a@b.test"), of(0, "a@b.test"), true, false},
		"a guest, written otherwise":            {of(0, "a@b.test"), of(0, " A@b.test "), true, false},
		"a guest who has an account now":        {of(0, "a@b.test"), of(5, "a@b.test"), true, false},
		"a customer whose account is gone":      {of(5, "a@b.test"), of(0, "a@b.test"), true, false},
		"another guest":                         {of(0, "a@b.test"), of(0, "c@d.test"), false, false},
		"two customers of one address":          {of(5, "a@b.test"), of(6, "a@b.test"), true, true},
		"two customers without an address":      {of(5, ""), of(6, ""), false, true},
		"two buyers of whom nothing is known":   {of(0, ""), of(0, ""), true, false},
		"a customer, and nobody who is known":   {of(5, ""), of(0, ""), false, false},
		"one number, whatever stands beside it": {of(56, ""), of(5, "6"), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			if c.then.sameBuyer(c.now) != c.same || c.then.movedTo(c.now) != c.moved {
				t.Errorf("same %v, moved %v; want %v and %v", c.then.sameBuyer(c.now), c.then.movedTo(c.now), c.same, c.moved)
			}
		})
	}
}

func TestWhatStandsSideBySideInADigestIsNotOneText(t *testing.T) {
	if digestOf("1", "23") == digestOf("12", "3") {
		t.Error("order 1 with number 23 has the digest of order 12 with number 3")
	}
}

func TestALeftOutDocumentThatIsMovedToAnotherCustomerIsSaid(t *testing.T) {
	i := invoiceOf(1, ada)
	q := ask(i).withContact()
	q.Item.SentDigest = leftOutMark + saleOf(&i.Document).String()
	i.Customer.MagentoID = 6
	if v := q.answer(t); told(v) != "parked changed_after_settling" {
		t.Errorf("%q, want it parked", told(v))
	}
}

// The memo is allocated in Sage to the invoice that it names.
func TestACreditMemoOfTwoInvoicesGoesToTheContactOfItsOwn(t *testing.T) {
	i := invoiceOf(1, ada)
	m := creditOf(3, i)
	m.Invoices, m.InvoiceID = []uint64{1, 2, 4}, 2
	q := ask(m).withContact()
	at := func(contact string) work.SyncItem {
		return work.SyncItem{SageID: "s", SageContactID: contact, SentDigest: saleOf(&i.Document).String()}
	}
	q.InSage.Invoices = map[canonical.ID]work.SyncItem{"invoice:1": at("first"), "invoice:2": at("own"), "invoice:4": at("last")}
	if v := q.answer(t); told(v) != "planned +create_credit_note" || !strings.Contains(string(v.Operations[0].Body), `"contact_id":"own"`) {
		t.Errorf("%q, want it at the contact of invoice:2", told(v))
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
	if v := q.answer(t); told(v) != "waiting invoice_not_in_sage invoice:1" || !strings.Contains(v.Item.Hint, "id_used_again") || len(v.Cancel) == 0 {
		t.Errorf("%q, %q, cancels %v; want it to wait for its own invoice", told(v), v.Item.Hint, v.Cancel)
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

func TestANumberIsLookedForAsItWillStandInSage(t *testing.T) {
	i := invoiceOf(1, ada)
	for want, e := range map[string]canonical.Entity{"create_invoice UK-000000001": i, "create_credit_note UK-C00000002": creditOf(2, i)} {
		q := ask(e).withContact()
		q.Policy.InvoiceNumberPrefix, q.InSage.Asked = "UK-", &[]string{}
		q.answer(t)
		if got := strings.Join(*q.InSage.Asked, ", "); got != want {
			t.Errorf("asked for %s, want %s", got, want)
		}
	}
}

// A database that is lost may have posted what Magento has deleted since.
func TestADeletionThatALostDatabaseHadReadIsForAPerson(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*question)
		want   string
		hint   string
	}{
		"never read before":              {func(q *question) { q.ReadBefore = false }, "skipped deleted_in_magento", ""},
		"known by its number":            {func(q *question) { q.Item.Number = "000000001" }, "parked deleted_unseen", "number 000000001"},
		"known by its order alone":       {func(*question) {}, "parked deleted_unseen", "documents of order 1 "},
		"planned again":                  {func(q *question) { q.Item.State, q.Item.Reason = work.ItemParked, work.DeletedUnseen }, "parked deleted_unseen", ""},
		"left out by this database":      {func(q *question) { q.Item.State, q.Item.Reason = work.ItemSkipped, work.IsDeleted }, "skipped deleted_in_magento", ""},
		"in Sage as this database knows": {func(q *question) { q.Item.SageID = "s" }, "posted", "deleted in Magento"},
		"settled by a person": {func(q *question) {
			q.Item.SentDigest = leftOutMark + saleOf(&q.Entity.(*canonical.Invoice).Document).String()
		}, "skipped settled_by_hand", ""},
		"not deleted": {func(q *question) { q.Entity = invoiceOf(1, ada) }, "planned +create_invoice", ""},
	} {
		t.Run(name, func(t *testing.T) {
			i := invoiceOf(1, ada)
			gone(i)
			q := ask(i).withContact()
			q.InSage.Contact.Currency, q.ReadBefore = "GBP", true
			c.change(&q)
			v := q.answer(t)
			if told(v) != c.want || !strings.Contains(v.Item.Hint, c.hint) || v.Item.Number != q.Item.Number && v.Item.Number == "" {
				t.Errorf("%q, %q, number %q; want %q with %q", told(v), v.Item.Hint, v.Item.Number, c.want, c.hint)
			}
		})
	}
}
