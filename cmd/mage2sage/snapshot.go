package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/capture"
	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// snapshot asks the capture that runs to read rows again.
func (r *root) snapshot() *cobra.Command {
	var request change.SnapshotRequest
	var keys, entity, domain string
	var leave bool
	cmd := &cobra.Command{
		Use:   "snapshot (--table T [--where-key A..B] | --entity KIND:ID | --domain D)",
		Short: "Have capture read rows of the shop again, while it goes on with the log",
		Long: "Capture reads the rows again without stopping the stream or locking a table, and publishes them. A whole\n" +
			"table or domain also takes away what its topic has beyond the shop; until that is done no document of the\n" +
			"domain is assembled. A range of keys brings rows and takes none away. An entity's own rows are compared\n" +
			"with the shop. All but a range is refused while one of its tables had rows and is empty or gone. The command\n" +
			"waits for the end; who ends it earlier leaves the snapshot at work.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.load(config.Source)
			if err != nil {
				return err
			}
			if err := fill(&request, keys, entity, domain); err != nil {
				return &usageError{err}
			}
			if err := capture.CheckRequest(request, c.Source.Asked); err != nil {
				return &usageError{err}
			}
			return askFor(cmd.Context(), cmd.OutOrStdout(), c, request, leave)
		},
	}
	cmd.Flags().StringVar(&request.Table, "table", "", "a table without the shop's prefix, such as sales_invoice")
	cmd.Flags().StringVar(&keys, "where-key", "", "with --table: the first column of the primary key that it has in the shop, such as 1000..2000, 1000.. or ..2000")
	cmd.Flags().StringVar(&entity, "entity", "", "an entity with its number in Magento, such as order:12 or customer:5")
	cmd.Flags().StringVar(&domain, "domain", "", "sales, customer, catalog or reference")
	cmd.Flags().BoolVar(&leave, "no-wait", false, "ask, and do not wait for the end")
	cmd.MarkFlagsMutuallyExclusive("table", "entity", "domain")
	cmd.MarkFlagsOneRequired("table", "entity", "domain")
	return cmd
}

// fill takes what the flags say.
func fill(request *change.SnapshotRequest, keys, entity, domain string) error {
	request.Domain, request.Root = change.Domain(domain), change.Root(strings.Replace(entity, ":", "/", 1))
	if keys == "" {
		return nil
	}
	from, to, ranged := strings.Cut(keys, "..")
	if !ranged || from == "" && to == "" {
		return fmt.Errorf("--where-key %q: write a range, such as 1000..2000", keys)
	}
	request.From, request.To = from, to
	return nil
}

// reach prepares a client of a broker that answers at once, for a command that somebody waits
// for. The caller closes it.
func reach(ctx context.Context, c config.Config) (*topic.Client, error) {
	topics, err := c.Kafka.Dial()
	if err != nil {
		return nil, err
	}
	topics.LeaderPatience = answerWithin
	if err := topics.Ping(ctx); err != nil {
		topics.Close()
		return nil, err
	}
	return topics, nil
}

// askFor writes the request where capture finds it, and waits for its end.
func askFor(ctx context.Context, out io.Writer, c config.Config, request change.SnapshotRequest, leave bool) error {
	topics, err := reach(ctx, c)
	if err != nil {
		return err
	}
	defer topics.Close()
	state, err := topics.ReadSourceState(ctx, c.Names(), c.Source.Name)
	if err != nil {
		return err
	}
	if !state.Known || state.Pipeline == "" {
		return fmt.Errorf("nothing was captured of source %s yet: start capture, whose first snapshot reads everything", c.Source.Name)
	}
	request.ID, request.AtMS = strings.ToLower(rand.Text()), time.Now().UnixMilli()
	record, err := topic.RequestRecord(c.Source.Name, request)
	if err != nil {
		return err
	}
	records := []topic.Record{record}
	topic.Stamp(records, state.Pipeline)
	if _, err := topics.Produce(ctx, c.Names().Offsets(), 0, records); err != nil {
		return fmt.Errorf("ask for a snapshot: %w", err)
	}
	linef(out, "asked for %s\n", request.What())
	if !view.Runs("capture", state.Heartbeats) {
		linef(out, "capture does not run now: it begins when capture does\n")
	}
	if leave {
		linef(out, "mage2sage status shows how far it is\n")
		return nil
	}
	err = await(ctx, newMeter(out), request, func() (topic.SourceState, error) {
		return topics.ReadSourceState(ctx, c.Names(), c.Source.Name)
	})
	if errors.Is(err, context.Canceled) {
		linef(out, "the snapshot goes on without this command: mage2sage status shows it\n")
	}
	return err
}

