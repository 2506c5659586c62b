package assemble_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/testenv/fixture"
	"github.com/mage2sage/mage2sage/testenv/randomshop"
	"github.com/mage2sage/mage2sage/transform/assemble"
	"github.com/mage2sage/mage2sage/transform/reference"
)

// A randomRoot holds the newest rows of an order, a product or another root of a random shop,
// and the entities that were made of them so far.
type randomRoot struct {
	t       *rapid.T
	view    assemble.Reference
	root    change.Root
	rows    map[string]assemble.Row
	emitted map[canonical.ID]bool
	deletes bool // a row was deleted
}

func newRandomRoot(t *rapid.T, h randomshop.History) *randomRoot {
	var rows []reference.Row
	for _, c := range h.Reference {
		value, _ := json.Marshal(c.Columns)
		rows = append(rows, reference.Row{Table: c.Table, PK: c.PK, Value: value})
	}
	view, misfits, err := reference.New(rows, "")
	if err != nil || len(misfits) > 0 {
		t.Fatal(misfits, err)
	}
	return &randomRoot{t: t, view: view, rows: map[string]assemble.Row{}, emitted: map[canonical.ID]bool{}}
}

// apply takes a transaction's rows and assembles what there is then.
func (o *randomRoot) apply(tx randomshop.Transaction) []canonical.Entity {
	for _, c := range tx {
		value, _ := json.Marshal(c.Columns)
		o.root = c.Root
		o.rows[c.Table+c.PK] = assemble.Row{Table: c.Table, PK: c.PK, Value: value, Deleted: c.Columns == nil, Created: c.Inserted}
		o.deletes = o.deletes || c.Columns == nil
	}
	all := o.assemble(slices.Sorted(maps.Keys(o.rows)))
	for _, e := range all {
		o.emitted[e.ID()] = !e.Head().Deleted
	}
	return all
}

// assemble reads the rows in an order that the test chooses.
func (o *randomRoot) assemble(keys []string) []canonical.Entity {
	in := assemble.Input{Root: o.root, Complete: true}
	for _, key := range keys {
		in.Rows = append(in.Rows, o.rows[key])
	}
	for id, alive := range o.emitted {
		if alive {
			in.Emitted = append(in.Emitted, id)
		}
	}
	slices.Sort(in.Emitted)
	a, err := assemble.Assemble(in, o.view)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, e := range a.Entities {
		*e.Head() = stamped(*e.Head(), e.ID(), o.root)
	}
	return a.Entities
}

// eachState calls a test for the entities of each root after each of its transactions. last
// says that nothing more comes.
func eachState(t *rapid.T, check func(o *randomRoot, all []canonical.Entity, last bool)) {
	eachOrder(t, check)
	h := randomshop.DrawMasters(t, 1, 1)
	for _, m := range h.Masters {
		eachStateOf(newRandomRoot(t, h), m.Transactions, check)
	}
}

// eachOrder is eachState for orders alone.
func eachOrder(t *rapid.T, check func(o *randomRoot, all []canonical.Entity, last bool)) {
	h := randomshop.Draw(t, 1, 3)
	for _, transactions := range h.Orders {
		eachStateOf(newRandomRoot(t, h), transactions, check)
	}
}

func eachStateOf(o *randomRoot, transactions []randomshop.Transaction, check func(o *randomRoot, all []canonical.Entity, last bool)) {
	for n, tx := range transactions {
		check(o, o.apply(tx), n == len(transactions)-1)
	}
}

// sale is what orders, invoices, credit memos and estimates have in common.
type sale struct {
	lines []canonical.Line
	sums  canonical.Sums
}

func saleOf(e canonical.Entity) (s sale, ok bool) {
	switch e := e.(type) {
	case *canonical.Order:
		for _, l := range e.Lines {
			s.lines = append(s.lines, l.Line)
		}
		s.sums = e.Sums
	case *canonical.Invoice:
		s = sale{e.Lines, e.Sums}
	case *canonical.CreditMemo:
		s = sale{e.Lines, e.Sums}
	case *canonical.Estimate:
		for _, l := range e.Lines {
			s.lines = append(s.lines, l.Line)
		}
		s.sums = e.Sums
	default:
		return s, false
	}
	return s, !e.Head().Deleted
}

