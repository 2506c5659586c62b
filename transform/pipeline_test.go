package transform

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// oneInvoice is a world with an invoice in it, written by a pipeline from version n on.
func oneInvoice(t *testing.T, pipeline string, n uint64, change columns) *world {
	t.Helper()
	w := emptyWorld(t)
	w.pipeline = pipeline
	w.makeTopics()
	w.whole()
	w.commit(n, referenceRows("General")...)
	w.commit(n+1, append(orderRows(1), invoiceRows(1, 1)...)...)
	if change != nil {
		w.commit(n+2, orderRow(1, change))
	}
	return w
}

func TestARecordOfAnotherPipelineHasNoEffect(t *testing.T) {
	t.Parallel()
	w := oneInvoice(t, testPipeline, 10, nil)
	var log logBuffer
	r := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.New(&log)})
	r.settled()
	name, p := w.place(invoiceRow(1, 1, nil))
	ends, err := w.client.EndOffsets(t.Context(), name, partitions)
	w.must(err)
	forged := []topic.Record{rawRecord(version(900), invoiceRow(1, 1, nil)), markerRecord(version(900), version(11))}
	for i := range forged {
		forged[i].Headers = append(forged[i].Headers, topic.Header{Key: change.HeaderPipeline, Value: []byte("somebody")})
	}
	w.produce(name, p, forged...)
	w.commit(12, orderRow(1, columns{"state": "complete"}))
	r.settled()
	if want := fmt.Sprintf(`"topic":%q,"partition":%d,"offset":%d,`, name, p, ends[p]); !strings.Contains(strings.Join(log.lines(), "\n"), want) {
		t.Errorf("the log does not say %s: %q", want, log.lines())
	}
	for _, e := range w.emissions() {
		if e.entity.Head().Deleted {
			t.Errorf("%s is emitted as deleted, and its pipeline never said so", e.id)
		}
	}
	if _, err := w.client.ReadAll(t.Context(), w.names.Canonical("invoice"), p, func(r topic.Record) error {
		if got := r.Header(change.HeaderPipeline); got != testPipeline {
			t.Errorf("%s carries the pipeline %q, want %s", r.Key, got, testPipeline)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// The successor's records come before the offsets topic says whose the topics are, and none
// comes afterwards: nothing but the stage itself can ask again.
func TestASuccessorIsFollowedThoughItsRecordsCameBeforeItsIdentity(t *testing.T) {
	t.Parallel()
	w := oneInvoice(t, testPipeline, 10, nil)
	r := w.start(t.TempDir())
	r.settled()
	w.delete(w.names.Offsets())
	r.until("it is there again, and empty", func() bool { // the client may still know the old one
		w.must(w.client.Ensure(t.Context(), []topic.Spec{{Name: w.names.Offsets(), Partitions: 1}}))
		_, err := w.client.EndOffsets(t.Context(), w.names.Offsets(), 1)
		return err == nil
	})
	w.pipeline, w.markers, w.begun = "P2", map[string]change.Version{}, map[change.Domain]change.Version{}
	w.whole()
	w.commit(20, referenceRows("General")...)
	w.commit(21, append(orderRows(2), invoiceRows(2, 1)...)...)
	r.settled()
	w.makeTopics()
	r.until("the successor's invoice is emitted", func() bool {
		for _, e := range w.emissions() {
			if e.id == canonical.NewID(canonical.KindInvoice, 2) {
				return true
			}
		}
		return false
	})
}

func TestAQuestionAboutASuccessorStaysOpenUntilItIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q successorQuestion
		var told topic.SourceState
		asked := 0
		look := func(foreign bool) error {
			return q.answer(foreign, func() (topic.SourceState, error) { asked++; return told, nil }, "P1")
		}
		expect := func(what string, err error, want int) {
			t.Helper()
			if err != nil || asked != want {
				t.Errorf("%s: %v after %d questions, want %d", what, err, asked, want)
			}
		}
		expect("nothing foreign", look(false), 0)
		told.Known, told.Pipeline = true, "P1"
		expect("somebody else's record", look(true), 1)
		expect("another within the second", look(true), 1)
		time.Sleep(successorCheck)
		told = topic.SourceState{}
		expect("the question that was left open, while the topic is empty", look(false), 2)
		time.Sleep(successorCheck)
		told.Known, told.Pipeline = true, "P1"
		expect("the same once more", look(false), 3)
		time.Sleep(successorCheck)
		expect("it is answered", look(false), 3)
		told.Pipeline = "P2"
		if err := look(true); !errors.Is(err, errSuccessor) {
			t.Errorf("%v, want errSuccessor", err)
		}
	})
}

// A successor's clock is behind: its versions are below those of the state.
func TestAStateOfAnotherPipelineIsAnotherHistory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	before := oneInvoice(t, testPipeline, 1000, nil)
	r := before.start(dir)
	r.settled()
	r.end()
	w := oneInvoice(t, "P2", 10, nil)
	r = w.start(dir)
	r.settled()
	r.until("the successor's invoice is emitted with its own version", func() bool {
		for _, e := range w.emissions() {
			if e.id == canonical.NewID(canonical.KindInvoice, 1) && e.version == version(11) {
				return true
			}
		}
		return false
	})
}
