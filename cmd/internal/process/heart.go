package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

const (
	// beatEvery is how often a heartbeat is sent: seldom enough that a day of a stage is a
	// few megabytes before compaction, often enough that status tells a dead stage within
	// a quarter of a minute.
	beatEvery = 5 * time.Second
	// leastGap is between two heartbeats, however often the troubles change.
	leastGap = 500 * time.Millisecond
	// lastBeat is what the last word may take when the process ends.
	lastBeat = 2 * time.Second
)

// Broker is where heartbeats go; topic.Client in production.
type Broker interface {
	ReadSourceState(ctx context.Context, names topic.Names, source string) (topic.SourceState, error)
	PartitionCount(ctx context.Context, topic string) (int, error)
	Produce(ctx context.Context, topic string, partition int, records []topic.Record) (int64, error)
}

// A Heart publishes what the board of a running stage shows. It proves nothing itself:
// the loops of the stage do, on the board.
type Heart struct {
	Board *health.Board
	Every time.Duration // between two heartbeats

	broker  Broker
	names   topic.Names
	alone   bool // predecessors are struck out
	key     change.SourceKey
	started time.Time

	pipeline string // of the topics, "" before it is known
	end      int64  // of the offsets topic after the last heartbeat
}

// NewHeart prepares the heart of a stage that this process runs for a source.
func NewHeart(broker Broker, names topic.Names, source, stage string) *Heart {
	host, _ := os.Hostname()
	return &Heart{
		Board: &health.Board{}, broker: broker, names: names, Every: beatEvery, started: time.Now().UTC(),
		key: change.SourceKey{Source: source, Stage: stage, Instance: fmt.Sprintf("%s/%d", host, os.Getpid())},
	}
}

// BeatWhile beats until run returns, and returns its error. An end in good order is a
// tombstone; after a failure the last heartbeat stays, and says why.
func (h *Heart) BeatWhile(ctx context.Context, run func() error) error {
	beating, stop := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		h.beat(beating)
	}()
	err := run()
	stop()
	<-stopped
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastBeat)
	defer cancel()
	failed := err != nil && ctx.Err() == nil
	if failed {
		h.Board.Raise("end", strings.ReplaceAll(err.Error(), "\n", "; "), "")
	}
	h.send(last, failed, !failed)
	return err
}

// beat sends a heartbeat at once, and then at each interval until ctx ends, and soon after
// the troubles have changed: a disk that is full when the stage begins is told before the
// next one is due. What cannot be sent is missed by its readers, which is what they have to
// know.
func (h *Heart) beat(ctx context.Context) {
	tick := time.NewTicker(h.Every)
	defer tick.Stop()
	news := h.Board.News()
	for {
		limited, cancel := context.WithTimeout(ctx, max(h.Every, lastBeat))
		h.send(limited, false, false)
		cancel()
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(leastGap, h.Every)):
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-news:
		}
	}
}

// aboutSigns is what a heartbeat that cannot be sent is about. Whoever reads heartbeats
// takes the stage for dead then; the process says itself that it is not, where it is asked.
const aboutSigns = "signs of life"

// send appends a heartbeat, or the tombstone, and says on the board when it cannot.
func (h *Heart) send(ctx context.Context, failed, ended bool) {
	err := h.trySend(ctx, failed, ended)
	switch {
	case err == nil:
		h.Board.Clear(aboutSigns)
	case !errors.Is(ctx.Err(), context.Canceled):
		problem, hint := topic.Trouble(err)
		h.Board.Raise(aboutSigns, problem, hint)
	}
}

// trySend never makes the topic: capture does, with its settings.
func (h *Heart) trySend(ctx context.Context, failed, ended bool) error {
	if n, err := h.broker.PartitionCount(ctx, h.names.Offsets()); err != nil || n == 0 {
		return err
	}
	if h.pipeline == "" {
		state, err := h.broker.ReadSourceState(ctx, h.names, h.key.Source)
		if err != nil {
			return err
		}
		h.pipeline = state.Pipeline
	}
	now := h.now(failed)
	now.Pipeline = h.pipeline
	record, err := topic.HeartbeatRecord(h.key, now)
	if ended {
		record, err = topic.HeartbeatEnd(h.key)
	}
	if err == nil {
		err = h.publish(ctx, record)
	}
	if err == nil && !h.alone && !now.Proved.IsZero() {
		h.alone = h.strikeOut(ctx, now.Sent) == nil
	}
	return err
}

// publish appends a record. A topic that is shorter than it was has been made anew, for
// another pipeline.
func (h *Heart) publish(ctx context.Context, record topic.Record) error {
	at, err := h.broker.Produce(ctx, h.names.Offsets(), 0, []topic.Record{record})
	if err != nil {
		return err
	}
	if at < h.end {
		h.pipeline, h.alone = "", false
	}
	h.end = at + 1
	return nil
}

// strikeOut strikes out the instances of the stage that died before this one did its
// first work: what became of them is no news any more, and their keys would never go.
func (h *Heart) strikeOut(ctx context.Context, now time.Time) error {
	state, err := h.broker.ReadSourceState(ctx, h.names, h.key.Source)
	if err != nil {
		return err
	}
	var ends []topic.Record
	for key, other := range state.Heartbeats {
		if key == h.key || key.Stage != h.key.Stage || !other.Failed && !other.Silent(now) {
			continue
		}
		end, err := topic.HeartbeatEnd(key)
		if err != nil {
			return err
		}
		ends = append(ends, end)
	}
	if len(ends) > 0 {
		_, err = h.broker.Produce(ctx, h.names.Offsets(), 0, ends)
	}
	return err
}

// now is what the board says at this moment.
func (h *Heart) now(failed bool) health.Heartbeat {
	proof := h.Board.Proof()
	return health.Heartbeat{
		Started: h.started, Sent: time.Now().UTC(), EveryMS: h.Every.Milliseconds(),
		Loop: proof.Loop, Proved: proof.At, Owed: proof.Owed, Troubles: h.Board.Troubles(), Failed: failed,
	}
}

// Ready returns why one of the stages of this process does not do its work now, or nil.
func Ready(hearts map[string]*Heart) error {
	var all []error
	for name, h := range hearts {
		now := h.now(false)
		for _, t := range now.Troubles {
			all = append(all, fmt.Errorf("%s: %s", name, t))
		}
		switch {
		case len(now.Troubles) > 0: // they were said
		case now.Unproven(time.Now()):
			all = append(all, fmt.Errorf("%s: no proof of life of %s since %s", name, cmp.Or(now.Loop, "its first loop"), now.Sign().Format(time.RFC3339)))
		case now.Starting():
			all = append(all, fmt.Errorf("%s: it has not done any work yet", name))
		}
	}
	slices.SortFunc(all, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(all...)
}
