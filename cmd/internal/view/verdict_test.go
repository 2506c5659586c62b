package view

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/capture"
	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// well are facts with nothing wrong in them.
func well() Facts {
	p := Pipeline{}
	for _, s := range Stages {
		p.Stages = append(p.Stages, Stage{Stage: s, State: StageWorks})
	}
	return Facts{Pipeline: &p, Books: &Books{Bindings: []BindingStatus{{Binding: Binding{Name: "uk", State: "connected"}, Documents: map[string]int{"posted": 3}}}}}
}

func TestTheFirstLineIsTheVerdict(t *testing.T) {
	soon := int64(3600)
	for name, c := range map[string]struct {
		change func(*Facts)
		state  VerdictState
		parts  []string
	}{
		"all is well":       {func(*Facts) {}, Well, []string{"well"}},
		"transform is dead": {func(f *Facts) { f.Pipeline.Stages[1].State = StageAbsent }, PersonNeeded, []string{"a person is needed: transform is not running"}},
		"transform has just begun": {func(f *Facts) {
			f.Pipeline.Stages[1].State, f.Pipeline.Stages[1].Started = StageStarts, noon
		}, CannotTell, []string{"cannot tell: transform began at 2026-01-31T12:00:00Z and has not done any work yet"}},
		"consent is revoked": {func(f *Facts) { f.Books.Bindings[0].State = "needs_reauth"; f.Books.Bindings[0].Hint = "run connect" }, PersonNeeded, []string{"binding uk is needs_reauth: run connect"}},
		"consent is revoked, and the sink says so of itself": {func(f *Facts) {
			f.Books.Bindings[0].State, f.Books.Bindings[0].Hint = "needs_reauth", "run connect"
			f.Pipeline.Stages[2].State, f.Pipeline.Stages[2].Troubles = StageTroubled, []health.Trouble{{About: "binding uk", Problem: "twice"}, {About: "planning", Problem: "is put off", Since: noon}}
		}, PersonNeeded, []string{"a person is needed: sink: planning: is put off since 2026-01-31T12:00:00Z; binding uk is needs_reauth: run connect"}},
		"consent is revoked while Kafka is away": {func(f *Facts) {
			f.Books.Bindings[0].State, f.Books.Bindings[0].Hint = "needs_reauth", "run connect"
			f.Pipeline, f.PipelineError, f.Process = nil, "x", []string{"sink: binding uk: twice since 2026-01-31T12:00:00Z"}
		}, PersonNeeded, []string{"a person is needed: binding uk is needs_reauth: run connect; x"}},
		"no binding, and the sink says so of itself": {func(f *Facts) {
			f.Books.Bindings = nil
			f.Pipeline.Stages[2].State, f.Pipeline.Stages[2].Troubles = StageTroubled, []health.Trouble{{About: "bindings", Problem: "twice"}}
		}, PersonNeeded, []string{"a person is needed: there is no binding"}},
		"no binding": {func(f *Facts) { f.Books.Bindings = nil }, PersonNeeded, []string{"there is no binding", "binding import"}},
		"a document stands in Sage twice, and the sink says so of itself": {func(f *Facts) {
			f.Books.Bindings[0].Duplicates = 1
			f.Pipeline.Stages[2].State, f.Pipeline.Stages[2].Troubles = StageTroubled, []health.Trouble{{About: "duplicates of binding uk", Problem: "twice"}}
		}, PersonNeeded, []string{"a person is needed: binding uk: 1 of its documents, payments or contacts stands in Sage more than once: mage2sage duplicates --binding uk"}},
		"a document is parked":   {func(f *Facts) { f.Books.Bindings[0].Documents["parked"] = 2 }, PersonNeeded, []string{"2 parked"}},
		"a record is set aside":  {func(f *Facts) { f.Books.SetAside = make([]postgres.SetAside, 1) }, PersonNeeded, []string{"1 records set aside", "record list"}},
		"the log will be purged": {func(f *Facts) { f.Retention = &Retention{BehindSeconds: 60, PurgeSeconds: &soon} }, PersonNeeded, []string{"purge", "1h0m0s"}},
		"Kafka is away":          {func(f *Facts) { f.Pipeline, f.PipelineError = nil, "no broker" }, CannotTell, []string{"cannot tell: no broker"}},
		"Kafka is away, and nobody knows since when": {func(f *Facts) {
			f.Pipeline, f.PipelineError, f.Broker = nil, "x", &health.Trouble{Problem: "kafka: no broker answers", Hint: "start it"}
		}, CannotTell, []string{"cannot tell: capture, transform and sink wait for the broker: kafka: no broker answers: start it"}},
		"Kafka is away, and the process on this machine knows since when": {func(f *Facts) {
			f.Pipeline, f.PipelineError, f.Broker = nil, "x", &health.Trouble{Problem: "kafka: no broker answers", Hint: "start it"}
			f.Process = []string{"capture: broker: kafka: no broker answers (refused) since 2026-01-31T12:00:09Z: start it", "capture: signs of life: kafka: x since 2026-01-31T12:00:04Z: y", "capture: end: other since 2026-01-31T12:00:00Z"}
		}, PersonNeeded, []string{"a person is needed: capture, transform and sink wait for the broker: kafka: no broker answers since 2026-01-31T12:00:04Z: start it; capture: end: other since"}},
		"Postgres is away, and each loop says so": {func(f *Facts) {
			f.Pipeline.Stages[2].State, f.Pipeline.Stages[2].Troubles = StageTroubled, []health.Trouble{{About: "planning put off", Problem: "Postgres does not answer", Since: noon.Add(time.Second), Hint: "start it"}}
			f.Process = []string{"sink: delivery put off: Postgres does not answer since 2026-01-31T12:00:00Z: start it", "sink: planning put off: Postgres does not answer since 2026-01-31T12:00:01Z: start it"}
			f.Books, f.BooksError = nil, "postgres does not answer at x"
		}, PersonNeeded, []string{"a person is needed: sink: Postgres does not answer since 2026-01-31T12:00:00Z: start it; postgres does not answer at x"}},
		"a topic takes no records of our size": {func(f *Facts) {
			f.Pipeline.Stages[0].State, f.Pipeline.Stages[0].Troubles = StageTroubled, []health.Trouble{{About: "broker", Problem: "kafka: the topic m.sales takes no records of 900 bytes", Since: noon, Hint: "type x"}}
		}, PersonNeeded, []string{"a person is needed: capture: kafka: the topic m.sales takes no records of 900 bytes since 2026-01-31T12:00:00Z: type x"}},
		"a stage lives and is not heard": {func(f *Facts) {
			f.Pipeline.Stages[1].State, f.Pipeline.Stages[2].State = StageSilent, StageSilent
			f.Process = []string{"transform: topics: kafka: the disk is full since 2026-01-31T12:00:05Z: make room", "capture: broker: kafka: the disk is full since 2026-01-31T12:00:05Z: make room", "transform: signs of life: kafka: the disk is full since 2026-01-31T12:00:01Z: make room"}
		}, PersonNeeded, []string{"a person is needed: sink gives no sign of life", "; capture and transform: kafka: the disk is full since 2026-01-31T12:00:01Z: make room"}},
		"Postgres is away": {func(f *Facts) { f.Books, f.BooksError = nil, "no postgres" }, CannotTell, []string{"cannot tell: no postgres"}},
		"what is known is said before what is not": {func(f *Facts) {
			f.Books, f.BooksError = nil, "no postgres"
			f.Pipeline.Stages[2].State = StageAbsent
		}, PersonNeeded, []string{"a person is needed: sink is not running", "no postgres"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := well()
			c.change(&f)
			got := Judge(f, noon)
			for _, part := range c.parts {
				if !strings.Contains(got.String(), part) {
					t.Errorf("the verdict is %q, want %q in it", got, part)
				}
			}
			for _, never := range []string{"transform gives no sign", "twice"} {
				if strings.Contains(got.String(), never) {
					t.Errorf("the verdict is %q, want no %q in it", got, never)
				}
			}
			if got.State != c.state || strings.Contains(got.String(), "\n") {
				t.Errorf("the verdict is %d %q, want %d on one line", got.State, got, c.state)
			}
		})
	}
}

