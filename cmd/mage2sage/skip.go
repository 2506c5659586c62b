package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// transformSkip is for records that transform has set aside, or that keep it from running.
func (r *root) transformSkip() *cobra.Command {
	var place, note string
	var list bool
	var show *output
	cmd := &cobra.Command{
		Use: "skip (--at TOPIC/PARTITION@OFFSET --note WHY | --list)", Short: "Have transform pass over a record for good", Args: cobra.NoArgs,
		Long: "Transform looks at the record no more, now and when it reads the topic again, and what it would have changed stays as it\n" +
			"was until its row changes again. The decision stands in the topic of positions, with who took it, when and why; --list\n" +
			"shows all of them. A record that transform has not set aside is refused while transform runs.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := topic.ParseCoordinates(place)
			if err != nil && !list {
				return &usageError{fmt.Errorf("--at %w", err)}
			}
			c, err := r.load()
			if err != nil {
				return err
			}
			if !list && !transformReads(c.Names(), at.Topic) {
				return &usageError{fmt.Errorf("--at %s: that is no topic that transform reads under the prefix %s: write it as mage2sage record list prints it", at, c.Prefix)}
			}
			topics, err := reach(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer topics.Close()
			s := &skipping{c, topics, at, note}
			if list {
				return s.list(cmd.Context(), cmd.OutOrStdout(), show)
			}
			return s.skip(cmd.Context(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&place, "at", "", "the record, such as mage2sage.sales/3@17")
	cmd.Flags().StringVar(&note, "note", "", "why, for those who read it later")
	cmd.Flags().BoolVar(&list, "list", false, "list what was decided")
	show = outputFlag(cmd)
	cmd.MarkFlagsOneRequired("at", "list")
	cmd.MarkFlagsMutuallyExclusive("at", "list")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if !list && strings.TrimSpace(note) == "" {
			return &usageError{errors.New(`"note" not set: say why, for those who read it later`)}
		}
		return nil
	}
	return cmd
}

// transformReads reports whether a topic is one of which transform sets records aside.
func transformReads(names topic.Names, name string) bool {
	for _, d := range []change.Domain{change.Reference, change.Customer, change.Sales, change.Catalog} {
		if name == names.Raw(d) {
			return true
		}
	}
	return slices.ContainsFunc(canonical.Kinds(), func(info canonical.KindInfo) bool { return name == names.Canonical(string(info.Kind)) })
}

// A skipping is one run of the command.
type skipping struct {
	config config.Config
	topics *topic.Client
	at     topic.Coordinates
	note   string
}

func (s *skipping) read(ctx context.Context) (topic.SourceState, error) {
	return s.topics.ReadSourceState(ctx, s.config.Names(), s.config.Source.Name)
}

// skip writes the decision down, and waits until transform keeps to it.
func (s *skipping) skip(ctx context.Context, out io.Writer) error {
	state, err := s.read(ctx)
	if err != nil {
		return err
	}
	if !state.Known || state.Pipeline == "" {
		return fmt.Errorf("nothing was captured of source %s yet, so that transform reads no record of it: see source.name and prefix in the config file", s.config.Source.Name)
	}
	if before, known := state.Orders.Skips[s.at]; known {
		return s.decided(before)
	}
	runs := view.Runs("transform", state.Heartbeats)
	reason, err := s.reason(ctx, runs)
	if err != nil {
		return err
	}
	own := change.Skip{AtMS: time.Now().UnixMilli(), By: whoami(), Note: s.note, Reason: reason}
	if err := s.decide(ctx, state.Pipeline, own); err != nil {
		return err
	}
	if !runs {
		linef(out, "decided: transform does not run now, and passes over the record when it does\n")
		return nil
	}
	return s.await(ctx, out)
}

// decided says who has decided it already.
func (s *skipping) decided(by change.Skip) error {
	return fmt.Errorf("%s is passed over since %s, by %s: %s", s.at, time.UnixMilli(by.AtMS).UTC().Format(time.RFC3339), by.By, by.Note)
}

// decide writes a decision down, unless somebody else has done so at the same moment: the first one
// stands. It is written once more behind this one then, because compaction keeps the last.
func (s *skipping) decide(ctx context.Context, pipeline string, own change.Skip) error {
	if err := s.write(ctx, pipeline, own); err != nil {
		return err
	}
	state, err := s.read(ctx)
	if err != nil {
		return err
	}
	first, known := state.Orders.Skips[s.at]
	if !known || first == own {
		return nil
	}
	return errors.Join(s.decided(first), s.write(ctx, pipeline, first))
}

func (s *skipping) write(ctx context.Context, pipeline string, decision change.Skip) error {
	record, err := topic.SkipRecord(s.config.Source.Name, s.at, decision)
	if err != nil {
		return err
	}
	records := []topic.Record{record}
	topic.Stamp(records, pipeline)
	if _, err := s.topics.Produce(ctx, s.config.Names().Offsets(), 0, records); err != nil {
		return fmt.Errorf("pass over %s: %w", s.at, err)
	}
	return nil
}

// reason is why the record is set aside. A record that is not is refused where transform runs,
// because it is one whose change was taken; and so is one that is not there.
func (s *skipping) reason(ctx context.Context, runs bool) (string, error) {
	all, err := s.aside(ctx)
	if err != nil {
		return "", err
	}
	for _, r := range all {
		if r.Offset == s.at.Offset {
			return r.Reason, nil
		}
	}
	if runs && len(all) < health.ListedRecords {
		return "", fmt.Errorf("%s is not set aside by transform: see mage2sage record list", s.at)
	}
	count, err := s.topics.PartitionCount(ctx, s.at.Topic)
	if err != nil {
		return "", err
	}
	if s.at.Partition >= count {
		return "", fmt.Errorf("%s has %d partitions, counted from 0: see mage2sage record list", s.at.Topic, count)
	}
	starts, ends, err := s.topics.Ranges(ctx, s.at.Topic, count)
	if err != nil {
		return "", err
	}
	if from, to := starts[s.at.Partition], ends[s.at.Partition]; s.at.Offset < from || s.at.Offset >= to {
		return "", fmt.Errorf("%s/%d has the offsets from %d to before %d: see mage2sage record list", s.at.Topic, s.at.Partition, from, to)
	}
	return "", nil
}

// aside is what transform says it has set aside of the record's partition.
func (s *skipping) aside(ctx context.Context) (all []view.SetAside, err error) {
	all, err = view.SetAsideByOthers(ctx, s.topics, s.config.Names(), s.config.Source.Name)
	return slices.DeleteFunc(all, func(r view.SetAside) bool {
		return r.Stage != "transform" || r.Topic != s.at.Topic || r.Partition != s.at.Partition
	}), err
}

// skipWithin is how long the command waits: transform looks each second, and says each five how it is.
const skipWithin = 20 * time.Second

// await waits until transform does not name the record any more.
func (s *skipping) await(ctx context.Context, out io.Writer) error {
	for end := time.Now().Add(skipWithin); ; {
		all, err := s.aside(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(r view.SetAside) bool { return r.Offset == s.at.Offset }) {
			linef(out, "skipped\n")
			return nil
		}
		if time.Now().After(end) {
			linef(out, "decided: transform has not said yet that it passes over the record; see mage2sage record list\n")
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(replayPoll):
		}
	}
}

// A skipped is a decision as it is shown.
type skipped struct {
	Topic     string    `json:"topic"`
	Partition int       `json:"partition"`
	Offset    int64     `json:"offset"`
	At        time.Time `json:"at"`
	By        string    `json:"by"`
	Note      string    `json:"note"`
	Reason    string    `json:"reason,omitempty"` // why it had been set aside
}

// list shows what was decided, the oldest first.
func (s *skipping) list(ctx context.Context, out io.Writer, show *output) error {
	state, err := s.read(ctx)
	if err != nil {
		return err
	}
	all := []skipped{}
	for at, d := range state.Orders.Skips {
		all = append(all, skipped{at.Topic, at.Partition, at.Offset, time.UnixMilli(d.AtMS).UTC(), d.By, d.Note, d.Reason})
	}
	slices.SortFunc(all, func(a, b skipped) int { return a.At.Compare(b.At) })
	return show.print(out, all, func(w io.Writer) {
		t := newTable(w, "TOPIC", "PARTITION", "OFFSET", "DECIDED", "BY", "NOTE", "REASON")
		for _, d := range all {
			t.row(d.Topic, d.Partition, d.Offset, d.At.Format(time.RFC3339), d.By, d.Note, d.Reason)
		}
		t.Flush()
	})
}

// whoami is who takes a decision: user and host.
func whoami() string {
	host, _ := os.Hostname()
	if u, err := user.Current(); err == nil {
		return u.Username + "@" + host
	}
	return host
}
