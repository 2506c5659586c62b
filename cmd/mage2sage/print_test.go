package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/cmd/internal/config/strict"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/schemas/change"
)

func TestExitCodesTellScriptsWhatKindOfFailureItWas(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"a failure":                    {errors.New("postgres does not answer"), exitPerson},
		"a command line":               {&usageError{errors.New("unknown flag")}, exitMistake},
		"a config file":                {fmt.Errorf("load: %w", &strict.Error{File: "f.yaml", Text: "unknown key"}), exitMistake},
		"a command line inside others": {fmt.Errorf("status: %w", &usageError{errors.New("--output")}), exitMistake},
	} {
		t.Run(name, func(t *testing.T) {
			if got := exitCode(c.err); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
		})
	}
}

func TestAMistakeInTheCommandLineIsAUsageError(t *testing.T) {
	for _, line := range []string{"bindng", "binding lst", "binding show", "status extra", "connect", "documents --limt 3", "documents --limit -1", "documents --state bogus", "version -o xml"} {
		t.Run(line, func(t *testing.T) {
			root := newRoot()
			root.SetOut(io.Discard)
			root.SetArgs(strings.Fields(line))
			if err := root.ExecuteContext(t.Context()); err == nil || exitCode(err) != exitMistake {
				t.Errorf("%v, want a usage error", err)
			}
		})
	}
}

func TestAnOutputIsATableOrJSONAndNothingElse(t *testing.T) {
	data := map[string]int{"posted": 3}
	for name, c := range map[string]struct {
		output output
		want   string
		usage  bool
	}{
		"json":             {"json", "{\n  \"posted\": 3\n}\n", false},
		"a table":          {"table", "3 posted\n", false},
		"a misspelt one":   {"jsn", "", true},
		"none is no table": {"", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := c.output.print(&out, data, func(w io.Writer) { fmt.Fprintln(w, "3 posted") })
			if out.String() != c.want || (err != nil) != c.usage {
				t.Errorf("wrote %q, %v; want %q", out.String(), err, c.want)
			}
			if c.usage && exitCode(err) != exitMistake {
				t.Errorf("exit code %d, want %d", exitCode(err), exitMistake)
			}
		})
	}
}

// printed is what a report looks like to a person.
func printed(r report) string {
	var out bytes.Buffer
	r.print(&out)
	return out.String()
}

