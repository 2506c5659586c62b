package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// replayFlags are the bounds of a replay as somebody types them.
type replayFlags struct {
	entity, key, from, to string
	partition             int
	fromOffset, toOffset  int64
	all, leave            bool
}

// replay asks the transform that runs to write canonical records again.
func (r *root) replay() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay --entity E (--from T --to T | --key K | --partition N --from-offset A --to-offset B | --all)",
		Short: "Have transform write entities to their topic again, for those who read it",
		Long: "Transform writes the records within the bounds once more, as they are: key, value, version, ce_id and ce_type are the\n" +
			"same, and the header " + canonical.HeaderReplayed + " says when it was asked for. Of a record that is not the newest of its key\n" +
			"nothing is written, because a newer state stands behind it. Whoever keeps the newest version by key, as the sink\n" +
			"does, sees nothing new. Times are those of the header ce_time, RFC 3339 or a date in UTC; the day of --to\n" +
			"is included, and of a time what comes before it. Of a key that no entity has the exit code is 1. The command\n" +
			"waits for the end; who ends it earlier leaves the replay at work.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			request, err := f.request(cmd.Flags().Changed)
			if err != nil {
				return &usageError{err}
			}
			c, err := r.load()
			if err != nil {
				return err
			}
			return askForReplay(cmd.Context(), cmd.OutOrStdout(), c, request, f.leave)
		},
	}
	cmd.Flags().StringVar(&f.entity, "entity", "", "the kind of entity, such as invoice")
	cmd.Flags().StringVar(&f.key, "key", "", "one entity alone, such as invoice:12")
	cmd.Flags().StringVar(&f.from, "from", "", "what came about then or later, such as 2026-03-01 or 2026-03-01T08:00:00Z")
	cmd.Flags().StringVar(&f.to, "to", "", "what came about on that day or earlier, or before that time")
	cmd.Flags().IntVar(&f.partition, "partition", 0, "one partition alone")
	cmd.Flags().Int64Var(&f.fromOffset, "from-offset", 0, "with --partition: the first record that is read")
	cmd.Flags().Int64Var(&f.toOffset, "to-offset", 0, "with --partition: the first record that is not read any more")
	cmd.Flags().BoolVar(&f.all, "all", false, "every entity of the kind")
	cmd.Flags().BoolVar(&f.leave, "no-wait", false, "ask, and do not wait for the end")
	cmd.MarkFlagsOneRequired("key", "from", "to", "partition", "all")
	cmd.MarkFlagsOneRequired("entity", "key")
	return cmd
}

// request is what the flags ask for; changed reports whether somebody gave a flag.
func (f replayFlags) request(changed func(string) bool) (request change.ReplayRequest, err error) {
	request.Kind, request.Key = f.entity, f.key
	if changed("key") {
		kind := string(canonical.ID(f.key).Kind())
		if request.Kind == "" {
			request.Kind = kind
		}
		if request.Kind != kind || !isKey(canonical.ID(f.key)) {
			return request, fmt.Errorf("--key %q: write the key of an entity of the kind, such as invoice:12", f.key)
		}
	}
	if _, err := canonical.Kind(request.Kind).Info(); err != nil {
		return request, fmt.Errorf("--entity %q: write one of %s", request.Kind, strings.Join(kindNames(), ", "))
	}
	if request.FromMS, _, err = moment("from", f.from); err != nil {
		return request, err
	}
	to, day, err := moment("to", f.to)
	if err != nil {
		return request, err
	}
	if request.ToMS = to; day {
		*to += (24 * time.Hour).Milliseconds()
	}
	if from := request.FromMS; from != nil && to != nil && *to <= *from {
		return request, errors.New("--to is before --from: write the earlier one as --from")
	}
	return request, f.offsets(changed, &request)
}

// isKey reports whether an entity may have a key: a stock's is its SKU, any other's a number.
func isKey(key canonical.ID) bool {
	return key.Text() != "" && (key.Kind() == canonical.KindStock || key.Number() > 0)
}

// offsets takes the bounds within a partition.
func (f replayFlags) offsets(changed func(string) bool, request *change.ReplayRequest) error {
	switch {
	case !changed("partition") && (changed("from-offset") || changed("to-offset")):
		return errors.New("--from-offset and --to-offset bound one partition: write --partition, too")
	case f.partition < 0 || f.fromOffset < 0 || f.toOffset < 0:
		return errors.New("partitions and offsets are counted from 0: write a number that is not negative")
	case changed("to-offset") && f.toOffset <= f.fromOffset:
		return errors.New("--to-offset is not behind --from-offset: it is the first record that is not read")
	}
	if changed("partition") {
		request.Partition = &f.partition
	}
	request.FromOffset, request.ToOffset = f.fromOffset, f.toOffset
	return nil
}

