package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/capture"
	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/finding"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
	"github.com/mage2sage/mage2sage/transform"
)

// doctor looks at everything that a process needs around it and changes nothing; it may
// be asked before the first start and while stages run.
func (r *root) doctor() *cobra.Command {
	var named *[]string
	var strictly bool
	var show *output
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look at the database server, the Kafka cluster and the sealed tokens, and say what to type where something is missing", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := stagesFor(*named)
			if err != nil {
				return err
			}
			c, err := r.load(examined(chosen)...)
			if err != nil {
				return err
			}
			all := diagnose(cmd.Context(), c, chosen)
			if err := show.print(cmd.OutOrStdout(), all, all.table); err != nil {
				return err
			}
			return all.verdict(strictly)
		},
	}
	show = outputFlag(cmd)
	named = forFlag(cmd, "the stages whose surroundings are looked at", "run")
	cmd.Flags().BoolVar(&strictly, "strict", false, "end with exit code 1 for a warning, too")
	return cmd
}

// examined are the parts of the config file that lead to what is looked at. What else a
// stage needs may be missing yet.
func examined(stages []stage) (all []config.Part) {
	for _, s := range stages {
		if s.name == captureStage.name {
			all = append(all, config.Source)
		}
	}
	return all
}

// A diagnosis is a finding with the part of the surroundings in which it was made.
type diagnosis struct {
	Part  string        `json:"part"` // source, broker, registry or sage
	State finding.State `json:"state"`
	finding.Finding
}

type diagnoses []diagnosis

func (all diagnoses) with(part string, list finding.List) diagnoses {
	for _, f := range list {
		all = append(all, diagnosis{part, f.State(), f})
	}
	return all
}

// diagnose looks at the source where capture runs, at the broker, at the schema registry
// where transform runs, and at Sage's tokens where the sink does.
func diagnose(ctx context.Context, c config.Config, stages []stage) (all diagnoses) {
	broker, at := examineBroker(ctx, c, stages)
	if len(examined(stages)) > 0 {
		all = all.with("source", capture.Preflight(ctx, c.Source, c.Names()))
		if at != nil {
			all = all.with("source", whatIsLeft(retention(ctx, c, at)))
		}
	}
	return all.with("broker", broker).with("registry", examineRegistry(ctx, c, stages)).with("sage", examineTokens(ctx, c, stages))
}

// examineRegistry looks at the schema registry where there is one, and transform runs.
func examineRegistry(ctx context.Context, c config.Config, stages []stage) finding.List {
	runs := slices.ContainsFunc(stages, func(s stage) bool { return s.name == transformStage.name })
	if !runs || c.Kafka.SchemaRegistry.URL == "" {
		return nil
	}
	schemas, err := c.Kafka.SchemaRegistry.Dial()
	if err != nil {
		return finding.List{{Check: "reachable", Problem: err.Error()}}
	}
	return schemas.Examine(ctx, transform.Subjects(c.Names()))
}

// whatIsLeft judges how far capture is from losing its place in the log. nil is not known,
// and preflight has said why.
func whatIsLeft(r *view.Retention) finding.List {
	if r == nil {
		return nil
	}
	f := finding.Finding{Check: "log that is left"}
	if problems := r.Problems(); len(problems) > 0 {
		f.Problem, f.Hint, _ = strings.Cut(problems[0], ": ")
	}
	return finding.List{f}
}

// examineBroker looks at the cluster, with the numbers of partitions that the source is
// pinned to, where it is: at is what capture has saved last, nil where that is not known.
func examineBroker(ctx context.Context, c config.Config, stages []stage) (list finding.List, at *change.Checkpoint) {
	startsIt := c.Kafka.IsEmbedded() && areAll(stages) // run brings its broker with it
	topics, err := c.Kafka.Dial()
	if err != nil {
		return finding.List{{Check: "reachable", Problem: err.Error(), Warning: startsIt && errors.Is(err, embedded.ErrNone)}}, nil
	}
	defer topics.Close()
	if err := topics.Ping(ctx); err != nil {
		problem, hint := topic.Trouble(err)
		return finding.List{{Check: "reachable", Problem: problem, Hint: hint, Warning: startsIt}}, nil
	}
	saved, known, err := topic.ReadCheckpoint(ctx, topics, c.Names(), c.Source.Name)
	if err != nil || !known {
		return topics.Examine(ctx, needsOf(c, c.Kafka.Partitions, stages)), nil
	}
	pinned := saved.Partitions[change.Sales]
	return append(topics.Examine(ctx, needsOf(c, pinned, stages)), pinnedTo(pinned, c.Kafka.Partitions)), &saved
}

// pinnedTo compares the configured number of partitions with that of the first start.
func pinnedTo(first, configured int) finding.Finding {
	f := finding.Finding{Check: "kafka.partitions"}
	if first != configured {
		f.Problem, f.Hint = fmt.Sprintf("kafka.partitions is %d, and the source is pinned to %d", configured, first), fmt.Sprintf("set kafka.partitions to %d", first)
	}
	return f
}

// count returns how many there are of each state.
func (all diagnoses) count() map[finding.State]int {
	n := map[finding.State]int{}
	for _, d := range all {
		n[d.State]++
	}
	return n
}

func (all diagnoses) table(w io.Writer) {
	for _, d := range all {
		text := d.Check
		switch {
		case d.OK() && d.Seen != "":
			text += " (" + d.Seen + ")"
		case !d.OK():
			text += ": " + d.Problem
			if d.Hint != "" {
				text += ": " + d.Hint
			}
		}
		linef(w, "%s  %s  %s\n", d.State, d.Part, text)
	}
	n := all.count()
	linef(w, "%d pass, %d warn, %d fail\n", n[finding.Pass], n[finding.Warn], n[finding.Fail])
}

// verdict is an error where a person is needed: for faults, and for warnings where they
// count as such.
func (all diagnoses) verdict(strictly bool) error {
	switch n := all.count(); {
	case n[finding.Fail] > 0:
		return fmt.Errorf("doctor: %d of %d checks found a fault", n[finding.Fail], len(all))
	case strictly && n[finding.Warn] > 0:
		return fmt.Errorf("doctor: %d of %d checks found what could be better", n[finding.Warn], len(all))
	}
	return nil
}
