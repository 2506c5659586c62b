package binding

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// file is a binding with nothing wrong.
func file(name, source string, set ...func(*policy.Policy)) File {
	f := NewFile()
	f.Binding, f.Source, f.Policy.DefaultLedgerAccountID = name, source, "sales"
	for _, s := range set {
		s(&f.Policy)
	}
	return f
}

func mustImport(t *testing.T, b *books, f File) {
	t.Helper()
	if _, err := Import(t.Context(), b, f); err != nil {
		t.Fatal(err)
	}
}

// inBusiness connects a binding.
func (b *books) inBusiness(name, business string) {
	_ = b.Connect(context.Background(), work.Connection{Binding: name, Business: business})
}

func TestABindingNeedsItsNames(t *testing.T) {
	for name, f := range map[string]File{"no binding": file("", "shop"), "no source": file("a", "")} {
		t.Run(name, func(t *testing.T) {
			if _, err := Import(t.Context(), newBooks(), f); err == nil || !strings.Contains(err.Error(), "need a name each") {
				t.Errorf("%v, want that both need a name", err)
			}
		})
	}
}

func TestNamesArePlainBecauseCommandsAreMadeOfThem(t *testing.T) {
	for _, name := range []string{"shop uk", "a\nb", "a/b", `a"b`, "a'; rm -rf ~", "$(id)", "-rf", "ü", "\x1b[2J", "a\n", strings.Repeat("a", 65)} {
		t.Run(name, func(t *testing.T) {
			for _, f := range []File{file(name, "shop"), file("a", name)} {
				b := newBooks()
				if _, err := Import(t.Context(), b, f); err == nil || !strings.Contains(err.Error(), "letters, digits") || strings.ContainsAny(err.Error(), "\n\x1b") || len(b.all) != 0 {
					t.Errorf("%v; want it refused in one line", err)
				}
			}
		})
	}
	for _, name := range []string{"a", "shop-uk", "Shop_2.de", strings.Repeat("a", 64)} {
		mustImport(t, newBooks(), file(name, name))
	}
}

func TestNothingIsWrittenOfAPolicyThatIsWrong(t *testing.T) {
	b := newBooks()
	f := file("a", "shop")
	f.Policy.TaxRateMap = map[string]string{"standard": "x"}
	if _, err := Import(t.Context(), b, f); err == nil || !strings.Contains(err.Error(), "tax_rate_map") {
		t.Errorf("%v, want the key that is no percentage", err)
	}
	if len(b.all) != 0 {
		t.Errorf("written: %v", b.all)
	}
}

func TestImportingAgainMakesANewVersion(t *testing.T) {
	b := newBooks()
	mustImport(t, b, file("a", "shop"))
	mustImport(t, b, file("a", "shop", func(p *policy.Policy) { p.TaxRateMap = map[string]string{"20": "x"} }))
	got, err := Export(b.all["a"])
	if err != nil || b.all["a"].PolicyVersion != 2 || got.Policy.TaxRateMap["20.00"] != "x" {
		t.Errorf("version %d, %+v, %v; want version 2 with the key 20.00", b.all["a"].PolicyVersion, got.Policy.Tax, err)
	}
}

func TestABindingKeepsItsSource(t *testing.T) {
	b := newBooks()
	mustImport(t, b, file("a", "shop"))
	if _, err := Import(t.Context(), b, file("a", "other")); err == nil || !strings.Contains(err.Error(), "belongs to source shop") {
		t.Errorf("%v, want a refusal", err)
	}
}

func TestAnExportSaysSinceWhen(t *testing.T) {
	imported := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f, err := Export(work.Binding{Name: "a", Source: "shop", Policy: json.RawMessage(`{}`), ImportedAt: imported})
	if err != nil || f.Policy.SyncSince == nil || !f.Policy.SyncSince.Equal(imported) {
		t.Errorf("%+v, %v; want sync_since written out: imported elsewhere it must mean the same", f.Policy.Scope, err)
	}
	if _, err := Export(work.Binding{Name: "a", Policy: json.RawMessage(`[]`)}); err == nil || !strings.Contains(err.Error(), "binding a") {
		t.Errorf("%v, want the binding whose policy cannot be read", err)
	}
}

