package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/shop"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// TestOrdersOfADayEndInSagesBooks places orders before the stages start, so that
// the snapshot brings them, and while they run, so that the stream does.
func TestOrdersOfADayEndInSagesBooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{shop: shop.Options{Seed: 11}})
	w.trade(plan(20))
	w.start()
	w.settled(90 * time.Second) // the snapshot brought all: what follows is the log's
	w.trade(plan(20))
	report := w.settled(90 * time.Second)
	if len(report.Lines) < 5 {
		t.Errorf("compared %d kinds and currencies, want invoices, credit memos and customers in two", len(report.Lines))
	}
	for _, l := range report.Lines {
		t.Logf("%-10s %s  Magento %3d %10s  Sage %3d %10s  difference %s", l.Entity, l.Currency,
			l.MagentoCount, l.MagentoTotal.Fixed(2), l.SageCount, l.SageTotal.Fixed(2), l.Difference.Fixed(2))
	}
}

// TestOneProcessWithTheEmbeddedBrokerDoesTheSame is the demo's way, with its products and stock.
func TestOneProcessWithTheEmbeddedBrokerDoesTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{embedded: true, alsoCapture: "catalog", shop: shop.Options{Seed: 12}})
	w.start("run")
	w.trade(plan(15))
	w.settled(90 * time.Second)
	w.productsAgree(60*time.Second, 34)
	w.stockAgrees(60*time.Second, 31)
}

// TestAShopWithPricesThatIncludeTaxFoots has discounts on gross prices, whose
// hidden tax is a column of its own.
func TestAShopWithPricesThatIncludeTaxFoots(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{shop: shop.Options{Seed: 13, TaxInclusive: true}})
	w.start()
	w.trade(plan(20))
	w.settled(90 * time.Second)
}

// TestATablePrefixChangesNothing reads a shop whose tables have a prefix.
func TestATablePrefixChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{shop: shop.Options{Seed: 14, Prefix: "m2_"}})
	w.trade(plan(5))
	w.start()
	w.trade(plan(5))
	w.settled(90 * time.Second)
}

// TestNamesInAnotherCaseAreTheSameWhereTheServerSaysSo configures names as a person
// types them on a server that keeps all names in lower case.
func TestNamesInAnotherCaseAreTheSameWhereTheServerSaysSo(t *testing.T) {
	t.Parallel()
	folding := servers.SourceWithForTest(t, "--lower-case-table-names=1")
	w := newWorld(t, options{server: folding, shop: shop.Options{Seed: 16, Prefix: "m2_"}})
	w.edit("database: "+w.name, "database: "+strings.ToUpper(w.name))
	w.edit(`table_prefix: "m2_"`, `table_prefix: "M2_"`)
	w.trade(plan(5))
	w.start()
	w.settled(90 * time.Second) // the snapshot brought all: what follows is the log's
	w.trade(plan(5))
	w.settled(90 * time.Second)
}

// TestEverythingThatAShopDoesEndsInSageOrHasAReason does all that the shop can:
// open invoices that are paid or voided later, refunds with fees, cancelled
// orders, deleted customers. What is not in Sage must say why.
func TestEverythingThatAShopDoesEndsInSageOrHasAReason(t *testing.T) {
	t.Parallel()
	for name, inclusive := range map[string]bool{"net prices": false, "prices with tax": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, options{shop: shop.Options{Seed: 15, TaxInclusive: inclusive}})
			w.start()
			w.trade(shop.FullPlan(60))
			reasons := map[string]int{}
			for _, d := range w.decided(w.documentsInMagento(), 90*time.Second) {
				switch {
				case (d.State == "posted" || d.State == "open") && !d.Difference.IsZero():
					t.Errorf("%s is in Sage with a difference of %s", d.Key, d.Difference)
				case d.State != "posted" && (d.Reason == "" || d.Hint == "" && d.State == "parked"):
					t.Errorf("%s is %s without a reason or hint", d.Key, d.State)
				}
				reasons[d.State+" "+d.Reason]++
			}
			t.Logf("%v", reasons)
			w.ordersFoot(time.Minute)
			w.paymentsAgree(time.Minute)
		})
	}
}
