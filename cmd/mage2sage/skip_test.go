package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

// skippingOf is the command over a broker whose topic of sales has three records in partition 1, of
// which transform says what it has set aside; nil is a transform that does not run.
func skippingOf(t *testing.T, aside []health.Record) *skipping {
	t.Helper()
	broker, err := embedded.Start(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	s := &skipping{config: config.Config{Prefix: "m"}, topics: topic.Dial([]string{broker.Addr}), at: topic.Coordinates{Topic: "m.sales", Partition: 1, Offset: 2}, note: "a test order"}
	s.config.Source.Name = "shop"
	t.Cleanup(s.topics.Close)
	if err := s.topics.Ensure(t.Context(), []topic.Spec{{Name: "m.offsets", Partitions: 1}, {Name: "m.sales", Partitions: 2}}); err != nil {
		t.Fatal(err)
	}
	row := topic.Record{Key: []byte("k"), Value: []byte("{")}
	records := []topic.Record{row, row, row}
	if _, err := s.topics.Produce(t.Context(), "m.sales", 1, records); err != nil {
		t.Fatal(err)
	}
	s.captured(t)
	if aside != nil {
		s.says(t, aside)
	}
	return s
}

// captured has capture begin its pipeline and save a checkpoint.
func (s *skipping) captured(t *testing.T) {
	t.Helper()
	pipeline, err := topic.PipelineRecord("P1")
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := topic.CheckpointRecord("shop", change.Checkpoint{Epoch: 1})
	if err != nil {
		t.Fatal(err)
	}
	records := []topic.Record{checkpoint}
	topic.Stamp(records, "P1")
	if _, err := s.topics.Produce(t.Context(), "m.offsets", 0, append([]topic.Record{pipeline}, records...)); err != nil {
		t.Fatal(err)
	}
}

// says has transform give a sign of life.
func (s *skipping) says(t *testing.T, aside []health.Record) {
	t.Helper()
	beat := health.Heartbeat{Sent: time.Now(), Started: time.Now(), EveryMS: 5000, Loop: "m.sales/1", Proved: time.Now()}
	if len(aside) > 0 {
		beat.Troubles = []health.Trouble{{About: "records of m.sales/1", Since: time.Now(), Records: aside}}
	}
	r, err := topic.HeartbeatRecord(change.SourceKey{Source: "shop", Stage: "transform", Instance: "a/1"}, beat)
	if err != nil {
		t.Fatal(err)
	}
	records := []topic.Record{r}
	topic.Stamp(records, "P1")
	if _, err := s.topics.Produce(t.Context(), "m.offsets", 0, records); err != nil {
		t.Fatal(err)
	}
}

func TestARecordThatIsSetAsideIsPassedOverWithWhoAndWhy(t *testing.T) {
	s := skippingOf(t, []health.Record{{Topic: "m.sales", Partition: 1, Offset: 2, Reason: "its value does not decode"}})
	go func() {
		for {
			if state, err := s.read(t.Context()); err != nil || len(state.Orders.Skips) > 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		s.says(t, []health.Record{})
	}()
	var out bytes.Buffer
	if err := s.skip(t.Context(), &out); err != nil || out.String() != "skipped\n" {
		t.Fatalf("it says %q, %v", out.String(), err)
	}
	state, err := s.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := state.Orders.Skips[s.at]
	if d.By != whoami() || d.By == "" || d.Note != "a test order" || d.Reason != "its value does not decode" || time.Since(time.UnixMilli(d.AtMS)) > time.Minute {
		t.Errorf("the decision is %+v", d)
	}
	if err := s.skip(t.Context(), &out); err == nil || !strings.Contains(err.Error(), d.By+": a test order") {
		t.Errorf("a second time: %v, want who has decided it", err)
	}
	out.Reset()
	show := output("json")
	var listed []skipped
	if err := s.list(t.Context(), &out, &show); err != nil || json.Unmarshal(out.Bytes(), &listed) != nil || len(listed) != 1 || listed[0].Offset != 2 || listed[0].Note != "a test order" {
		t.Errorf("the list is %s, %v", out.String(), err)
	}
}

// TestOfTwoWhoDecideAtOneMomentTheFirstHasDecided has both look before either has written.
func TestOfTwoWhoDecideAtOneMomentTheFirstHasDecided(t *testing.T) {
	s := skippingOf(t, nil)
	ada, bob := change.Skip{AtMS: 1_000, By: "ada@shop", Note: "a test order"}, change.Skip{AtMS: 1_000, By: "bob@shop", Note: "no idea"}
	if err := s.decide(t.Context(), "P1", ada); err != nil {
		t.Fatal(err)
	}
	if err := s.decide(t.Context(), "P1", bob); err == nil || !strings.Contains(err.Error(), "m.sales/1@2 is passed over since 1970-01-01T00:00:01Z, by ada@shop: a test order") {
		t.Errorf("the second is told %v, want who was first", err)
	}
	var last change.Skip
	key, _ := topic.SkipRecord("shop", s.at, bob)
	_, err := s.topics.ReadAll(t.Context(), "m.offsets", 0, func(r topic.Record) error {
		if string(r.Key) == string(key.Key) {
			return json.Unmarshal(r.Value, &last)
		}
		return nil
	})
	if state, failed := s.read(t.Context()); err != nil || failed != nil || state.Orders.Skips[s.at] != ada || last != ada {
		t.Errorf("what stands is %+v, and what compaction keeps %+v, %v, %v: want the first", state.Orders.Skips, last, err, failed)
	}
}

func TestARecordThatIsNotSetAsideIsNotPassedOver(t *testing.T) {
	many := make([]health.Record, health.ListedRecords)
	for i := range many {
		many[i] = health.Record{Topic: "m.sales", Partition: 1, Offset: int64(100 + i)}
	}
	for name, c := range map[string]struct {
		aside []health.Record
		at    topic.Coordinates
		says  string // "" where it is taken
	}{
		"while transform runs":                            {[]health.Record{}, topic.Coordinates{Topic: "m.sales", Partition: 1, Offset: 2}, "m.sales/1@2 is not set aside by transform: see mage2sage record list"},
		"another one is":                                  {many[:1], topic.Coordinates{Topic: "m.sales", Partition: 1, Offset: 2}, "record list"},
		"there may be more than transform lists":          {many, topic.Coordinates{Topic: "m.sales", Partition: 1, Offset: 2}, ""},
		"transform is away":                               {nil, topic.Coordinates{Topic: "m.sales", Partition: 1, Offset: 2}, ""},
		"transform is away, and the partition is another": {nil, topic.Coordinates{Topic: "m.sales", Partition: 2, Offset: 2}, "has 2 partitions"},
		"transform is away, and the offset is to come":    {nil, topic.Coordinates{Topic: "m.sales", Partition: 1, Offset: 3}, "from 0 to before 3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := skippingOf(t, c.aside)
			s.at = c.at
			var out bytes.Buffer
			err := s.skip(t.Context(), &out)
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v, want %q", err, c.says)
			}
			state, failed := s.read(t.Context())
			if _, decided := state.Orders.Skips[c.at]; failed != nil || decided != (c.says == "") {
				t.Errorf("decided is %v, %v", decided, failed)
			}
		})
	}
}

func TestNothingIsPassedOverOfASourceThatNobodyCaptures(t *testing.T) {
	s := skippingOf(t, nil)
	s.config.Source.Name = "shopp"
	if err := s.skip(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), "nothing was captured of source shopp yet") {
		t.Errorf("it says %v", err)
	}
}