// parts adds up what an entity shows, as a reader of the topic would.
func (s sale) parts() (sum money.Amount) {
	for _, l := range s.lines {
		sum = sum.Add(l.NetAmount).Add(l.LineTax)
	}
	if s.sums.Shipping != nil {
		sum = money.Sum(sum, s.sums.Shipping.NetAmount, s.sums.Shipping.TaxAmount)
	}
	for _, a := range s.sums.Adjustments {
		sum = money.Sum(sum, a.NetAmount, a.TaxAmount)
	}
	for _, p := range s.sums.Settlements {
		sum = sum.Sub(p.Amount)
	}
	return sum
}

// tax adds up the tax of all parts.
func (s sale) tax() (sum money.Amount) {
	for _, l := range s.lines {
		sum = sum.Add(l.LineTax)
	}
	if s.sums.Shipping != nil {
		sum = sum.Add(s.sums.Shipping.TaxAmount)
	}
	for _, a := range s.sums.Adjustments {
		sum = sum.Add(a.TaxAmount)
	}
	return sum
}

func TestEverySaleOfARandomShopFoots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eachState(t, func(_ *randomRoot, all []canonical.Entity, last bool) {
			for _, e := range all {
				s, ok := saleOf(e)
				if !ok {
					continue
				}
				if !s.parts().Equal(s.sums.GrandTotal) || !s.sums.Balance.OK || !s.sums.Balance.Difference.IsZero() {
					t.Fatalf("the parts of %s are %s, its total %s, its balance %+v:\n%s", e.ID(), s.parts(), s.sums.GrandTotal, s.sums.Balance, asText(e))
				}
				for _, l := range s.lines {
					if !l.NetAmount.Equal(l.LineSubtotal.Sub(l.DiscountAmount).Add(l.TaxCompensation)) || !l.LineTotal.Equal(l.NetAmount.Add(l.LineTax)) {
						t.Fatalf("line %d of %s does not add up: %+v", l.LineID, e.ID(), l)
					}
				}
				// A cart does not say at which rates its shipping is taxed.
				if last && e.ID().Kind() != canonical.KindEstimate && !s.sums.TaxRatesComplete {
					t.Fatalf("all tax rows are there, and the rates of %s do not explain its taxes:\n%s", e.ID(), asText(e))
				}
			}
		})
	})
}

func asText(v any) string {
	b, _ := json.MarshalIndent(v, "", " ")
	return string(b)
}

func TestRowsOfARandomShopMayComeInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eachState(t, func(o *randomRoot, all []canonical.Entity, last bool) {
			if !last {
				return
			}
			keys := rapid.Permutation(slices.Sorted(maps.Keys(o.rows))).Draw(t, "order of rows")
			for _, e := range all {
				o.emitted[e.ID()] = true // as before the last transaction
			}
			if diff := gocmp.Diff(asText(o.assemble(slices.Sorted(maps.Keys(o.rows)))), asText(o.assemble(keys))); diff != "" {
				t.Fatalf("rows in another order give other entities (-sorted +drawn):\n%s", diff)
			}
		})
	})
}

func TestEntitiesOfARandomShopReadBackAndFollowTheirSchemas(t *testing.T) {
	schemas := fixture.Schemas(t)
	rapid.Check(t, func(rt *rapid.T) {
		eachState(rt, func(_ *randomRoot, all []canonical.Entity, _ bool) {
			for _, e := range all {
				value, err := json.Marshal(e)
				if err != nil {
					rt.Fatal(err)
				}
				back, err := canonical.Decode(e.ID().Kind(), value)
				if err != nil {
					rt.Fatal(err)
				}
				again, err := json.Marshal(back)
				if err != nil || !bytes.Equal(value, again) {
					rt.Fatalf("%s reads back as another (%v):\n%s\n%s", e.ID(), err, value, again)
				}
				fixture.Validate(t, schemas[e.ID().Kind()], string(e.ID()), value)
			}
		})
	})
}
