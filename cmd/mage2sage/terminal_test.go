package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

func TestOtherPeoplesTextIsShownAndNotObeyed(t *testing.T) {
	for in, want := range map[string]string{
		"\x1b[2J\x1b]0;owned\a": `\u001b[2J\u001b]0;owned\u0007`,
		"\u009b31m":             `\u009b31m`,
		"123\u202e321":          `123\u202e321`,
		"1\r2\b3\x7f":           `1\u000d2\u00083\u007f`,
		"Müller £ →\n\tx":       "Müller £ →\n\tx",
	} {
		t.Run(want, func(t *testing.T) {
			var out bytes.Buffer
			if err := output("table").print(&out, nil, func(w io.Writer) { _, _ = io.WriteString(w, in) }); err != nil || out.String() != want {
				t.Errorf("%q, %v; want %q", out.String(), err, want)
			}
		})
	}
}

func TestANumberOfMagentoCannotMakeALineOfItsOwn(t *testing.T) {
	var out bytes.Buffer
	printDocuments(&out, []view.Item{{Key: "invoice:1", Number: "1\ninvoice:2\t000000002\tposted", State: "parked", Reason: "tax_unmapped", Hint: "a\nb"}})
	if n := strings.Count(out.String(), "\n"); n != 2 || !strings.Contains(out.String(), `1\ninvoice:2\t000000002`) {
		t.Errorf("%d lines, want the head and one:\n%s", n, out.String())
	}
}

// hostile is a name, or a hint, that would write lines of its own, columns and colours.
const hostile = "a\nbinding    x: well\tb\v\f\r\x1b[2J\u009b31m\u202e\u2028\U000e0001"

func TestNoNameOrHintLeavesItsLineOrReachesTheTerminal(t *testing.T) {
	since := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	b := view.Binding{Name: hostile, Source: hostile, Business: hostile, BusinessName: hostile, BaseCurrency: hostile, State: hostile, Hint: hostile}
	trouble := health.Trouble{About: hostile, Problem: hostile, Hint: hostile, Since: since}
	s := report{
		Verdict: view.Verdict{State: view.PersonNeeded, Reasons: []string{hostile}},
		Pipeline: &view.Pipeline{
			Source: hostile, Position: &view.Position{GTID: hostile, File: hostile}, Snapshots: []view.Snapshot{{Domain: change.Sales, Table: hostile}},
			Lags: []view.Lag{{Stage: "sink", Topic: hostile}}, Stages: []view.Stage{{Stage: "sink", State: view.StageTroubled, Instance: hostile, Loop: hostile, Proved: since, Troubles: []health.Trouble{trouble}}},
		},
		Sink: &view.Books{Bindings: []view.BindingStatus{{Binding: b, Parked: map[string]int{hostile: 1}}}, SetAside: []postgres.SetAside{{Topic: hostile, Reason: hostile}}},
	}
	absent := report{PipelineError: hostile, SinkError: hostile}
	for name, c := range map[string]struct {
		lines int
		print func(io.Writer)
	}{
		"status":          {12, s.print},
		"status, unknown": {3, absent.print},
		"binding list":    {2, func(w io.Writer) { printBindings(w, []view.Binding{b}) }},
		"documents": {2, func(w io.Writer) {
			printDocuments(w, []view.Item{{Number: hostile, SageNumber: hostile, Reason: hostile, Hint: hostile}})
		}},
		"record list":      {2, func(w io.Writer) { printSetAside(w, []view.SetAside{{Topic: hostile, Reason: hostile}}) }},
		"sage accounts":    {2, func(w io.Writer) { printListed(w, []listed{{ID: hostile, Name: hostile}}) }},
		"source list":      {2, func(w io.Writer) { printSources(w, []postgres.FollowedPipeline{{Source: hostile, Prefix: hostile}}) }},
		"after a connect":  {2, func(w io.Writer) { printBinding(w, b) }},
		"an error pasted":  {1, func(w io.Writer) { linef(w, "%s\n", errors.New(hostile)) }},
		"a table, untamed": {2, func(w io.Writer) { table := newTable(w, "NAME"); table.row(hostile); table.Flush() }},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			c.print(&out)
			if n := strings.Count(out.String(), "\n"); n != c.lines {
				t.Errorf("%d lines, want %d:\n%s", n, c.lines, escape(out.String()))
			}
			if bad := strings.IndexFunc(out.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); bad >= 0 {
				t.Errorf("%q reaches the terminal", out.String()[bad:])
			}
		})
	}
}

func TestJSONForATerminalIsTheSameJSON(t *testing.T) {
	var out bytes.Buffer
	if err := output("json").print(&out, []string{hostile}, nil); err != nil {
		t.Fatal(err)
	}
	var back []string
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back[0] != hostile {
		t.Errorf("%q, %v; want %q", back, err, hostile)
	}
	if strings.ContainsFunc(out.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		t.Errorf("%q reaches the terminal", out.String())
	}
}
