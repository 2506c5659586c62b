package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// A report is what `status` prints. Each half can be absent with its reason: a
// status must say what it can when a server is down.
type report struct {
	Pipeline      *view.Pipeline `json:"pipeline"`
	PipelineError string         `json:"pipeline_error,omitempty"`
	Sink          *view.Books    `json:"sink"`
	SinkError     string         `json:"sink_error,omitempty"`
}

func (r *root) status() *cobra.Command {
	var show *output
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say where each stage stands, what is in Sage, and what is parked and why",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.load(config.Postgres)
			if err != nil {
				return err
			}
			s := gather(cmd.Context(), c)
			return show.print(cmd.OutOrStdout(), s, func(w io.Writer) { s.print(w) })
		},
	}
	show = outputFlag(cmd)
	return cmd
}

func gather(ctx context.Context, c config.Config) (s report) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if p, err := pipeline(ctx, c); err != nil {
		s.PipelineError = err.Error()
	} else {
		s.Pipeline = &p
	}
	if b, err := books(ctx, c); err != nil {
		s.SinkError = err.Error()
	} else {
		s.Sink = &b
	}
	return s
}

func pipeline(ctx context.Context, c config.Config) (view.Pipeline, error) {
	topics, err := c.Kafka.Dial()
	if err != nil {
		return view.Pipeline{}, err
	}
	defer topics.Close()
	return view.ReadPipeline(ctx, topics, c.Names(), c.Source.Name)
}

func books(ctx context.Context, c config.Config) (view.Books, error) {
	db, err := postgres.Open(ctx, c.Postgres)
	if err != nil {
		return view.Books{}, err
	}
	defer db.Close()
	return view.ReadBooks(ctx, db)
}

func (s report) print(w io.Writer) {
	if s.Pipeline == nil {
		fmt.Fprintf(w, "pipeline   unknown: %s\n", s.PipelineError)
	} else {
		printPipeline(w, *s.Pipeline)
	}
	if s.Sink == nil {
		fmt.Fprintf(w, "sage       unknown: %s\n", s.SinkError)
		return
	}
	for _, b := range s.Sink.Bindings {
		printBindingStatus(w, b)
	}
	if n := len(s.Sink.SetAside); n > 0 {
		first := s.Sink.SetAside[0]
		fmt.Fprintf(w, "set aside  %d records, the first at %s/%d@%d: %s: see mage2sage record list\n", n, first.Topic, first.Partition, first.Offset, first.Reason)
	}
	if s.Sink.InDoubt > 0 {
		fmt.Fprintf(w, "in doubt   %d calls without an answer; they go again under the same id\n", s.Sink.InDoubt)
	}
}

func printPipeline(w io.Writer, p view.Pipeline) {
	if p.Position == nil {
		fmt.Fprintf(w, "capture    source %s: nothing captured yet\n", p.Source)
		return
	}
	at := p.Position
	fmt.Fprintf(w, "capture    source %s at %s:%d (%s), version %s, last transaction %s\n",
		p.Source, at.File, at.Pos, at.GTID, at.Version, at.Time.Format(time.RFC3339))
	for _, snap := range p.Snapshots {
		state := "done"
		if !snap.Done {
			state = "at " + snap.Table
			if snap.Table == "" {
				state = "not begun"
			}
		}
		fmt.Fprintf(w, "snapshot   %-10s %s, %d rows\n", snap.Domain, state, snap.Rows)
	}
	for _, l := range p.Lags {
		fmt.Fprintf(w, "%-10s %s: %d records behind\n", l.Stage, l.Topic, l.Records)
	}
}

func printBindingStatus(w io.Writer, b view.BindingStatus) {
	fmt.Fprintf(w, "binding    %s: %s → %s %s, %s\n", b.Name, b.Source, b.BusinessName, b.BaseCurrency, b.State)
	if b.Hint != "" {
		fmt.Fprintf(w, "           %s\n", b.Hint)
	}
	fmt.Fprintf(w, "documents  %d posted (%d paid, %d unpaid), %d planned, %d waiting, %d parked, %d skipped\n",
		b.Documents["posted"], b.Paid, b.Unpaid, b.Documents["planned"], b.Documents["waiting"], b.Documents["parked"], b.Documents["skipped"])
	for _, group := range []struct {
		name   string
		counts map[string]int
	}{{"parked", b.Parked}, {"waiting", b.Waiting}, {"skipped", b.Skipped}} {
		for _, reason := range slices.Sorted(maps.Keys(group.counts)) {
			fmt.Fprintf(w, "  %-8s %s: %d\n", group.name, reason, group.counts[reason])
		}
	}
}
