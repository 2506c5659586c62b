package sage

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// pages answers with pages of bank accounts: per of them of total, by ?page=.
func pages(total, per int, next func(page int) string) *fake {
	return &fake{answer: func(w http.ResponseWriter, c call) {
		page := pageOf(c.url)
		page = max(1, min(page, (total+per-1)/per)) // a page past the end is the last one
		var items []string
		for i := (page - 1) * per; i < min(page*per, total); i++ {
			items = append(items, fmt.Sprintf(`{"id":"b%d"}`, i))
		}
		fmt.Fprintf(w, `{"$total":%d,"$page":%d,"$next":%s,"$itemsPerPage":%d,"$items":[%s]}`, total, page, next(page), per, strings.Join(items, ","))
	}}
}

func TestAListIsReadToItsEnd(t *testing.T) {
	slash := func(page int) string { return fmt.Sprintf(`"/bank_accounts?page=%d"`, page+1) }
	for name, c := range map[string]struct {
		total, per int
		next       func(int) string
		calls      int
		items      int
	}{
		"one page":                              {3, 5, func(int) string { return "null" }, 1, 3},
		"no item":                               {0, 5, func(int) string { return "null" }, 1, 0},
		"no item, but a next page":              {0, 5, slash, 1, 0},
		"three pages":                           {5, 2, slash, 3, 5},
		"the last page full":                    {4, 2, slash, 2, 4},
		"$next without a slash":                 {5, 2, func(page int) string { return fmt.Sprintf(`"bank_accounts?page=%d"`, page+1) }, 3, 5},
		"$next after the last page":             {2, 2, slash, 1, 2},
		"$next missing before $total":           {5, 2, func(int) string { return "null" }, 3, 5},
		"$next that is empty before the $total": {5, 2, func(int) string { return `""` }, 3, 5},
	} {
		t.Run(name, func(t *testing.T) {
			f := pages(c.total, c.per, c.next)
			got, err := f.client().BankAccounts(t.Context())
			if err != nil || len(f.calls) != c.calls || len(got) != c.items {
				t.Fatalf("%d items after %v, %v; want %d after %d calls", len(got), f.urls(), err, c.items, c.calls)
			}
			for i, b := range got {
				if b.ID != fmt.Sprintf("b%d", i) {
					t.Errorf("item %d is %s", i, b.ID)
				}
			}
			if f.calls[0].url != "/v3.1/bank_accounts?items_per_page=200" {
				t.Errorf("began with %s", f.calls[0].url)
			}
		})
	}
}

// A $total may count what the list does not show: the page after the last one is the last one again.
func TestTheLastPageAgainEndsAList(t *testing.T) {
	f := &fake{answer: always(200, `{"$total":5,"$page":1,"$next":null,"$items":[{"id":"a"},{"id":"b"}]}`)}
	if got, err := f.client().BankAccounts(t.Context()); err != nil || len(got) != 2 || len(f.calls) != 2 || f.calls[1].url != "/v3.1/bank_accounts?items_per_page=200&page=2" {
		t.Errorf("%d items after %v, %v; want each once, and the second page asked for", len(got), f.urls(), err)
	}
}

func TestAnEmptyPageEndsAListWhateverTheTotal(t *testing.T) {
	f := &fake{answer: always(200, `{"$total":5,"$next":"/bank_accounts?page=2","$items":[]}`)}
	if got, err := f.client().BankAccounts(t.Context()); err != nil || len(got) != 0 || len(f.calls) != 1 {
		t.Errorf("%d items after %d calls, %v; want one call", len(got), len(f.calls), err)
	}
}

func TestAListWithoutOneOfItsPagesIsNone(t *testing.T) {
	f := pages(5, 2, func(page int) string { return fmt.Sprintf(`"/bank_accounts?page=%d"`, page+1) })
	whole := f.answer
	f.answer = func(w http.ResponseWriter, c call) {
		if strings.HasSuffix(c.url, "page=2") {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		whole(w, c)
	}
	got, err := f.client().BankAccounts(t.Context())
	if Classify(err) != Ambiguous || got != nil || !strings.HasPrefix(err.Error(), "list bank accounts: 502") {
		t.Errorf("%d items, %v; want the fault of the second page and no half of a list", len(got), err)
	}
	if want := []string{"GET /v3.1/bank_accounts?items_per_page=200", "GET /v3.1/bank_accounts?page=2"}; !slices.Equal(f.urls(), want) {
		t.Errorf("called %v, want %v", f.urls(), want)
	}
}

// Sage searches parts of references and names: what is found has to have the reference.
func TestWhatIsFoundHasTheReferenceItself(t *testing.T) {
	f := &fake{answer: always(200, `{"$total":3,"$items":[{"id":"a","reference":"M51"},{"id":"b","reference":"M5"},{"id":"c","name":"M5"}]}`)}
	contacts, err := f.client().FindContacts(t.Context(), "M5")
	if err != nil || len(contacts) != 1 || contacts[0].ID != "b" {
		t.Errorf("contacts %+v, %v; want b alone", contacts, err)
	}
	invoices, err := f.client().FindInvoices(t.Context(), "M51")
	if err != nil || len(invoices) != 1 || invoices[0].ID != "a" {
		t.Errorf("invoices %+v, %v; want a alone", invoices, err)
	}
	if payments, err := f.client().FindPayments(t.Context(), "CUSTOMER_RECEIPT", "c1", "2026-02-01", "M"); err != nil || len(payments) != 0 {
		t.Errorf("payments %+v, %v; want none", payments, err)
	}
}

// Nobody says how Sage spells what it was sent.
func TestAReferenceIsFoundInWhateverSpelling(t *testing.T) {
	f := &fake{answer: always(200, `{"$total":1,"$items":[{"id":"a","reference":"DupA"}]}`)}
	for _, reference := range []string{"DupA", "dupa", "DUPA "} {
		contacts, err := f.client().FindContacts(t.Context(), reference)
		if err != nil || len(contacts) != 1 {
			t.Errorf("%q: contacts %+v, %v; want one", reference, contacts, err)
		}
		for what, find := range map[string]func(context.Context, string) ([]resource.Document, error){"invoices": f.client().FindInvoices, "credit notes": f.client().FindCreditNotes} {
			if found, err := find(t.Context(), reference); err != nil || len(found) != 1 {
				t.Errorf("%q: %s %+v, %v; want one", reference, what, found, err)
			}
		}
		if payments, err := f.client().FindPayments(t.Context(), "CUSTOMER_RECEIPT", "c1", "2026-02-01", reference); err != nil || len(payments) != 1 {
			t.Errorf("%q: payments %+v, %v; want one", reference, payments, err)
		}
	}
}
