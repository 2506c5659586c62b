package process

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A fakeBroker keeps what is produced to it.
type fakeBroker struct {
	mu         sync.Mutex
	partitions int
	records    []topic.Record
	heartbeats map[change.SourceKey]health.Heartbeat
	pipeline   string
	refuses    error // to take records
}

func (b *fakeBroker) ReadSourceState(context.Context, topic.Names, string) (topic.SourceState, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return topic.SourceState{Heartbeats: b.heartbeats, Pipeline: b.pipeline}, nil
}

func (b *fakeBroker) PartitionCount(context.Context, string) (int, error) { return b.partitions, nil }

func (b *fakeBroker) Produce(_ context.Context, _ string, _ int, records []topic.Record) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuses != nil {
		return 0, b.refuses
	}
	b.records = append(b.records, records...)
	return int64(len(b.records) - len(records)), nil
}

// sent decodes the heartbeats; a tombstone is nil.
func (b *fakeBroker) sent(t *testing.T) (all []*health.Heartbeat) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.records {
		var h *health.Heartbeat
		if r.Value != nil {
			if err := json.Unmarshal(r.Value, &h); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, h)
	}
	return all
}

func TestALoopThatHangsDoesNotGoOnLookingWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := &fakeBroker{partitions: 1}
		h := NewHeart(broker, topic.Names{Prefix: "t"}, "shop", "sink")
		err := h.BeatWhile(t.Context(), func() error {
			h.Board.Prove("planning")
			time.Sleep(time.Minute) // it hangs
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		sent := broker.sent(t)
		if len(sent) < 12 || sent[len(sent)-1] != nil {
			t.Fatalf("%d heartbeats, the last %+v; want one each %s and then a tombstone", len(sent), sent[len(sent)-1], h.Every)
		}
		if last := sent[len(sent)-2]; last.Loop != "planning" || !last.Unproven(last.Sent) || last.Silent(last.Sent) {
			t.Errorf("the last heartbeat is %+v, want the sign of a loop that hangs", last)
		}
	})
}

func TestAStageThatIsNotHeardSaysSoItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := &fakeBroker{partitions: 1, refuses: &topic.BrokerError{Problem: "kafka: the disk is full", Hint: "make room"}}
		h := NewHeart(broker, topic.Names{Prefix: "t"}, "shop", "sink")
		_ = h.BeatWhile(t.Context(), func() error {
			h.Board.Prove("planning")
			time.Sleep(h.Every + time.Second)
			err := Ready(map[string]*Heart{"sink": h})
			if err == nil || !strings.Contains(err.Error(), "sink: signs of life: kafka: the disk is full since ") || !strings.HasSuffix(err.Error(), ": make room") {
				t.Errorf("ready: %v, want why nobody hears from it", err)
			}
			broker.mu.Lock()
			broker.refuses = nil
			broker.mu.Unlock()
			time.Sleep(2 * h.Every)
			h.Board.Prove("planning")
			if err := Ready(map[string]*Heart{"sink": h}); err != nil {
				t.Errorf("it is heard again, and ready says %v", err)
			}
			return nil
		})
		sent := broker.sent(t)
		if last := sent[len(sent)-2]; len(last.Troubles) != 0 {
			t.Errorf("the last heartbeat is %+v, want no trouble in it", last)
		}
	})
}

func TestAStageThatFailsLeavesItsReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := &fakeBroker{partitions: 1}
		h := NewHeart(broker, topic.Names{Prefix: "t"}, "shop", "transform")
		if err := h.BeatWhile(t.Context(), func() error { return errors.New("no space\nleft") }); err == nil {
			t.Error("the error of the stage is lost")
		}
		sent := broker.sent(t)
		last := sent[len(sent)-1]
		if last == nil || !last.Failed || len(last.Troubles) != 1 || last.Troubles[0].Problem != "no space; left" {
			t.Errorf("the last word is %+v, want the reason", last)
		}
	})
}

func TestAStageThatWorksStrikesItsDeadPredecessorsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key := func(stage, instance string) change.SourceKey {
			return change.SourceKey{Source: "shop", Stage: stage, Instance: instance}
		}
		beat := func(ago time.Duration, failed bool) health.Heartbeat {
			return health.Heartbeat{Sent: time.Now().Add(-ago), EveryMS: 3_600_000, Failed: failed}
		}
		broker := &fakeBroker{partitions: 1, heartbeats: map[change.SourceKey]health.Heartbeat{
			key("sink", "killed"): beat(24*time.Hour, false), key("sink", "failed"): beat(0, true),
			key("sink", "lives"): beat(0, false), key("capture", "killed"): beat(24*time.Hour, false),
		}}
		h := NewHeart(broker, topic.Names{Prefix: "t"}, "shop", "sink")
		_ = h.BeatWhile(t.Context(), func() error {
			time.Sleep(time.Minute)
			if n := len(broker.struckOut()); n != 0 {
				t.Errorf("%d are struck out before the stage has done anything: the same may become of it", n)
			}
			h.Board.Prove("planning")
			time.Sleep(time.Minute)
			return nil
		})
		got := strings.Join(broker.struckOut(), " ")
		if strings.Count(got, "killed") != 1 || strings.Count(got, "failed") != 1 || strings.Contains(got, "lives") || strings.Contains(got, "capture") {
			t.Errorf("struck out %s; want the two dead sinks, once, and itself at the end", got)
		}
	})
}

