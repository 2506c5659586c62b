package capture

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/capture/binlog"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/capture/stream"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

func TestASavedCheckpointHoldsOrSaysWhyItDoesNot(t *testing.T) {
	good := func() topic.SourceState {
		return topic.SourceState{Known: true, Checkpoint: change.Checkpoint{
			Epoch: 5, File: "binlog.000001", ServerID: 3, EndOffsets: map[change.Domain][]int64{change.Sales: {10, 20}},
		}}
	}
	for name, c := range map[string]struct {
		spoil func(*topic.SourceState)
		ends  []int64
		says  string
	}{
		"all as it was":                {func(*topic.SourceState) {}, []int64{10, 20}, ""},
		"more than was acknowledged":   {func(*topic.SourceState) {}, []int64{15, 20}, ""},
		"nothing saved":                {func(s *topic.SourceState) { s.Known = false }, []int64{10, 20}, "nothing was captured"},
		"an invalidated checkpoint":    {func(s *topic.SourceState) { s.Checkpoint.File = "" }, []int64{10, 20}, "could not read"},
		"less than was acknowledged":   {func(*topic.SourceState) {}, []int64{10, 19}, "sales/1 ends at 19, and 20 was acknowledged"},
		"a topic that was made anew":   {func(*topic.SourceState) {}, []int64{0, 0}, "kafka lost records"},
		"fewer partitions than before": {func(*topic.SourceState) {}, []int64{10}, ""}, // refused before, as a PartitionCountError
	} {
		t.Run(name, func(t *testing.T) {
			state := good()
			c.spoil(&state)
			got := staleCheckpoint(state, map[change.Domain][]int64{change.Sales: c.ends})
			if (got == "") != (c.says == "") || !strings.Contains(got, c.says) {
				t.Errorf("it says %q, want it to say %q", got, c.says)
			}
		})
	}
}

func TestWhatEndsASessionDecidesHowTheNextOneBegins(t *testing.T) {
	lost, records := &binlog.LostError{Reason: "purged"}, &stream.LostRecordsError{Partition: "t.sales/0", Have: 1, Want: 2}
	for name, c := range map[string]struct {
		err                error
		first, later, anew bool // ends a first session, ends a later one, begins a new epoch
	}{
		"the source is not set up":       {&source.SetupError{Problem: "p", Hint: "h"}, true, false, false},
		"the tables are in doubt":        {&source.DoubtError{}, false, false, false},
		"a table was truncated":          {&binlog.TableLostError{Table: "store", Lost: lost}, false, false, true},
		"another capture holds the lock": {&source.LockedError{}, true, false, false},
		"another partition count":        {&topic.PartitionCountError{}, true, true, false},
		"what cannot be read":            {&binlog.UnreadableError{}, true, true, false},
		"the log was purged":             {lost, false, false, true},
		"kafka lost records":             {records, false, false, true},
		"the front of a topic is gone":   {&frontLostError{"t.sales/0", 7}, false, false, true},
		"a broken connection":            {errors.New("EOF"), false, false, false},
		"the lock is lost":               {guard(fmt.Errorf("watch: %w", source.ErrLockLost)), false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := fmt.Errorf("session: %w", c.err)
			if first, later := fatal(err, true), fatal(err, false); first != c.first || later != c.later {
				t.Errorf("fatal to a first session %v, to a later one %v; want %v and %v", first, later, c.first, c.later)
			}
			if anew := resetAfter(err).reason != ""; anew != c.anew {
				t.Errorf("begins a new epoch: %v (%q), want %v", anew, resetAfter(err).reason, c.anew)
			}
		})
	}
}

func TestOnlyALostLockForbidsToPublish(t *testing.T) {
	if err := guard(fmt.Errorf("check: %w", source.ErrLockLost)); !errors.Is(err, stream.ErrMayNotPublish) || !errors.Is(err, source.ErrLockLost) {
		t.Errorf("a lost lock gives %v", err)
	}
	if err := guard(errors.New("other")); errors.Is(err, stream.ErrMayNotPublish) {
		t.Errorf("another failure gives %v", err)
	}
	if err := guard(nil); err != nil {
		t.Errorf("no failure gives %v", err)
	}
}

func TestPreflightGivesEachFaultAsAFinding(t *testing.T) {
	c := Config{Name: "shop", Host: "127.0.0.1", Port: deaf(t), User: "u", Password: "hunter2", Database: "d"}
	list := Preflight(t.Context(), c, topic.Names{Prefix: "p"})
	if len(list) != 1 || list[0].Check != "connection" || list[0].OK() || list[0].Hint == "" || strings.Contains(fmt.Sprint(list), "hunter2") {
		t.Errorf("without a server preflight finds %v", list)
	}
	list = Preflight(t.Context(), Config{}, topic.Names{Prefix: "p"})
	if len(list) != 1 || list[0].Check != "config" || !strings.Contains(list[0].Problem, "source.host") || !strings.Contains(list[0].Problem, "source.user") || strings.Contains(list[0].Problem, "\n") {
		t.Errorf("without a configuration preflight finds %v", list)
	}
}
