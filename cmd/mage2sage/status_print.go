package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/sink/work"
)

func (s report) print(w io.Writer) {
	linef(w, "%s\n", s.Verdict)
	s.printJudged(w)
	if s.Pipeline == nil {
		linef(w, "pipeline   unknown: %s\n", s.PipelineError)
	} else {
		printPipeline(w, *s.Pipeline)
		if s.judges(captureStage) {
			printRetention(w, s.Log)
		}
	}
	if !s.judges(sinkStage) {
		return
	}
	if s.Sink == nil {
		linef(w, "sage       unknown: %s\n", s.SinkError)
		return
	}
	for _, b := range s.Sink.Bindings {
		printBindingStatus(w, b)
	}
	if n := len(s.Sink.SetAside); n > 0 {
		first := s.Sink.SetAside[0]
		linef(w, "set aside  %d records, the first at %s/%d@%d: %s: see mage2sage record list\n", n, first.Topic, first.Partition, first.Offset, first.Reason)
	}
	if s.Sink.OldestUnposted != nil {
		linef(w, "oldest     unposted since %s\n", s.Sink.OldestUnposted.Format(time.RFC3339))
	}
	if s.Sink.ToPlan > 0 {
		linef(w, "to plan    entities that were read and are not planned yet: %d; documents go first\n", s.Sink.ToPlan)
	}
	printCalls(w, s.Sink.Calls)
	for _, h := range s.Sink.Holds {
		linef(w, "held       %s\n", view.HeldLine(h))
	}
	if s.Sink.InDoubt > 0 {
		linef(w, "in doubt   calls whose answer was lost: %d; each is looked up at Sage before it goes again\n", s.Sink.InDoubt)
	}
}

// printCalls prints how fast Sage is called.
func printCalls(w io.Writer, c *view.Calls) {
	if c == nil {
		return
	}
	linef(w, "calls      of the app: %s\n", c)
	for _, l := range c.Bindings {
		linef(w, "           to the business of %s: %s; %d made today\n", l.Binding, l, l.Made)
	}
}

// printJudged names the stages that the verdict is about, where these are not all.
func (s report) printJudged(w io.Writer) {
	switch {
	case len(s.Judged) == 0 || len(s.Judged) == len(stages):
	case s.unnamed:
		linef(w, "judged     %s, because postgres.url is empty: no sink runs without it\n", alone(s.Judged))
	default:
		linef(w, "judged     %s\n", alone(s.Judged))
	}
}

func printPipeline(w io.Writer, p view.Pipeline) {
	for _, s := range p.Stages {
		printStage(w, s)
	}
	if p.Position == nil {
		linef(w, "capture    source %s: nothing captured yet\n", p.Source)
		return
	}
	at := p.Position
	linef(w, "capture    source %s at %s:%d (%s), version %s, last transaction %s\n",
		p.Source, at.File, at.Pos, at.GTID, at.Version, at.Time.Format(time.RFC3339))
	for _, snap := range p.Snapshots {
		linef(w, "snapshot   %-10s %s, %d rows\n", cmp.Or(snap.Table, string(snap.Domain)), stateOf(snap), snap.Rows)
	}
	for _, r := range p.Requests {
		linef(w, "snapshot   of %s was asked for at %s: %d rows read\n", r.Of, r.At.Format(time.RFC3339), r.Read)
	}
	for _, l := range p.Lags {
		behind := "unknown how many"
		if l.Records != nil {
			behind = fmt.Sprint(*l.Records)
		}
		linef(w, "%-10s %s: %s records behind\n", l.Stage, l.Topic, behind)
	}
}

// stateOf is how far a snapshot is: "at sales_order: 120000 of about 300000 rows read, 90000
// a second, 2s left".
func stateOf(s view.Snapshot) string {
	switch {
	case s.Done:
		return "done"
	case !s.Begun:
		return "not begun"
	}
	text := fmt.Sprintf("at %s: %d of about %d rows read, %d a second", cmp.Or(strings.Join(s.Tables, ", "), "its beginning"), s.Read, s.Expected, s.RowsPerSecond)
	if s.SecondsLeft != nil {
		text += fmt.Sprintf(", %s left", time.Duration(*s.SecondsLeft)*time.Second)
	}
	return text
}

// printStage prints how a stage is: since when it runs, how old its last proof of life
// is, and each of its troubles.
func printStage(w io.Writer, s view.Stage) {
	linef(w, "%-10s %s", s.Stage, s.State)
	if s.Instance != "" {
		linef(w, " as %s since %s", s.Instance, s.Started.Format(time.RFC3339))
	}
	if !s.Proved.IsZero() {
		linef(w, ", last proof of life %s ago (%s)", time.Since(s.Proved).Round(time.Second), s.Loop)
	}
	linef(w, "\n")
	for _, t := range s.Troubles {
		linef(w, "           %s\n", t)
	}
}

func printRetention(w io.Writer, r *view.Retention) {
	switch {
	case r == nil:
		linef(w, "log        unknown: the source cannot be asked from here\n")
	case r.Purged:
		linef(w, "log        %d s behind, and what follows is purged\n", r.BehindSeconds)
	case r.PurgeSeconds == nil:
		linef(w, "log        %d s behind, nothing unread can be purged\n", r.BehindSeconds)
	default:
		linef(w, "log        %d s behind, purged in %s at the soonest\n", r.BehindSeconds, time.Duration(*r.PurgeSeconds)*time.Second)
	}
}

func printBindingStatus(w io.Writer, b view.BindingStatus) {
	linef(w, "binding    %s: %s → %s, %s\n", b.Name, b.Source, businessOf(b.Binding), b.State)
	if b.Hint != "" {
		linef(w, "           %s\n", b.Hint)
	}
	if closed := b.WhyClosed(); closed != "" {
		linef(w, "           %s\n", closed)
	}
	linef(w, "documents  %d posted (%d paid, %d unpaid), %d open, %d planned, %d waiting, %d parked, %d skipped\n",
		b.Documents["posted"], b.Paid, b.Unpaid, b.Documents["open"], b.Documents["planned"], b.Documents["waiting"], b.Documents["parked"], b.Documents["skipped"])
	if b.Duplicates > 0 {
		linef(w, "twice      %s: see mage2sage duplicates\n", work.TwiceInSage(b.Duplicates))
	}
	for _, group := range []struct {
		name   string
		counts map[string]int
	}{{"parked", b.Parked}, {"open", b.Open}, {"waiting", b.Waiting}, {"skipped", b.Skipped}} {
		for _, reason := range slices.Sorted(maps.Keys(group.counts)) {
			linef(w, "  %-8s %s: %d\n", group.name, reason, group.counts[reason])
		}
	}
}