func TestAStatusSaysWhatItCanWhenHalfOfItIsUnknown(t *testing.T) {
	got := printed(report{Verdict: view.Verdict{State: view.CannotTell, Reasons: []string{"kafka: no broker answers"}}, PipelineError: "kafka: no broker answers", SinkError: "postgres does not answer"})
	want := "cannot tell: kafka: no broker answers\npipeline   unknown: kafka: no broker answers\nsage       unknown: postgres does not answer\n"
	if got != want {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
}

func TestAStatusTellsPositionSnapshotsAndLags(t *testing.T) {
	p := view.Pipeline{Source: "shop"}
	books := view.Books{}
	if got := printed(report{Pipeline: &p, Sink: &books}); got != "well\ncapture    source shop: nothing captured yet\nlog        unknown: the source cannot be asked from here\n" {
		t.Errorf("before the first position: %q", got)
	}
	p.Position = &view.Position{
		GTID: "0-1-77", File: "bin.000002", Pos: 4711, Version: change.Version{Epoch: 1764028800000, Sequence: 17},
		Time: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
	}
	six := int64(6)
	p.Snapshots = []view.Snapshot{{Domain: change.Sales, Begun: true, Tables: []string{"sales_order"}, Rows: 9, Read: 10, Expected: 40, RowsPerSecond: 5, SecondsLeft: &six}, {Domain: change.Customer, Begun: true, Done: true, Rows: 3}, {Domain: change.Catalog}}
	five, purge := int64(5), int64(7200)
	p.Requests = []view.Request{{ID: "r", Of: "sales_order 1..9", At: p.Position.Time, Read: 3}}
	p.Lags = []view.Lag{{Stage: "transform", Topic: "mage2sage.sales", Records: &five}, {Stage: "sink", Topic: "mage2sage.canonical.invoice"}}
	p.Stages = []view.Stage{{Stage: "sink", State: view.StageAbsent}}
	want := `well
sink       not running
capture    source shop at bin.000002:4711 (0-1-77), version 1764028800000.17, last transaction 2026-01-31T12:00:00Z
snapshot   sales      at sales_order: 10 of about 40 rows read, 5 a second, 6s left, 9 rows
snapshot   customer   done, 3 rows
snapshot   catalog    not begun, 0 rows
snapshot   of sales_order 1..9 was asked for at 2026-01-31T12:00:00Z: 3 rows read
transform  mage2sage.sales: 5 records behind
sink       mage2sage.canonical.invoice: unknown how many records behind
log        3 s behind, purged in 2h0m0s at the soonest
`
	if got := printed(report{Pipeline: &p, Sink: &books, Log: &view.Retention{BehindSeconds: 3, PurgeSeconds: &purge}}); got != want {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
}

func TestAStatusCountsTheBooksByStateAndReason(t *testing.T) {
	books := view.Books{InDoubt: 2, Bindings: []view.BindingStatus{{
		Binding:   view.Binding{Name: "shop-uk", Source: "shop", BusinessName: "Shop Ltd", BaseCurrency: "GBP", State: "forbidden", Hint: "give the user Full Access"},
		Documents: map[string]int{"posted": 7, "parked": 3, "waiting": 1}, Paid: 5, Unpaid: 2,
		Parked: map[string]int{"tax_unmapped": 2, "date_unreadable": 1}, Waiting: map[string]int{"waiting_for_payment": 1},
	}}}
	want := `binding    shop-uk: shop → Shop Ltd GBP, forbidden
           give the user Full Access
documents  7 posted (5 paid, 2 unpaid), 0 open, 0 planned, 1 waiting, 3 parked, 0 skipped
  parked   date_unreadable: 1
  parked   tax_unmapped: 2
  waiting  waiting_for_payment: 1
in doubt   calls whose answer was lost: 2; each is looked up at Sage before it goes again
`
	if got := printed(report{Pipeline: &view.Pipeline{Source: "shop"}, Sink: &books}); !strings.HasSuffix(got, want) {
		t.Errorf("printed\n%s\nwant at its end\n%s", got, want)
	}
}

func TestAStatusSaysThatABindingHasNoBusinessYet(t *testing.T) {
	books := view.Books{Bindings: []view.BindingStatus{{Binding: view.Binding{Name: "shop-uk", Source: "shop", State: "new"}}}}
	want := "binding    shop-uk: shop → no business yet, new\n"
	if got := printed(report{Sink: &books}); !strings.Contains(got, want) {
		t.Errorf("printed\n%s\nwant\n%s", got, want)
	}
}

func TestDocumentsAreListedWithBothTotalsAndTheReason(t *testing.T) {
	var out bytes.Buffer
	printDocuments(&out, []view.Item{
		{Key: "invoice:12", Number: "000000012", State: "posted", Payment: "paid", Currency: "GBP", MagentoTotal: "30.00", SageTotal: "30.00", Difference: "0.00", SageNumber: "SI-7"},
		{Key: "creditmemo:3", Number: "000000003", State: "parked", Currency: "EUR", MagentoTotal: "5.00", Reason: "tax_unmapped", Hint: `add "8.25" to tax_rate_map`},
		{Key: "invoice:13", Number: "000000013", State: "skipped", Reason: "cancelled"},
	})
	lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
	for i, want := range []string{
		"DOCUMENT NUMBER STATE PAYMENT CURRENCY MAGENTO SAGE DIFFERENCE SAGE NUMBER REASON",
		"invoice:12 000000012 posted paid GBP 30.00 30.00 0.00 SI-7",
		`creditmemo:3 000000003 parked EUR 5.00 tax_unmapped: add "8.25" to tax_rate_map`,
		"invoice:13 000000013 skipped cancelled",
	} {
		if got := strings.Join(strings.Fields(lines[i]), " "); got != want {
			t.Errorf("line %d is %q, want %q", i+1, got, want)
		}
	}
}

func TestABindingIsOneLineAndWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		bindings []view.Binding
		want     string
	}{
		"none": {nil, "no bindings: mage2sage binding import FILE\n"},
		"one without a business": {
			[]view.Binding{{Name: "uk", Source: "shop", State: "new", Hint: "run mage2sage connect --binding uk", PolicyVersion: 1}},
			"binding uk: source shop → no business yet, new, policy version 1\n  run mage2sage connect --binding uk\n",
		},
		"one that works": {
			[]view.Binding{{Name: "uk", Source: "shop", BusinessName: "Shop Ltd", BaseCurrency: "GBP", State: "connected", PolicyVersion: 4}},
			"binding uk: source shop → Shop Ltd GBP, connected, policy version 4\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			printBindings(&out, c.bindings)
			if out.String() != c.want {
				t.Errorf("printed %q, want %q", out.String(), c.want)
			}
		})
	}
}