// moment reads a time, in Unix milliseconds, or a date, which is its beginning in UTC; nil where
// there is none.
func moment(flag, text string) (ms *int64, day bool, err error) {
	if text == "" {
		return nil, false, nil
	}
	at, err := time.Parse(time.DateOnly, text)
	if err == nil {
		return new(at.UnixMilli()), true, nil
	}
	if at, err = time.Parse(time.RFC3339, text); err != nil {
		return nil, false, fmt.Errorf("--%s %q: write a date, such as 2026-03-01, or a time with its zone, such as 2026-03-01T08:00:00Z", flag, text)
	}
	return new(at.UnixMilli()), false, nil
}

// askForReplay writes the request where transform finds it, and waits for its end.
func askForReplay(ctx context.Context, out io.Writer, c config.Config, request change.ReplayRequest, leave bool) error {
	topics, err := reach(ctx, c)
	if err != nil {
		return err
	}
	defer topics.Close()
	read := func() (topic.SourceState, error) { return topics.ReadSourceState(ctx, c.Names(), c.Source.Name) }
	state, err := read()
	if err != nil {
		return err
	}
	parts, err := partsOf(c, state, request)
	if err != nil {
		return err
	}
	request.ID, request.AtMS = strings.ToLower(rand.Text()), time.Now().UnixMilli()
	records, err := replayRecords(c.Source.Name, state.Orders, request)
	if err != nil {
		return err
	}
	topic.Stamp(records, state.Pipeline)
	if _, err := topics.Produce(ctx, c.Names().Offsets(), 0, records); err != nil {
		return fmt.Errorf("ask for a replay: %w", err)
	}
	linef(out, "asked for %s\n", request.What())
	if !view.Runs("transform", state.Heartbeats) {
		linef(out, "transform does not run now: it begins when transform does\n")
	}
	if leave {
		return nil
	}
	err = awaitReplay(ctx, newMeter(out), request, parts, read)
	if errors.Is(err, context.Canceled) {
		linef(out, "the replay goes on without this command\n")
	}
	return err
}

// partsOf is how many partitions have to answer a request.
func partsOf(c config.Config, state topic.SourceState, request change.ReplayRequest) (int, error) {
	if !state.Known || state.Pipeline == "" {
		return 0, fmt.Errorf("nothing was captured of source %s yet: start capture and transform, which write every entity", c.Source.Name)
	}
	info, err := canonical.Kind(request.Kind).Info()
	if err != nil {
		return 0, err
	}
	parts := state.Partitions(info.Domain)
	if request.Partition == nil {
		return parts, nil
	}
	if *request.Partition >= parts {
		return 0, fmt.Errorf("--partition %d: the topic has %d, counted from 0", *request.Partition, parts)
	}
	return 1, nil
}

// replayRecords ask for a replay, and forget those of long ago.
func replayRecords(source string, orders topic.Orders, request change.ReplayRequest) (all []topic.Record, err error) {
	for id, r := range orders.Replays {
		if !r.Expired(time.Now()) {
			continue
		}
		records, err := orders.ForgetReplay(source, id)
		if err != nil {
			return nil, err
		}
		all = append(all, records...)
	}
	record, err := topic.ReplayRecord(source, request)
	return append(all, record), err
}

// awaitReplay shows how far a replay is until every partition has answered. That there is nothing
// between two bounds is an answer; that there is no entity of a key is a mistake in the key.
func awaitReplay(ctx context.Context, m *meter, request change.ReplayRequest, parts int, read func() (topic.SourceState, error)) error {
	for began := time.Now(); ; {
		state, err := read()
		if err != nil {
			return err
		}
		done, records, written := 0, int64(0), int64(0)
		for _, a := range state.Orders.Answered[request.ID] {
			if records, written = records+a.Read, written+a.Emitted; a.Done {
				done++
			}
		}
		if done == parts {
			if written == 0 {
				m.end("%d records were read, and none of them is what was asked for: nothing was written again", records)
				return nothingOf(request)
			}
			m.end("%d records were read and %d written again, in %s", records, written, time.Since(began).Round(100*time.Millisecond))
			return nil
		}
		m.line(func() string {
			return fmt.Sprintf("%d of %d partitions done: %d records read, %d written again", done, parts, records, written)
		})
		select {
		case <-ctx.Done():
			m.end("")
			return ctx.Err()
		case <-time.After(replayPoll):
		}
	}
}

// nothingOf is what is wrong when nothing came of a request: of one for a key, that there is none.
func nothingOf(request change.ReplayRequest) error {
	if request.Key == "" {
		return nil
	}
	return fmt.Errorf("no record is the newest of %s: a key has Magento's own id, such as entity_id, and not the number that people see; "+
		"with a key leave other bounds out; what the shop has and the topic lacks is read again by mage2sage snapshot", request.What())
}

// replayPoll is how often the command looks: transform itself looks each second.
const replayPoll = 500 * time.Millisecond

// kindNames lists the kinds of entities.
func kindNames() (all []string) {
	for _, info := range canonical.Kinds() {
		all = append(all, string(info.Kind))
	}
	return all
}
