package sage

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// lists answers each list with pages of two; total and id say what a page has.
func lists(total func(list, page int) int, id func(list, page, i int) string) (f *fake, reading func() int) {
	readings := 0
	return &fake{answer: func(w http.ResponseWriter, c call) {
		at, _ := url.Parse(c.url)
		page := 1
		fmt.Sscanf(at.Query().Get("page"), "%d", &page)
		if at.Path == "/v3.1/sales_invoices" && page == 1 {
			readings++
		}
		n := total(readings, page)
		var items []string
		for i := (page - 1) * 2; i < min(page*2, n); i++ {
			items = append(items, fmt.Sprintf(`{"id":%q,"reference":"R","notes":"x","contact":{"id":"c"}}`, id(readings, page, i)))
		}
		next := "null"
		if page*2 < n {
			next = fmt.Sprintf(`"%s?page=%d"`, strings.TrimPrefix(at.Path, "/v3.1"), page+1)
		}
		fmt.Fprintf(w, `{"$total":%d,"$page":%d,"$next":%s,"$items":[%s]}`, n, page, next, strings.Join(items, ","))
	}}, func() int { return readings }
}

func TestListsAreReadWholeOrNotAtAll(t *testing.T) {
	five := func(int, int) int { return 5 }
	plain := func(_, _, i int) string { return fmt.Sprint(i) }
	for name, c := range map[string]struct {
		total    func(list, page int) int
		id       func(list, page, i int) string
		readings int // of the invoices; 0 is an error
	}{
		"they stay as they are":                         {five, plain, 1},
		"one is taken out while it is read":             {func(list, page int) int { return map[bool]int{true: 4, false: 5}[list == 1 && page == 3] }, plain, 2},
		"one goes and one comes, so that one is missed": {five, func(list, page, i int) string { return fmt.Sprint(i - map[bool]int{true: 1}[list == 1 && page == 3]) }, 2},
		"it never stays":                                {func(_, page int) int { return 5 + page }, plain, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f, readings := lists(c.total, c.id)
			told := map[string]int{}
			l, err := f.client().Lists(t.Context(), func(list string, read, total int) { told[list] = max(told[list], read) })
			if c.readings == 0 {
				if err == nil || !strings.Contains(err.Error(), "try again") {
					t.Errorf("%v, want an error that says what to do", err)
				}
				return
			}
			if err != nil || readings() != c.readings || len(l.Invoices) != 5 || len(l.Contacts) != 5 || len(l.CreditNotes) != 5 || len(l.Payments) != 10 || len(l.Allocations) != 5 {
				t.Fatalf("%v after %d readings: %d invoices, %d payments; want all after %d", err, readings(), len(l.Invoices), len(l.Payments), c.readings)
			}
			if told["sales invoices"] != 5 || told["contact allocations"] != 5 {
				t.Errorf("told %v, want each list to its end", told)
			}
			if strings.Contains(string(l.Invoices[0].Content), "notes") || !strings.Contains(string(l.Invoices[0].Content), `"id":"c"`) {
				t.Errorf("%s is kept of an invoice, want what is compared and no more", l.Invoices[0].Content)
			}
			if !strings.Contains(strings.Join(f.urls(), " "), "transaction_type_id=CUSTOMER_REFUND") || !strings.Contains(f.urls()[0], "items_per_page=200") {
				t.Errorf("asked %v", f.urls())
			}
		})
	}
	t.Run("a page says that there is no next one before the end", func(t *testing.T) {
		f := &fake{answer: always(200, `{"$total":5,"$next":null,"$items":[{"id":"1"}]}`)}
		if l, err := f.client().Lists(t.Context(), func(string, int, int) {}); err == nil {
			t.Errorf("%d contacts, want an error", len(l.Contacts))
		}
	})
}