// TestAVerdictIsAboutTheStagesThatAreAskedFor has no books, as where there is no Postgres.
func TestAVerdictIsAboutTheStagesThatAreAskedFor(t *testing.T) {
	const sinks = "sink: planning: Postgres does not answer since 2026-01-31T12:00:00Z: start it"
	const transforms = "transform: topics: kafka: no broker answers since 2026-01-31T12:00:04Z: start it"
	away := func(f *Facts) {
		f.Pipeline, f.PipelineError, f.Broker = nil, "x", &health.Trouble{Problem: "kafka: no broker answers", Hint: "start it"}
	}
	for name, c := range map[string]struct {
		judged []string
		change func(*Facts)
		want   string
	}{
		"the topics alone need no books":             {[]string{"capture", "transform"}, func(*Facts) {}, "well"},
		"what the process says of the sink":          {[]string{"capture", "transform"}, func(f *Facts) { f.Process = []string{sinks} }, "well"},
		"what the process says of one that is asked": {[]string{"transform"}, func(f *Facts) { f.Process = []string{sinks, transforms} }, "a person is needed: transform: kafka: no broker answers since 2026-01-31T12:00:04Z: start it"},
		"the broker keeps two waiting":               {[]string{"transform", "capture"}, away, "cannot tell: capture and transform wait for the broker: kafka: no broker answers: start it"},
		"the broker keeps one waiting":               {[]string{"capture"}, away, "cannot tell: capture waits for the broker: kafka: no broker answers: start it"},
		"the time of another stage is not its time":  {[]string{"capture"}, func(f *Facts) { away(f); f.Process = []string{transforms} }, "cannot tell: capture waits for the broker: kafka: no broker answers: start it"},
		"the sink is asked for without its books":    {[]string{"sink"}, func(f *Facts) { f.BooksError = "no postgres" }, "cannot tell: no postgres"},
		"nobody has chosen":                          {nil, func(f *Facts) { f.BooksError = "no postgres" }, "cannot tell: no postgres"},
	} {
		t.Run(name, func(t *testing.T) {
			f := well()
			f.Judged, f.Books = c.judged, nil
			c.change(&f)
			if got := Judge(f, noon).String(); got != c.want {
				t.Errorf("the verdict is %q, want %q", got, c.want)
			}
		})
	}
}

