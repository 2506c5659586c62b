package plan

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// plant fills every text of a value with a word of its own, so that whatever stays is seen.
func plant(v reflect.Value, n *int) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		plant(v.Elem(), n)
	case reflect.Struct:
		if v.Type().PkgPath() != reflect.TypeFor[canonical.Invoice]().PkgPath() {
			return // an amount or a version
		}
		for i := range v.NumField() {
			plant(v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		plant(v.Index(0), n)
	case reflect.Map:
		value := reflect.New(v.Type().Elem()).Elem()
		plant(value, n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("planted"), value)
	case reflect.String:
		*n++
		v.SetString(fmt.Sprintf("planted%d", *n))
	}
}

// staying are the paths of planted words in a JSON text.
func staying(v any, path string) (all []string) {
	switch value := v.(type) {
	case map[string]any:
		for name, one := range value {
			all = append(all, staying(one, strings.TrimPrefix(path+"."+name, "."))...)
		}
	case []any:
		for _, one := range value {
			all = append(all, staying(one, path)...)
		}
	case string:
		if strings.Contains(value, "planted") {
			all = append(all, path)
		}
	}
	return all
}

// ofDocuments says nothing of a person.
var ofDocuments = []string{
	"schema", "occurred_at", "source.name", "source.root", "increment_id", "order_increment_id", "state", "currency", "base_currency", "created_at",
	"store.code", "store.name", "store.website_code", "store.timezone", "store.country_id", "customer.created_at", "customer.updated_at",
	"lines.sku", "lines.product_type", "lines.tax_percent", "lines.tax_rates.code", "lines.tax_rates.title", "lines.tax_rates.percent",
	"shipping.tax_percent", "shipping.tax_rates.code", "shipping.tax_rates.title", "shipping.tax_rates.percent",
	"adjustments.kind", "adjustments.tax_percent", "adjustments.tax_rates.code", "adjustments.tax_rates.title", "adjustments.tax_rates.percent",
	"settlements.kind", "payment_method", "balance.reason",
}

// TestOnlyWhatIsNamedStaysOfAnEntity plants a word in every field there is, so that a field that is
// new goes until somebody says that plans need it.
func TestOnlyWhatIsNamedStaysOfAnEntity(t *testing.T) {
	for kind, c := range map[canonical.Kind]struct {
		e    canonical.Entity
		more []string
	}{
		canonical.KindInvoice:    {&canonical.Invoice{}, append([]string{"payment.method", "payment.transaction_id", "payment.captured_at", "payment.captured_at_source"}, ofDocuments...)},
		canonical.KindCreditMemo: {&canonical.CreditMemo{}, append([]string{"invoice_increment_id", "invoice_created_at", "transaction_id"}, ofDocuments...)},
		canonical.KindCustomer: {&canonical.Customer{}, []string{"schema", "occurred_at", "source.name", "source.root", "created_at", "updated_at",
			"store.code", "store.name", "store.website_code", "store.timezone", "store.country_id"}},
	} {
		t.Run(string(kind), func(t *testing.T) {
			n := 0
			plant(reflect.ValueOf(c.e), &n)
			body, err := json.Marshal(c.e)
			if err != nil {
				t.Fatal(err)
			}
			body, err = WithoutPerson(canonical.NewID(kind, 1), body)
			if err != nil {
				t.Fatal(err)
			}
			var all any
			if err := json.Unmarshal(body, &all); err != nil {
				t.Fatal(err)
			}
			got := slices.Compact(slices.Sorted(slices.Values(staying(all, ""))))
			if diff := cmp.Diff(slices.Sorted(slices.Values(c.more)), got); diff != "" || n < 20 {
				t.Errorf("of %d words stay (-want +got):\n%s", n, diff)
			}
			again, err := WithoutPerson(canonical.NewID(kind, 1), body)
			if err != nil || string(again) != string(body) {
				t.Errorf("once more it is %s, %v; want the same", again, err)
			}
		})
	}
}

