package sink

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

// rebuilding is the loop that opens delivery again after a restore.
const rebuilding = "rebuilding from Sage's lists"

// rebuildAgain is how long a rebuild that failed is left alone: it reads long lists.
const rebuildAgain = 15 * time.Second

// A rebuilder rebuilds the bindings whose delivery a restore has closed.
type rebuilder struct {
	db       *postgres.DB
	topics   *topic.Client
	names    topic.Names
	memory   *memory
	doubt    time.Duration // how long Sage may be at work on what was sent before the restore, and its lists not show it
	client   func(work.Binding) *sage.Client
	paused   func() bool // the calls of the day are needed for documents
	log      zerolog.Logger
	failures *failures
	opened   func() // operations may be due

	next map[string]time.Time // by binding, after a failure
}

// step rebuilds each binding that is closed, once the topics are read to where the lost database
// had read them. A failure of one does not keep the others waiting.
func (r *rebuilder) step(ctx context.Context) error {
	if r.paused() {
		return nil
	}
	all, err := r.db.Bindings(ctx)
	if err != nil {
		return err
	}
	for _, b := range all {
		now := time.Now()
		if b.Closed != work.ClosedByRestore || b.Business == "" || !b.State.AtWork() || b.NotBefore.After(now) || r.next[b.Name].After(now) {
			continue
		}
		err := r.rebuild(ctx, b)
		if ctx.Err() != nil {
			return nil
		}
		if r.next == nil {
			r.next = map[string]time.Time{}
		}
		if r.next[b.Name] = (time.Time{}); err != nil {
			r.next[b.Name] = time.Now().Add(rebuildAgain)
		}
		r.failures.noteOf("rebuild put off", b.Name, b.Name, err)
		if err := r.heed(ctx, b, err); err != nil {
			return err
		}
	}
	return nil
}

// heed pauses a binding whose grant has ended, as delivering would: it is closed, so that nothing
// else finds out, and a person has to connect it.
func (r *rebuilder) heed(ctx context.Context, b work.Binding, err error) error {
	if err == nil || sage.Classify(err) != sage.Unauthorized {
		return nil
	}
	return r.db.Pause(ctx, work.Pause{Binding: b.Name, State: work.NeedsReauth, Hint: "run mage2sage connect --binding " + b.Name})
}

func (r *rebuilder) rebuild(ctx context.Context, b work.Binding) error {
	if err := r.memory.compare(ctx); err != nil {
		return err
	}
	why, err := RebuildWaitsFor(ctx, r.db, r.topics, r.names, r.doubt)
	if err != nil || why != "" {
		return errors.Join(err, r.db.NoteRebuilding(ctx, b.Name, why))
	}
	client := r.client(b)
	defer client.Close()
	log := r.log.With().Str("binding", b.Name).Logger()
	log.Info().Msg("rebuild from Sage's lists begins: nothing is sent until it has ended")
	said := time.Now()
	report, err := (&Rebuild{DB: r.db, Client: client, Binding: b.Name, Progress: func(text string) {
		r.failures.health.Prove(rebuilding)
		if time.Since(said) < interval {
			return
		}
		said = time.Now()
		log.Info().Str("progress", text).Msg("rebuild from Sage's lists")
		_ = r.db.NoteRebuilding(ctx, b.Name, text) // what cannot be shown stops nothing
	}}).Run(ctx)
	if err != nil {
		return err
	}
	r.opened()
	log.Info().Int("adopted", report.adopted()).Int("for_a_person", report.ForAPerson()).Msg("rebuild from Sage's lists has ended: delivery is open")
	return nil
}

// RebuildWaitsFor says what a rebuild after a restore has to wait for; "" is nothing: calls that
// were under way then, and the topics, which intake has to read to where the lost database had.
func RebuildWaitsFor(ctx context.Context, db *postgres.DB, topics *topic.Client, names topic.Names, doubt time.Duration) (string, error) {
	ago, ever, err := db.LastRestore(ctx)
	if err != nil {
		return "", err
	}
	if left := doubt - ago; ever && left > 0 {
		return fmt.Sprintf("waiting %s for calls that were under way when the database was restored", (left + time.Second).Truncate(time.Second)), nil
	}
	for _, k := range plan.Kinds() {
		name := names.Canonical(string(k))
		if why, err := unread(ctx, db, topics, names.Group("sink"), name); err != nil || why != "" {
			return why, err
		}
	}
	return "", nil
}

// unread says which partition of a topic is not read yet to where it was read before.
func unread(ctx context.Context, db *postgres.DB, topics *topic.Client, group, name string) (string, error) {
	partitions, err := topics.PartitionCount(ctx, name)
	if err != nil || partitions == 0 {
		return "", err
	}
	committed, err := topics.GroupOffsets(ctx, group, name, partitions)
	if err != nil {
		return "", err
	}
	ends, err := topics.EndOffsets(ctx, name, partitions)
	if err != nil {
		return "", err
	}
	for p := range partitions {
		to, before, err := db.ReadTo(ctx, name, p)
		if err != nil {
			return "", err
		}
		if goal := min(max(before, committed[p]), ends[p]); to < goal {
			return fmt.Sprintf("waiting until %s/%d is read again: at %d of %d", name, p, to, goal), nil
		}
	}
	return "", nil
}