func TestAVerdictIsWordsInJSON(t *testing.T) {
	text, err := json.Marshal(Verdict{PersonNeeded, []string{"start it"}})
	if want := `{"state":"a person is needed","reasons":["start it"]}`; err != nil || string(text) != want {
		t.Errorf("written as %s, %v; want %s", text, err, want)
	}
}

func TestALogThatIsPurgedIsToldWhateverTheServerKeeps(t *testing.T) {
	at := change.Checkpoint{File: "b.1", Pos: 42, TSMS: noon.Add(-time.Second).UnixMilli()}
	for _, expire := range []time.Duration{0, time.Hour} {
		r := RetentionOf(at, capture.Retention{End: position.Position{File: "b.3", Pos: 4}, Expire: expire, Purged: true}, noon)
		if problems := r.Problems(); r.PurgeSeconds != nil || len(problems) != 1 || !strings.Contains(problems[0], "has purged what capture has not read: start capture") {
			t.Errorf("%+v tells %q", r, problems)
		}
	}
}

func TestTheTimeUntilThePurgeCountsFromOurPlace(t *testing.T) {
	at := change.Checkpoint{File: "b.1", Pos: 42, TSMS: noon.Add(-time.Hour).UnixMilli()}
	for name, c := range map[string]struct {
		pos           uint64
		expire        time.Duration
		behind, purge int64 // purge −1: never
		alarms        bool
	}{
		"nothing follows":              {42, time.Hour, 0, -1, false},
		"the server keeps it for ever": {99, 0, 3600, -1, false},
		"days are left":                {99, 10 * 24 * time.Hour, 3600, 239 * 3600, false},
		"an hour is left":              {99, 2 * time.Hour, 3600, 3600, true},
		"it may be gone":               {99, time.Minute, 3600, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := RetentionOf(at, capture.Retention{End: position.Position{File: "b.1", Pos: c.pos}, Expire: c.expire}, noon)
			purge := int64(-1)
			if r.PurgeSeconds != nil {
				purge = *r.PurgeSeconds
			}
			if r.BehindSeconds != c.behind || purge != c.purge || (len(r.Problems()) > 0) != c.alarms {
				t.Errorf("%d s behind, purged in %d s, alarms %v; want %d, %d, alarm %v", r.BehindSeconds, purge, r.Problems(), c.behind, c.purge, c.alarms)
			}
		})
	}
}
