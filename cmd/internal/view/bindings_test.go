package view

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

func TestABindingSaysWhatToDoNext(t *testing.T) {
	for name, c := range map[string]struct {
		binding work.Binding
		want    string
	}{
		"a new one has to be connected": {work.Binding{Name: "uk", State: work.New}, "run mage2sage connect --binding uk"},
		"a new one has no other hint":   {work.Binding{Name: "uk", State: work.New, Hint: "old"}, "run mage2sage connect --binding uk"},
		"a connected one has nothing":   {work.Binding{Name: "uk", State: "connected"}, ""},
		"a paused one keeps its hint":   {work.Binding{Name: "uk", State: "needs_reauth", Hint: "connect again"}, "connect again"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := BindingOf(c.binding); got.Hint != c.want || got.Name != "uk" || got.State != string(c.binding.State) {
				t.Errorf("it is shown as %+v, want the hint %q", got, c.want)
			}
		})
	}
}

// TestABindingThatIsClosedSaysWhatOpensIt: after a restore the sink does, and nobody is needed.
func TestABindingThatIsClosedSaysWhatOpensIt(t *testing.T) {
	for name, c := range map[string]struct {
		closed work.Closure
		state  VerdictState
		want   string
	}{
		"open":        {"", Well, "well"},
		"restored":    {work.ClosedByRestore, Well, "well: binding uk: the database was restored: what stands in Sage is read and adopted, and nothing is sent before that has ended (contacts: 3 of 5 read)"},
		"by a person": {work.ClosedByPerson, PersonNeeded, "a person is needed: binding uk: nothing is sent until a rebuild has ended: mage2sage xref rebuild --binding uk"},
	} {
		t.Run(name, func(t *testing.T) {
			f := well()
			f.Books.Bindings = []BindingStatus{{Binding: BindingOf(work.Binding{Name: "uk", State: work.Connected, Closed: c.closed, Rebuilding: "contacts: 3 of 5 read"})}}
			if got := Judge(f, noon); got.State != c.state || got.String() != c.want {
				t.Errorf("%d %q, want %d %q", got.State, got, c.state, c.want)
			}
		})
	}
}

// A hold is meant: nobody is needed, and status says it all the same.
func TestWhatAPersonHoldsIsSaidAndIsWell(t *testing.T) {
	since := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	for want, h := range map[string]work.Hold{
		"well: all deliveries are held since 2026-03-14T09:00:00Z by ada@desk: mage2sage sink release lets them go": {By: "ada@desk", Since: since},
		"well: deliveries of binding uk are held since 2026-03-14T09:00:00Z by ada@desk (stocktaking): mage2sage sink release --binding uk lets them go": {
			Binding: "uk", By: "ada@desk", Note: "stocktaking", Since: since},
	} {
		f := well()
		f.Books.Holds = []work.Hold{h}
		if got := Judge(f, noon); got.State != Well || got.String() != want {
			t.Errorf("%d %q, want %q", got.State, got, want)
		}
	}
}

func TestABindingThatIsHeldSaysUntilWhenAndHowToLiftIt(t *testing.T) {
	until := time.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		binding work.Binding
		want    []string // parts of the hint; nil is none
	}{
		"Sage asked for patience": {work.Binding{Name: "uk", State: work.Connected, NotBefore: until}, []string{"no call to Sage before " + until.UTC().Format("15:04:05"), "mage2sage binding resume uk"}},
		"Sage refuses the user":   {work.Binding{Name: "uk", State: work.Forbidden, Hint: "give the user Full Access", NotBefore: until}, []string{"give the user Full Access; no call", "mage2sage binding resume uk"}},
		"the wait is over":        {work.Binding{Name: "uk", State: work.Connected, NotBefore: time.Now().Add(-time.Second)}, nil},
		"only a person can go on": {work.Binding{Name: "uk", State: work.NeedsReauth, NotBefore: until}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := BindingOf(c.binding).Hint
			for _, part := range c.want {
				if !strings.Contains(got, part) {
					t.Errorf("hint %q, want %q in it", got, part)
				}
			}
			if c.want == nil && got != "" {
				t.Errorf("hint %q, want none", got)
			}
		})
	}
}

func TestABindingIsShownWithAllThatIsKnownOfIt(t *testing.T) {
	got := BindingOf(work.Binding{Name: "uk", Source: "shop", Business: "biz", BusinessName: "Shop Ltd", BaseCurrency: "GBP", State: "connected", PolicyVersion: 3})
	want := Binding{Name: "uk", Source: "shop", Business: "biz", BusinessName: "Shop Ltd", BaseCurrency: "GBP", State: "connected", PolicyVersion: 3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	text, err := json.Marshal(got)
	if err != nil || !strings.HasPrefix(string(text), `{"binding":"uk","source":"shop"`) {
		t.Errorf("it is written as %s, %v", text, err)
	}
}

func TestBooksCountDocumentsByStateReasonAndPayment(t *testing.T) {
	st := BindingStatus{Documents: map[string]int{}, Parked: map[string]int{}, Waiting: map[string]int{}, Skipped: map[string]int{}}
	for _, c := range []postgres.Count{
		{State: work.ItemPosted, Payment: work.Paid, N: 3},
		{State: work.ItemPosted, Payment: work.Unpaid, N: 2},
		{State: work.ItemPosted, N: 1},
		{State: work.ItemParked, Reason: "no_tax_rate", N: 4},
		{State: work.ItemParked, Reason: "period_closed", N: 1},
		{State: work.ItemParked, Reason: "no_tax_rate", Payment: work.Paid, N: 1},
		{State: work.ItemWaiting, Reason: "rates_incomplete", N: 5},
		{State: work.ItemSkipped, Reason: "before_start", N: 6},
		{State: "planned", N: 7},
	} {
		st.add(c)
	}
	want := BindingStatus{
		Documents: map[string]int{"posted": 6, "parked": 6, "waiting": 5, "skipped": 6, "planned": 7},
		Paid:      3, Unpaid: 2,
		Parked:  map[string]int{"no_tax_rate": 5, "period_closed": 1},
		Waiting: map[string]int{"rates_incomplete": 5},
		Skipped: map[string]int{"before_start": 6},
	}
	if diff := cmp.Diff(want, st); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAnAmountThatIsNotKnownIsShownAsNothing(t *testing.T) {
	amount := money.MustParse("12.3")
	for want, a := range map[string]*money.Amount{"": nil, "12.30": &amount, "0.00": {}} {
		t.Run(want, func(t *testing.T) {
			if got := fixed(a); got != want {
				t.Errorf("it is %q, want %q", got, want)
			}
		})
	}
}
