package binding

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/work"
)

// counted is a NumberStore in memory.
type counted struct {
	*books
	found []work.NumberedDocument
	since time.Time
}

func (c *counted) NumbersOfSeveralStores(_ context.Context, _ string, since time.Time) ([]work.NumberedDocument, error) {
	c.since = since
	return c.found, nil
}

func TestStoresThatCountAlikeAreNamedAtOnce(t *testing.T) {
	numbered := func(number string, store int) work.NumberedDocument {
		return work.NumberedDocument{Kind: canonical.KindInvoice, Number: number, StoreID: store, WebsiteID: &store, CreatedAt: "2026-02-01T10:00:00Z"}
	}
	both := []work.NumberedDocument{numbered("000000001", 1), numbered("000000001", 2), numbered("dupa", 1), numbered("dupA ", 2)}
	since := func(p *policy.Policy) {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		p.SyncSince = &at
	}
	later := func(p *policy.Policy) {
		at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		p.SyncSince = &at
	}
	stores := func(all ...int) func(*policy.Policy) { return func(p *policy.Policy) { p.StoreFilter = all } }
	websites := func(all ...int) func(*policy.Policy) { return func(p *policy.Policy) { p.WebsiteFilter = all } }
	prefix := func(p *policy.Policy) { p.InvoiceNumberPrefix = "DE-" }
	spelt := func(p *policy.Policy) { p.InvoiceNumberPrefix = "de-" }
	memo := numbered("000000001", 2)
	memo.Kind = canonical.KindCreditMemo
	undated := numbered("000000001", 2)
	undated.CreatedAt = "yesterday"
	for name, c := range map[string]struct {
		uk, de []func(*policy.Policy) // de is nil where there is one binding alone
		apart  bool                   // de has a business of its own
		found  []work.NumberedDocument
		want   []string // in the only warning; nil is none
	}{
		"two stores of one binding":                     {uk: []func(*policy.Policy){since}, found: both, want: []string{"store 1 (binding shop-uk) and store 2 (binding shop-uk)", "2 numbers, such as invoice 000000001", "invoice_number_prefix"}},
		"two stores in two bindings":                    {uk: []func(*policy.Policy){since, stores(1)}, de: []func(*policy.Policy){since, stores(2)}, found: both, want: []string{"store 1 (binding shop-uk) and store 2 (binding shop-de)"}},
		"two websites in two bindings":                  {uk: []func(*policy.Policy){since, websites(1)}, de: []func(*policy.Policy){since, websites(2)}, found: both, want: []string{"store 1 (binding shop-uk) and store 2 (binding shop-de)"}},
		"two bindings with one prefix in two spellings": {uk: []func(*policy.Policy){since, stores(1), spelt}, de: []func(*policy.Policy){since, stores(2), prefix}, found: both, want: []string{"store 1 (binding shop-uk) and store 2 (binding shop-de)"}},
		"two bindings with prefixes of their own":       {uk: []func(*policy.Policy){since, stores(1)}, de: []func(*policy.Policy){since, stores(2), prefix}, found: both},
		"two bindings with businesses of their own":     {uk: []func(*policy.Policy){since, stores(1)}, de: []func(*policy.Policy){since, stores(2)}, apart: true, found: both},
		"a store that no binding posts":                 {uk: []func(*policy.Policy){since, stores(1)}, found: both},
		"a website that no binding posts":               {uk: []func(*policy.Policy){since, websites(1)}, found: both},
		"stores of another binding than this one":       {uk: []func(*policy.Policy){since, stores(3)}, de: []func(*policy.Policy){since, stores(1, 2)}, found: both},
		"documents from before the binding began":       {uk: []func(*policy.Policy){later}, found: both},
		"documents of whom one was before it":           {uk: []func(*policy.Policy){since, stores(1)}, de: []func(*policy.Policy){later, stores(2)}, found: both},
		"an invoice and a credit memo of one number":    {uk: []func(*policy.Policy){since}, found: []work.NumberedDocument{numbered("000000001", 1), memo}},
		"a document whose time cannot be read":          {uk: []func(*policy.Policy){since}, found: []work.NumberedDocument{numbered("000000001", 1), undated}},
		"one document that is listed of a store once":   {uk: []func(*policy.Policy){since}, found: []work.NumberedDocument{numbered("000000001", 1), numbered("000000001", 1)}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &counted{books: newBooks(), found: c.found}
			mustImport(t, s.books, file("shop-uk", "shop", c.uk...))
			s.inBusiness("shop-uk", "biz")
			if c.de != nil {
				mustImport(t, s.books, file("shop-de", "shop", c.de...))
				if s.inBusiness("shop-de", "biz"); c.apart {
					s.inBusiness("shop-de", "other")
				}
			}
			got, err := CountAlike(t.Context(), s, "shop-uk")
			if err != nil || len(got) > 1 || (len(got) == 1) != (c.want != nil) {
				t.Fatalf("%q, %v; want %q", got, err, c.want)
			}
			for _, text := range c.want {
				if !strings.Contains(got[0], text) {
					t.Errorf("%q, want %q in it", got[0], text)
				}
			}
		})
	}
}

// Before a business is known nobody can say who shares it.
func TestABindingWithoutABusinessSharesNone(t *testing.T) {
	s := &counted{books: newBooks()}
	from := func(year int) func(*policy.Policy) {
		at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		return func(p *policy.Policy) { p.SyncSince = &at }
	}
	mustImport(t, s.books, file("shop-uk", "shop", from(2026)))
	mustImport(t, s.books, file("shop-de", "shop", from(2020)))
	mustImport(t, s.books, file("other-shop", "other", from(2019)))
	s.inBusiness("other-shop", "biz")
	sharing, err := sharingWith(t.Context(), s, "shop-uk")
	if err != nil || len(sharing) != 1 || sharing[0].Name != "shop-uk" {
		t.Errorf("%+v, %v; want it alone", sharing, err)
	}
	if _, err := CountAlike(t.Context(), s, "shop-fr"); err == nil {
		t.Error("a binding that is not there counts well")
	}
	s.inBusiness("shop-uk", "biz")
	s.inBusiness("shop-de", "biz")
	if _, err := CountAlike(t.Context(), s, "shop-uk"); err != nil || s.since.Year() != 2020 {
		t.Errorf("asked since %s, %v; want the earlier of the two", s.since, err)
	}
	if names := func() (all []string) {
		sharing, _ := sharingWith(t.Context(), s, "shop-uk")
		for _, c := range sharing {
			all = append(all, c.Name)
		}
		slices.Sort(all)
		return all
	}(); !slices.Equal(names, []string{"shop-de", "shop-uk"}) {
		t.Errorf("%v share the business", names)
	}
}