func TestBindingsOfOneBusinessDoNotPostTheSame(t *testing.T) {
	uk := func(p *policy.Policy) { p.WebsiteFilter = []int{1, 2} }
	de := func(p *policy.Policy) { p.WebsiteFilter = []int{3} }
	both := func(p *policy.Policy) { p.WebsiteFilter = []int{2, 3} }
	own := func(p *policy.Policy) { p.InvoiceNumberPrefix, p.ContactPrefix = "B-", "B" }
	half := func(p *policy.Policy) { p.InvoiceNumberPrefix = "B-" }
	stores := func(p *policy.Policy) { p.StoreFilter = []int{7} }
	none := func(*policy.Policy) {}
	for name, c := range map[string]struct {
		first, second File
		business      string // of the second
		want          string // "" is accepted
	}{
		"websites apart":                       {file("a", "shop", uk), file("b", "shop", de), "biz", ""},
		"a website in common":                  {file("a", "shop", uk), file("b", "shop", both), "biz", "website_filter"},
		"one takes all websites":               {file("a", "shop", uk), file("b", "shop", none), "biz", "website_filter"},
		"a website in common, other stores":    {file("a", "shop", uk, func(p *policy.Policy) { p.StoreFilter = []int{8} }), file("b", "shop", uk, stores), "biz", ""},
		"two sources with prefixes":            {file("a", "shop"), file("b", "other", own), "biz", ""},
		"two sources under one prefix":         {file("a", "shop"), file("b", "other"), "biz", "invoice_number_prefix"},
		"two sources, one of the prefixes":     {file("a", "shop"), file("b", "other", half), "biz", "contact_prefix"},
		"two sources, prefixes of one sound":   {file("a", "shop", func(p *policy.Policy) { p.InvoiceNumberPrefix = "b-" }), file("b", "other", own), "biz", "invoice_number_prefix"},
		"two businesses":                       {file("a", "shop"), file("b", "shop"), "else", ""},
		"one that is not connected to any yet": {file("a", "shop"), file("b", "shop"), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBooks()
			mustImport(t, b, c.first)
			b.inBusiness("a", "biz")
			mustImport(t, b, file("b", c.second.Source)) // connected before its policy is changed
			b.inBusiness("b", c.business)
			_, err := Import(t.Context(), b, c.second)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestTheBusinessThatIsPicked(t *testing.T) {
	one, two := resource.Business{ID: "1", DisplayedAs: "One Ltd"}, resource.Business{ID: "2", DisplayedAs: "Two Ltd"}
	for name, c := range map[string]struct {
		all  []resource.Business
		id   string
		want string // an id, or part of the error
	}{
		"the only one":                {[]resource.Business{one}, "", "1"},
		"the one that was asked for":  {[]resource.Business{one, two}, "2", "2"},
		"several and none asked for":  {[]resource.Business{one, two}, "", "choose one with --business: 1 One Ltd, 2 Two Ltd"},
		"one that the user sees not":  {[]resource.Business{one, two}, "3", "sees no business 3 but 1 One Ltd"},
		"the only one is another one": {[]resource.Business{one}, "2", "sees no business 2"},
		"none at all":                 {nil, "", "sees no business: give consent as one who does"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := pick(c.all, c.id)
			if err != nil && !strings.Contains(err.Error(), c.want) || err == nil && got.ID != c.want {
				t.Errorf("%+v, %v; want %q", got, err, c.want)
			}
		})
	}
}

// lists are a business's lists.
type business struct{ err error }

func (l business) TaxRates(context.Context) ([]resource.TaxRate, error) {
	return []resource.TaxRate{{ID: "GB_STANDARD"}}, l.err
}

func (l business) LedgerAccounts(context.Context) ([]resource.Ref, error) {
	return []resource.Ref{{ID: "sales"}}, l.err
}

func (l business) BankAccounts(context.Context) ([]resource.Ref, error) {
	return []resource.Ref{{ID: "current"}}, l.err
}

func TestEveryReferenceIsLookedUpInItsOwnList(t *testing.T) {
	for name, c := range map[string]struct {
		r    policy.Reference
		want string
	}{
		"a tax rate that is there":        {policy.Reference{Knob: "k", ID: "GB_STANDARD", Kind: policy.TaxRate}, ""},
		"an account that is there":        {policy.Reference{Knob: "k", ID: "sales", Kind: policy.LedgerAccount}, ""},
		"a bank that is there":            {policy.Reference{Knob: "k", ID: "current", Kind: policy.BankAccount}, ""},
		"an account that is a bank":       {policy.Reference{Knob: "default_ledger_account_id", ID: "current", Kind: policy.LedgerAccount}, "default_ledger_account_id names current"},
		"a tax rate of another country":   {policy.Reference{Knob: `tax_rate_map "20.00"`, ID: "DE_STANDARD", Kind: policy.TaxRate}, `tax_rate_map "20.00" names DE_STANDARD`},
		"an id of a list that is unknown": {policy.Reference{Knob: "k", ID: "x", Kind: "product"}, "nothing reads"},
	} {
		t.Run(name, func(t *testing.T) {
			err := CheckReferences(t.Context(), business{}, "uk", []policy.Reference{c.r})
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	var unlisted *UnlistedError
	if err := CheckReferences(t.Context(), business{errors.New("down")}, "uk", []policy.Reference{{Knob: "k", ID: "sales", Kind: policy.LedgerAccount}}); !errors.As(err, &unlisted) {
		t.Errorf("%v; want that the list could not be read", err)
	}
}

func TestAllWrongReferencesAreNamedAtOnceWithTheCommandThatListsTheRightOnes(t *testing.T) {
	p := policy.Default()
	p.DefaultLedgerAccountID, p.ShippingLedgerAccountID, p.DefaultBankAccountID = "sales", "carriage", "paypal"
	p.TaxRateMap = map[string]string{"20.00": "GB_STANDARD", "5.00": "GB_REDUCED"}
	err := CheckReferences(t.Context(), business{}, "uk", p.References())
	want := `policy: shipping_ledger_account_id names carriage, and the business has no such ledger account: mage2sage sage accounts --binding uk lists them
policy: tax_rate_map "5.00" names GB_REDUCED, and the business has no such tax rate: mage2sage sage tax-rates --binding uk lists them
policy: default_bank_account_id names paypal, and the business has no such bank account: mage2sage sage banks --binding uk lists them`
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
}

func TestABindingMayBeImportedBeforeItsIdsAreKnownAndStaysCompleteAfterwards(t *testing.T) {
	b := newBooks()
	bare := NewFile()
	bare.Binding, bare.Source = "a", "shop"
	mustImport(t, b, bare)
	mustImport(t, b, file("a", "shop"))
	mustImport(t, b, bare) // the ids of an example, of which the business has none
	mustImport(t, b, file("a", "shop"))
	_ = b.Connect(t.Context(), work.Connection{Binding: "a", Business: "business"})
	if _, err := Import(t.Context(), b, bare); err == nil || !strings.Contains(err.Error(), "default_ledger_account_id is empty, and it was set before") {
		t.Errorf("%v; want the key that was there", err)
	}
}

func TestTheListsOfABusinessNeedAConnection(t *testing.T) {
	b := newBooks()
	mustImport(t, b, file("a", "shop"))
	for name, want := range map[string]string{"a": "run mage2sage connect --binding a", "nobody": "mage2sage binding list"} {
		if _, _, err := OpenBusiness(t.Context(), sage.DefaultConfig(), b, b, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}