// await shows how far a request is until it is done.
func await(ctx context.Context, m *meter, request change.SnapshotRequest, read func() (topic.SourceState, error)) error {
	began := time.Now()
	for {
		state, err := read()
		if err != nil {
			return err
		}
		answer := state.Requests.Answered[request.ID]
		switch {
		case answer.Done && answer.Problem != "":
			return errors.New(answer.Problem)
		case answer.Done:
			m.end("%s", outcome(request, answer, time.Since(began)))
			return nil
		}
		m.show(request, answer, progressOf(state, request))
		select {
		case <-ctx.Done():
			m.end("")
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// outcome says what became of a request that was done.
func outcome(request change.SnapshotRequest, answer change.SnapshotAnswer, took time.Duration) string {
	if request.Root != "" && answer.Read == 0 {
		return fmt.Sprintf("no captured table has a row of %s; what the topic still has of it is compared with the tables", request.What())
	}
	return fmt.Sprintf("%d rows of %s were read and %d published, in %s", answer.Read, what(request, answer), answer.Rows, took.Round(100*time.Millisecond))
}

// progressOf is what is saved of a snapshot of a whole table or domain that was asked for.
func progressOf(state topic.SourceState, request change.SnapshotRequest) change.Progress {
	p := state.Progress[request.Domain]
	if request.Table != "" {
		p = state.Tables[request.Table]
	}
	if p.Done || p.Epoch != state.Checkpoint.Epoch || p.Request != request.ID {
		return change.Progress{}
	}
	return p
}

// what is what a request asks for, with the column of its range where it is not the usual one.
func what(request change.SnapshotRequest, answer change.SnapshotAnswer) string {
	if answer.Column == "" {
		return request.What()
	}
	return request.What() + " by " + answer.Column
}

// A meter shows progress: in one line that is written anew on a terminal, and in a line now
// and then elsewhere.
type meter struct {
	out      io.Writer
	terminal bool
	last     time.Time
}

func newMeter(out io.Writer) *meter {
	file, isFile := out.(*os.File)
	if !isFile {
		return &meter{out: out}
	}
	info, err := file.Stat()
	return &meter{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

// lineEvery is how often progress is a line of its own.
const lineEvery = 5 * time.Second

func (m *meter) show(request change.SnapshotRequest, answer change.SnapshotAnswer, p change.Progress) {
	m.line(func() string { return progressLine(request, answer, p) })
}

// line shows a text, if it is time for one.
func (m *meter) line(text func() string) {
	if !m.terminal && time.Since(m.last) < lineEvery {
		return
	}
	m.last = time.Now()
	if m.terminal {
		fmt.Fprintf(m.out, "\r%-78s", cell(text()))
		return
	}
	linef(m.out, "%s\n", text())
}

func progressLine(request change.SnapshotRequest, answer change.SnapshotAnswer, p change.Progress) string {
	if answer.Read > p.Read {
		p.Read, p.ReadMS = answer.Read, answer.ReadMS
	}
	text := what(request, answer) + ": nothing read yet"
	if p.Read > 0 {
		text = fmt.Sprintf("%s: %d rows read", what(request, answer), p.Read)
	}
	if p.Expected > 0 {
		text += fmt.Sprintf(" of about %d", p.Expected)
	}
	if rate := p.Rate(); rate > 0 {
		text += fmt.Sprintf(", %d a second", rate)
	}
	if ms, known := p.LeftMS(); known {
		text += fmt.Sprintf(", %s left", (time.Duration(ms) * time.Millisecond).Round(time.Second))
	}
	return text
}

// end ends the line that is written anew, and says what there is to say.
func (m *meter) end(format string, args ...any) {
	if m.terminal {
		fmt.Fprintf(m.out, "\r%-78s\r", "")
	}
	if format != "" {
		linef(m.out, format+"\n", args...)
	}
}