// TestPlansOfWhatIsSettledAreTheSameWithoutItsPerson compares verdicts on whole entities with those on what is left of them.
func TestPlansOfWhatIsSettledAreTheSameWithoutItsPerson(t *testing.T) {
	guest := ada
	guest.MagentoID = 0
	posted := func(e *canonical.Invoice, change func(*question, *canonical.Invoice)) question {
		return with(ask(e).posted(), e, func(q *question, i *canonical.Invoice) { q.Item.Payment = work.Paid; change(q, i) })
	}
	gone := customerOf(ada)
	gone.Deleted = true
	for name, q := range map[string]question{
		"a guest's, posted and paid":    posted(paid(invoiceOf(1, guest)), func(*question, *canonical.Invoice) {}),
		"a customer's, posted and paid": posted(paid(invoiceOf(1, ada)), func(*question, *canonical.Invoice) {}),
		"sold to another guest since":   posted(paid(invoiceOf(1, guest)), func(_ *question, i *canonical.Invoice) { i.Customer.Email = "bea@example.test" }),
		"amounts changed since":         posted(paid(invoiceOf(1, ada)), func(_ *question, i *canonical.Invoice) { i.Lines[0].LineTax = amt("3.99") }),
		"cancelled since":               posted(invoiceOf(1, ada), func(_ *question, i *canonical.Invoice) { i.State = canonical.Cancelled }),
		"deleted since":                 posted(paid(invoiceOf(1, ada)), func(_ *question, i *canonical.Invoice) { i.Deleted = true }),
		"the id is another sale's":      posted(paid(invoiceOf(1, ada)), func(_ *question, i *canonical.Invoice) { i.IncrementID = "000000002" }),
		"its payment is to come":        posted(paid(invoiceOf(1, ada)), func(q *question, _ *canonical.Invoice) { q.Item.Payment = work.Unpaid }),
		"before sync_since":             with(ask(invoiceOf(1, ada)), 0, func(q *question, _ int) { q.Entity.(*canonical.Invoice).CreatedAt = "2025-12-31T23:59:59Z" }),
		"left out by a person": with(ask(invoiceOf(1, guest)), 0, func(q *question, _ int) {
			q.Item.SentDigest = leftOutMark + saleOf(&q.Entity.(*canonical.Invoice).Document).String()
		}),
		"a credit memo, to be settled":     creditInBooks(),
		"a customer who is deleted":        ask(gone),
		"a customer whose data was erased": with(ask(customerOf(ada)), 0, func(q *question, _ int) { q.InSage.Contacts = []work.Xref{contactSent(t, ada)} }),
	} {
		t.Run(name, func(t *testing.T) {
			before := q.answer(t)
			q.WithoutPerson = true
			if diff := cmp.Diff(before, q.answer(t)); diff != "" {
				t.Errorf("-whole +without its person:\n%s", diff)
			}
		})
	}
}

// contactSent is a customer's contact as it was made.
func contactSent(t *testing.T, c canonical.Contact) work.Xref {
	t.Helper()
	q := ask(invoiceOf(1, c))
	q.InSage.Customer = customerOf(c)
	v := q.answer(t)
	if len(v.Operations) != 1 || v.Operations[0].Kind != work.CreateContact {
		t.Fatalf("%q, want a contact to be made", told(v))
	}
	o := v.Operations[0]
	return work.Xref{Type: work.XrefContact, Entity: o.Entity, Currency: o.Currency, SageID: "contact-5", Reference: o.Reference, SentDigests: o.SentDigests}
}

// Who buys again after an erasure is made a contact of what the document says.
func TestAContactIsMadeOfTheDocumentWhereTheCustomerWasErased(t *testing.T) {
	body, err := json.Marshal(customerOf(ada))
	if err != nil {
		t.Fatal(err)
	}
	if body, err = WithoutPerson("customer:5", body); err != nil {
		t.Fatal(err)
	}
	q := ask(invoiceOf(1, ada))
	q.InSage.Customer = &canonical.Customer{}
	if err := json.Unmarshal(body, q.InSage.Customer); err != nil {
		t.Fatal(err)
	}
	v := q.answer(t)
	if len(v.Operations) != 1 || !strings.Contains(string(v.Operations[0].Body), `"name":"Ada Example"`) || strings.Contains(string(v.Operations[0].Body), digestMark) {
		t.Errorf("%q, %+v; want a contact of the document's buyer", told(v), v.Operations)
	}
}

// A later memo of an invoice without its person goes to that invoice's contact, and settles it.
func TestACreditMemoIsSettledAgainstAnInvoiceWithoutItsPerson(t *testing.T) {
	q := creditInBooks()
	before := q.answer(t)
	body, err := json.Marshal(q.InSage.Entities["invoice:1"])
	if err != nil {
		t.Fatal(err)
	}
	if body, err = WithoutPerson("invoice:1", body); err != nil {
		t.Fatal(err)
	}
	left := &canonical.Invoice{}
	if err := json.Unmarshal(body, left); err != nil {
		t.Fatal(err)
	}
	q.InSage.Entities["invoice:1"] = left
	if diff := cmp.Diff(before, q.answer(t)); diff != "" || len(before.Operations) == 0 {
		t.Errorf("%d operations; -whole +without its person:\n%s", len(before.Operations), diff)
	}
}

// Sage has refused a VAT number: it is remembered, and not the number.
func TestARefusedVATNumberIsRememberedWithoutThePerson(t *testing.T) {
	person := ada
	person.VATNumber = "GB123456789"
	q := ask(invoiceOf(1, person))
	first := q.answer(t).Operations[0]
	first.State, first.SourceField = work.Refused, "contact[tax_number]"
	q.InSage.ContactCreates = work.History{first}
	want := q.answer(t).Operations[0]
	body, err := resource.WithoutPerson(first.Body)
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`GB1234|Ada|example\.test`).Find(body); found != nil || !strings.Contains(string(body), first.IdempotencyID) {
		t.Errorf("%s stays in %s", found, body)
	}
	q.InSage.ContactCreates[0].Body = body
	if got := q.answer(t).Operations[0]; got.BodyHash != want.BodyHash || !strings.Contains(string(want.Body), "refused by Sage: GB123456789") {
		t.Errorf("%s, want %s", got.Body, want.Body)
	}
}
