package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink"
	"github.com/mage2sage/mage2sage/sink/deliver"
	"github.com/mage2sage/mage2sage/sink/work"
)

// rebuilt is a report with a row of each kind.
func rebuilt() sink.RebuildReport {
	total, other := money.MustParse("30"), money.MustParse("31")
	there := work.Standing{Kind: work.CreateInvoice, SageID: "s1", Number: "SI-1", Reference: "000000001", Total: &total, Currency: "GBP", Date: "2026-01-31", Contact: "M5"}
	ours := there
	ours.SageID, ours.Number, ours.Total = "", "", &other
	return sink.RebuildReport{
		Binding: "shop-uk", InSage: map[work.OperationKind]int{work.CreateInvoice: 3}, Adopted: map[work.OperationKind]int{work.CreateInvoice: 1},
		ToMake: map[work.OperationKind]int{work.CreatePayment: 2},
		Rows: []sink.RebuildRow{
			{Outcome: deliver.Equal, Entity: "invoice:2", Operation: 8, InSage: []work.Standing{{Kind: work.CreateInvoice, SageID: "s2"}}},
			{Outcome: deliver.Different, Entity: "invoice:1", Operation: 7, InSage: []work.Standing{there}, InMagento: &ours, Differs: []string{"total_amount"}},
			{Outcome: "skipped", Why: "cancelled", InSage: []work.Standing{{Kind: work.CreateInvoice, SageID: "s3"}}},
		},
	}
}

func TestARebuildIsShownWithBothSides(t *testing.T) {
	for name, c := range map[string]struct {
		plan        bool
		have, never []string
	}{
		"done": {false, []string{"create_invoice  3        1        0", "create_payment  0        0        2", "different   invoice:1 total_amount\n",
			"sage      invoice SI-1 id s1 reference 000000001 date 2026-01-31 contact M5 total 30.00 GBP\n", "magento   invoice reference 000000001 date 2026-01-31 contact M5 total 31.00 GBP\n",
			"mage2sage operation settle 7 --as ID, or --not-in-sage"}, []string{"s2", "s3", "nothing was written", "settle 8"}},
		"planned": {true, []string{"adopted     invoice:2", "skipped     cancelled", "nothing was written"}, []string{"settle 8"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := rebuilt()
			r.Plan = c.plan
			var out bytes.Buffer
			printRebuild(&out, r)
			for _, part := range c.have {
				if !strings.Contains(out.String(), part) {
					t.Errorf("%q is not in\n%s", part, out.String())
				}
			}
			for _, part := range c.never {
				if strings.Contains(out.String(), part) {
					t.Errorf("%q is in\n%s", part, out.String())
				}
			}
			if r.ForAPerson() != 1 {
				t.Errorf("%d for a person, want one", r.ForAPerson())
			}
		})
	}
}

func TestARebuildRefusesFlagsThatMeanNothing(t *testing.T) {
	file := exitFile(t, "127.0.0.1:1", "postgres://x@127.0.0.1:1/x")
	for _, flags := range []string{"", "--binding b --close --plan", "--binding b --close --foreign", "--binding b --foreign-prefix X"} {
		line := append([]string{"--config", file, "xref", "rebuild"}, strings.Fields(flags)...)
		if code, said := exitOf(t, t.Context(), line...); code != exitMistake {
			t.Errorf("%q ends with %d: %s", flags, code, said)
		}
	}
}
