package main

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/capture"
	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/process"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// A report is what `status` prints. Each half can be absent with its reason: a
// status must say what it can when a server is down.
type report struct {
	Verdict view.Verdict `json:"verdict"`
	// Judged are the stages that all of this is about; none: all of them. Pipeline shows no
	// other, and Sink is null without an error where the sink is not among them.
	Judged        []string       `json:"judged"`
	Pipeline      *view.Pipeline `json:"pipeline"`
	PipelineError string         `json:"pipeline_error,omitempty"`
	Sink          *view.Books    `json:"sink"`
	SinkError     string         `json:"sink_error,omitempty"`
	// Process is what keeps the stages of this machine's process from their work, as that
	// process says itself; it is asked while the topics or Postgres do not answer.
	Process []string `json:"process,omitempty"`
	// Log is null when the source cannot be asked.
	Log *view.Retention `json:"log"`

	unnamed bool            // nobody has chosen the stages that are judged
	broker  *health.Trouble // why the pipeline is absent, where that is the broker
}

// A verdictError ends status with the verdict as exit code; the verdict was printed.
type verdictError struct{ view.Verdict }

func (e *verdictError) Error() string { return e.Verdict.String() }

func (r *root) status() *cobra.Command {
	var named *[]string
	var show *output
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say whether all is well, where each stage stands, what is in Sage, and what is parked and why",
		Long: "The first line is the verdict, and the exit code says the same: 0 well, 1 a person is needed,\n" +
			"2 cannot tell; 3 is a mistake in the command line or in the config file, as of every command.\n\n" +
			"All stages are judged where postgres.url is set. Where it is not, no sink can run by this config file: then capture\n" +
			"and transform are judged alone, and a line says so; mage2sage_verdict among the metrics does the same. With --for\n" +
			"those stages are judged that it names, and Postgres is asked where the sink is one of them.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := stagesFor(*named)
			if err != nil {
				return err
			}
			c, err := r.load()
			if err != nil {
				return err
			}
			unnamed := len(chosen) == 0
			if unnamed {
				chosen = judgedBy(c)
			}
			if need(chosen, config.Postgres) {
				if err := c.Need(config.Postgres); err != nil {
					return err
				}
			}
			s := gather(cmd.Context(), c, chosen)
			s.unnamed = unnamed
			s.askProcess(cmd.Context(), c)
			if err := show.print(cmd.OutOrStdout(), s, func(w io.Writer) { s.print(w) }); err != nil || s.Verdict.State == view.Well {
				return err
			}
			return &verdictError{s.Verdict}
		},
	}
	show = outputFlag(cmd)
	named = forFlag(cmd, "the stages that are judged (default: all; without postgres.url capture and transform)")
	return cmd
}

// judgedBy are the stages that a config file is about, where nobody names them: without Postgres
// those that need none, because no other can run by it.
func judgedBy(c config.Config) []stage {
	if c.Need(config.Postgres) == nil {
		return stages
	}
	return slices.DeleteFunc(slices.Clone(stages), func(s stage) bool { return slices.Contains(s.parts, config.Postgres) })
}

const (
	// answerWithin is how long a server may take to say that it is there: a person waits,
	// most often because something is away.
	answerWithin = 2 * time.Second
	// readWithin is how long all that it then has to say may take.
	readWithin = 20 * time.Second
)

// gather asks what a verdict on some stages needs: Postgres for the sink, the source for capture.
func gather(ctx context.Context, c config.Config, judged []stage) (s report) {
	s.Judged = namesOf(judged)
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	var both sync.WaitGroup // one that does not answer leaves the other its time
	both.Go(func() {
		if p, err := pipeline(ctx, c, s.Judged); err != nil {
			s.PipelineError, s.broker = oneLine(err), brokerTrouble(err)
		} else {
			s.Pipeline = &p
		}
	})
	both.Go(func() {
		if !need(judged, config.Postgres) {
			return
		}
		if b, err := books(ctx, c); err != nil {
			s.SinkError = oneLine(err)
		} else {
			s.Sink = &b
		}
	})
	both.Wait()
	if s.Pipeline != nil && need(judged, config.Source) {
		s.Log = retention(ctx, c, s.Pipeline.Checkpoint)
	}
	s.Verdict = view.Judge(s.facts(), time.Now())
	return s
}

// brokerTrouble is what is wrong with the broker, nil for an error about something else.
func brokerTrouble(err error) *health.Trouble {
	if problem, hint := topic.Trouble(err); hint != "" {
		return &health.Trouble{Problem: problem, Hint: hint}
	}
	return nil
}

// askProcess asks the process of this machine where a half is absent, for it knows since
// when, and where a stage is silent, for it may live and not be heard.
func (s *report) askProcess(ctx context.Context, c config.Config) {
	if s.Pipeline != nil && (s.Sink != nil || !s.judges(sinkStage)) && !s.Pipeline.Silent() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if reasons, err := process.Ask(ctx, readyAt(c)); err == nil && len(reasons) > 0 {
		s.Process = reasons
		s.Verdict = view.Judge(s.facts(), time.Now())
	}
}

func (s report) facts() view.Facts {
	return view.Facts{Judged: s.Judged, Pipeline: s.Pipeline, PipelineError: s.PipelineError, Broker: s.broker, Books: s.Sink, BooksError: s.SinkError, Retention: s.Log, Process: s.Process}
}

func (s report) judges(one stage) bool {
	return len(s.Judged) == 0 || slices.Contains(s.Judged, one.name)
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// retention asks the source how long it keeps its log. nil when it cannot be asked from
// here: capture says itself when the source does not answer.
func retention(ctx context.Context, c config.Config, at *change.Checkpoint) *view.Retention {
	if at == nil || c.Need(config.Source) != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	left, err := capture.AskRetention(ctx, c.Source, c.Names(), *at)
	if err != nil {
		return nil
	}
	r := view.RetentionOf(*at, left, time.Now())
	return &r
}

func pipeline(ctx context.Context, c config.Config, shown []string) (view.Pipeline, error) {
	topics, err := c.Kafka.Dial()
	if err != nil {
		return view.Pipeline{}, err
	}
	defer topics.Close()
	topics.LeaderPatience = answerWithin
	there, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	if err := topics.Ping(there); err != nil {
		return view.Pipeline{}, err
	}
	return view.ReadPipeline(ctx, topics, c.Names(), c.Source.Name, shown)
}

func books(ctx context.Context, c config.Config) (view.Books, error) {
	there, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	db, err := postgres.Open(there, c.Postgres)
	if err != nil {
		return view.Books{}, err
	}
	defer db.Close()
	b, err := view.ReadBooks(ctx, db)
	if err == nil {
		b.Calls, err = view.ReadCalls(ctx, db, c.Sage, b.Bindings)
	}
	b.NotTaken = view.NotTaken(b.Sources, c.Source.Name, c.Names().Prefix)
	return b, err
}
