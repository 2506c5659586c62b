package e2e

import (
	"maps"
	"math/big"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/readers"
	"github.com/mage2sage/mage2sage/testenv/shop"
)

// statements is a block of SQL in a document.
var statements = regexp.MustCompile("(?s)```sql\n(.*?)```")

// TestTheRecipeForFlinkWorks runs that of docs/topics.md over a small day's business.
func TestTheRecipeForFlinkWorks(t *testing.T) {
	t.Parallel()
	readers.FlinkForTest(t)
	w := newWorld(t, options{shop: shop.Options{Seed: 19}})
	w.start()
	w.trade(plan(12))
	w.settled(3 * time.Minute)
	text, err := os.ReadFile("../../docs/topics.md")
	w.must(err)
	recipe := statements.FindStringSubmatch(string(text))
	if recipe == nil {
		t.Fatal("docs/topics.md has no SQL")
	}
	said := readers.RunFlink(t, strings.NewReplacer("mage2sage.canonical", w.pipe.Prefix+".canonical", "kafka1:9092", w.broker()).Replace(recipe[1]))
	totals := map[string]string{}
	for _, change := range readers.Columns(said) {
		if change[0] == "+I" || change[0] == "+U" { // the last of a currency stands
			totals[change[1]] = change[2] + " " + change[3]
		}
	}
	if want := w.totalsByCurrency(); len(want) == 0 || !maps.Equal(totals, want) {
		t.Errorf("the totals are %v, want %v, in\n%s", totals, want, said)
	}
}

// totalsByCurrency is the number of invoices and their total, by currency, of the newest state of each.
func (w *world) totalsByCurrency() map[string]string {
	w.t.Helper()
	newest := map[string]*canonical.Invoice{}
	w.eachEmission(canonical.KindInvoice, func(r topic.Record) {
		e, err := canonical.Decode(canonical.KindInvoice, r.Value)
		w.must(err)
		newest[string(r.Key)] = e.(*canonical.Invoice)
	})
	counts, sums, all := map[string]int64{}, map[string]*big.Rat{}, map[string]string{}
	for _, i := range newest {
		if i.Deleted {
			continue
		}
		amount, ok := new(big.Rat).SetString(i.GrandTotal.String())
		if !ok {
			w.t.Fatalf("the total of %s is %s", i.IncrementID, i.GrandTotal)
		}
		if sums[i.Currency] == nil {
			sums[i.Currency] = new(big.Rat)
		}
		sums[i.Currency].Add(sums[i.Currency], amount)
		counts[i.Currency]++
	}
	for currency, sum := range sums {
		all[currency] = big.NewInt(counts[currency]).String() + " " + sum.FloatString(4)
	}
	return all
}