// struckOut are the keys of the tombstones.
func (b *fakeBroker) struckOut() (all []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.records {
		if r.Value == nil {
			all = append(all, string(r.Key))
		}
	}
	return all
}

func TestATroubleIsPublishedAsItComesAndAsItGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := &fakeBroker{partitions: 1}
		h := NewHeart(broker, topic.Names{Prefix: "t"}, "shop", "transform")
		_ = h.BeatWhile(t.Context(), func() error {
			for n, change := range []func(){
				func() { h.Board.Raise("state", "the disk is full", "make room") },
				func() { h.Board.Clear("state") },
			} {
				time.Sleep(10 * time.Millisecond)
				change()
				time.Sleep(time.Second)
				sent := broker.sent(t)
				if last := sent[len(sent)-1]; len(last.Troubles) != 1-n {
					t.Errorf("a second later, the last word is %+v, want %d troubles", last, 1-n)
				}
			}
			before := len(broker.sent(t))
			for range 100 {
				h.Board.Raise("state", "the disk is full", "make room")
				h.Board.Clear("state")
				time.Sleep(10 * time.Millisecond)
			}
			if n := len(broker.sent(t)) - before; n > 4 {
				t.Errorf("%d heartbeats in a second of a trouble that comes and goes", n)
			}
			return nil
		})
	})
}

func TestAHeartSaysForWhichPipelineItBeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := &fakeBroker{partitions: 1}
		h := NewHeart(broker, topic.Names{Prefix: "t"}, "shop", "sink")
		_ = h.BeatWhile(t.Context(), func() error {
			for _, c := range []struct{ pipeline, want string }{
				{"", ""},     // capture has not made it yet
				{"P1", "P1"}, // now it has
				{"P2", "P1"}, // the stage has not noticed
			} {
				broker.mu.Lock()
				broker.pipeline = c.pipeline
				broker.mu.Unlock()
				time.Sleep(2 * h.Every)
				if got := broker.lastPipeline(); got != c.want {
					t.Errorf("in pipeline %q it beats for %q, want %q", c.pipeline, got, c.want)
				}
			}
			broker.mu.Lock()
			broker.records = nil // the broker was made anew
			broker.mu.Unlock()
			time.Sleep(3 * h.Every)
			if got := broker.lastPipeline(); got != "P2" {
				t.Errorf("it beats for %q in topics that were made anew, want P2", got)
			}
			return nil
		})
	})
}

// lastPipeline is the header of the last record.
func (b *fakeBroker) lastPipeline() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.records[len(b.records)-1].Header(change.HeaderPipeline)
}

func TestAHeartNeverMakesTheTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker := &fakeBroker{}
		h := NewHeart(broker, topic.Names{Prefix: "t"}, "shop", "capture")
		if err := h.BeatWhile(t.Context(), func() error { time.Sleep(time.Minute); return nil }); err != nil {
			t.Fatal(err)
		}
		if sent := broker.sent(t); len(sent) != 0 {
			t.Errorf("%d records were sent to a topic that is not there", len(sent))
		}
	})
}

func TestReadyMeansThatEveryStageWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := map[string]*Heart{"sink": NewHeart(nil, topic.Names{}, "shop", "sink")}
		if err := Ready(begun); err == nil || !strings.Contains(err.Error(), "has not done any work yet") {
			t.Errorf("%v, want that nothing is known of it", err)
		}
		hearts := map[string]*Heart{"capture": NewHeart(nil, topic.Names{}, "shop", "capture"), "sink": NewHeart(nil, topic.Names{}, "shop", "sink")}
		for _, h := range hearts {
			h.Board.Prove("loop")
		}
		if err := Ready(hearts); err != nil {
			t.Errorf("not ready although all is well: %v", err)
		}
		hearts["sink"].Board.Raise("postgres", "does not answer", "start it")
		if err := Ready(hearts); err == nil || !strings.Contains(err.Error(), "sink: postgres: does not answer since") || !strings.HasSuffix(err.Error(), "start it") {
			t.Errorf("%v, want the trouble of the sink and what to do", err)
		}
		hearts["sink"].Board.Clear("postgres")
		time.Sleep(health.ProofLimit + time.Second)
		hearts["sink"].Board.Prove("loop")
		if err := Ready(hearts); err == nil || !strings.Contains(err.Error(), "capture: no proof of life of loop") || strings.Contains(err.Error(), "sink") {
			t.Errorf("%v, want capture, which hangs, alone", err)
		}
	})
}

func TestStagesAreMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, h := Registry(), NewHeart(nil, topic.Names{}, "shop", "sink")
		MeasureHearts(r, map[string]*Heart{"sink": h})
		h.Board.Prove("loop")
		h.Board.Raise("postgres", "does not answer", "")
		time.Sleep(7 * time.Second)
		families, err := r.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, f := range families {
			if strings.HasPrefix(f.GetName(), "mage2sage_") {
				got[f.GetName()+" "+f.GetMetric()[0].GetLabel()[0].GetValue()] = f.GetMetric()[0].GetGauge().GetValue()
			}
		}
		if got["mage2sage_stage_proof_age_seconds sink"] != 7 || got["mage2sage_stage_troubles sink"] != 1 {
			t.Errorf("measured %v", got)
		}
	})
}
