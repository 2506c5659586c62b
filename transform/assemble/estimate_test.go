package assemble

import (
	"slices"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// A cart is an estimate once all of it is there and for as long as its price is negotiated.
func TestACartIsAnEstimateWhileItsPriceIsNegotiated(t *testing.T) {
	negotiable := row("negotiable_quote", 9, `{"quote_id":9,"status":"created"}`)
	cart := row("quote", 9, `{"entity_id":9,"store_id":1}`)
	item := row("quote_item", 1, `{"item_id":1,"quote_id":9}`)
	gone := func(table string) Row { return Row{Table: table, PK: "9", Deleted: true} }
	for name, c := range map[string]struct {
		rows    []Row
		emitted bool
		want    string // "" where nothing comes of it
		orphans int
	}{
		"a cart and its negotiation":                     {[]Row{negotiable, cart, item}, false, "estimate:9", 0},
		"a cart alone":                                   {[]Row{cart, item}, false, "", 0},
		"a negotiation of which the cart still comes":    {[]Row{negotiable}, false, "", 0},
		"one whose rows are still to come, emitted once": {[]Row{negotiable}, true, "", 0},
		"one that is negotiated no more":                 {[]Row{gone("negotiable_quote"), cart, item}, true, "estimate:9 deleted", 0},
		"one whose cart is gone":                         {[]Row{negotiable, gone("quote"), item}, true, "estimate:9 deleted", 2},
		"a cart that nobody negotiated and that is gone": {[]Row{gone("quote"), item}, false, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{Root: "estimate/9", Rows: c.rows}
			if c.emitted {
				in.Emitted = []canonical.ID{"estimate:9"}
			}
			a, err := Assemble(in, somewhere{})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, e := range a.Entities {
				if got += string(e.ID()); e.Head().Deleted {
					got += " deleted"
				}
			}
			if got != c.want || len(a.Orphans) != c.orphans {
				t.Errorf("%q and %d orphans, want %q and %d", got, len(a.Orphans), c.want, c.orphans)
			}
		})
	}
}

func TestAnEstimateLacksItsStoreOrGroupUntilTheyAreKnown(t *testing.T) {
	for name, c := range map[string]struct {
		cart string
		want bool
	}{
		"both are known":         {`{"entity_id":9,"store_id":1,"customer_group_id":1}`, false},
		"the group is not known": {`{"entity_id":9,"store_id":1,"customer_group_id":8}`, true},
		"the store is not known": {`{"entity_id":9,"store_id":8,"customer_group_id":1}`, true},
		"a cart without a group": {`{"entity_id":9,"store_id":1}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Assemble(Input{Root: "estimate/9", Rows: []Row{row("negotiable_quote", 9, `{"quote_id":9,"status":"created"}`), row("quote", 9, c.cart)}}, somewhere{})
			if err != nil || len(a.Entities) != 1 {
				t.Fatal(a, err)
			}
			s, err := Summarize(a.Entities[0], Previous{})
			if err != nil || s.Lacking != c.want {
				t.Errorf("lacking: %v (%v), want %v", s.Lacking, err, c.want)
			}
		})
	}
}

// What a seller proposes may be a kind of price that a later Magento brings, or shipping alone.
func TestAProposalSaysWhatItsValueIs(t *testing.T) {
	for columns, want := range map[string]string{
		`"negotiated_price_type":1`: "percentage", `"negotiated_price_type":2`: "amount", `"negotiated_price_type":3`: "total",
		`"negotiated_price_type":4`: "unknown", `"shipping_price":"5.0000"`: "", `"shipping_price":null`: "none at all",
	} {
		t.Run(columns, func(t *testing.T) {
			a, err := Assemble(Input{Root: "estimate/9", Rows: []Row{
				row("negotiable_quote", 9, `{"quote_id":9,`+columns+`}`), row("quote", 9, `{"entity_id":9,"store_id":1}`),
			}}, somewhere{})
			if err != nil || len(a.Entities) != 1 {
				t.Fatal(a, err)
			}
			got := "none at all"
			if n := a.Entities[0].(*canonical.Estimate).Negotiated; n != nil {
				got = n.PriceType
			}
			if got != want {
				t.Errorf("the proposal is %q, want %q", got, want)
			}
		})
	}
}

func TestADateIsADayAndAZeroDateNone(t *testing.T) {
	got := []string{day("2026-04-30"), day("2026-04-30T00:00:00"), day("0000-00-00"), day("")}
	if !slices.Equal(got, []string{"2026-04-30", "2026-04-30", "", ""}) {
		t.Errorf("the days are %q", got)
	}
}
