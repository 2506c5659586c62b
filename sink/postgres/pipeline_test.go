package postgres_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// of is the mark of a partition whose records a pipeline has written.
func of(p postgres.Pipeline) postgres.PartitionMark {
	at := place
	at.Pipeline = p
	return at
}

// asserts fails where a condition over a database does not hold.
func asserts(t *testing.T, dsn, condition string) {
	t.Helper()
	if err := try(dsn, "DO $$ BEGIN ASSERT ("+condition+"); END $$"); err != nil {
		t.Errorf("%s: %v", condition, err)
	}
}

func TestVersionsAreComparedWithinOnePipelineOnly(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	first, second := postgres.Pipeline{ID: "P1", Prefix: "test"}, postgres.Pipeline{ID: "P2", Prefix: "test"}
	past, stranger := first, postgres.Pipeline{ID: "P9", Prefix: "test", Past: true}
	past.Past = true
	for n, c := range []struct {
		by       postgres.Pipeline
		sequence uint64
		body     string
		want     postgres.Taken
	}{
		{first, 9, `{"by": 1}`, postgres.Taken{New: 1}},
		{second, 1, `{"by": 2}`, postgres.Taken{New: 1}},                                                                   // newer whatever its clock says
		{past, 99, `{"by": 1, "n": 2}`, postgres.Taken{}},                                                                  // older whatever its clock says, and no news
		{second, 0, `{"by": 0}`, postgres.Taken{SetAside: []postgres.Refusal{{Offset: 0, Reason: postgres.OlderVersion}}}}, // of its own
	} {
		got, err := s.Put(t.Context(), []postgres.Entity{entity(1, c.sequence, c.body)}, of(c.by))
		if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%d: %+v, %v; want %+v", n, got, err, c.want)
		}
	}
	again := of(second)
	again.ReadAgain = true
	if got, err := s.Put(t.Context(), []postgres.Entity{entity(1, 0, `{"by": 0}`)}, again); err != nil || len(got.SetAside) != 0 {
		t.Errorf("%+v, %v; want nothing said of what was read before", got, err)
	}
	if _, err := s.Put(t.Context(), []postgres.Entity{entity(2, 1, `{}`)}, of(stranger)); !errors.Is(err, postgres.ErrUnknownPipeline) {
		t.Errorf("%v, want a pipeline that nobody knows refused", err)
	}
	asserts(t, dsn, `SELECT body->>'by' = '2' FROM entities WHERE id = 'invoice:1'`)
	asserts(t, dsn, `SELECT string_agg(detail->>'pipeline', ' ' ORDER BY id) = 'P1 P2' FROM audit WHERE event = 'pipeline followed'`)
}

func TestAMoveForgetsHowFarItsOwnTopicsWereRead(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	put := func(name string, p postgres.Pipeline) error {
		at := of(p)
		at.Topic = name
		_, err := s.Put(t.Context(), []postgres.Entity{entity(1, 1, `{}`)}, at)
		return err
	}
	first := postgres.Pipeline{ID: "P1", Prefix: "test"}
	for _, name := range []string{"test.x", "tests.x", "other.x"} {
		if err := put(name, first); err != nil {
			t.Fatal(err)
		}
	}
	if known, err := s.Move(t.Context(), "shop", "test"); err != nil || !known {
		t.Fatalf("move: %v, %v", known, err)
	}
	for name, want := range map[string]topic.Bookmark{"test.x": {}, "tests.x": place.Mark, "other.x": place.Mark} {
		if got, err := s.Bookmark(t.Context(), name, 0); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
	asserts(t, dsn, `SELECT count(*) = 1 FROM audit WHERE event = 'source moved' AND detail->>'prefix' = 'test'`)
	// What a pipeline of before the move has left in the topics is still known to be older.
	if err := put("test.x", postgres.Pipeline{ID: "P2", Prefix: "test"}); err != nil {
		t.Fatal(err)
	}
	first.Past = true
	if err := put("test.x", first); err != nil {
		t.Errorf("%v, want the past of before the move known", err)
	}
}

// Several partitions see a new pipeline at once: it is followed once, and said once.
func TestAPipelineIsFollowedOnce(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	other, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(t.Context(), `INSERT INTO source_pipelines (source, pipeline, prefix, generation) VALUES ('shop', 'P1', 'test', 1)`); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := s.Put(t.Context(), []postgres.Entity{entity(1, 1, `{}`)}, of(postgres.Pipeline{ID: "P1", Prefix: "test"}))
		done <- err
	}()
	for waits := false; !waits; {
		select {
		case err := <-done:
			t.Fatalf("%v before the other was done", err)
		default:
		}
		if err := conn.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
			OR EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	if err := other.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	asserts(t, dsn, `SELECT count(*) = 0 FROM audit WHERE event = 'pipeline followed'`)
}

func TestAnOlderVersionUnderAnotherOrderIsNoNews(t *testing.T) {
	t.Parallel()
	living, dead := version(9, 5, false), version(7, 3, true)
	s, _ := open(t)
	for _, e := range []postgres.Entity{living, dead} {
		if got, err := s.Put(t.Context(), []postgres.Entity{e}, place); err != nil || len(got.SetAside) != 0 {
			t.Errorf("under order %d: %+v, %v; want nothing set aside", e.OrderID, got, err)
		}
	}
	for name, c := range map[string]struct {
		older, newer postgres.Entity
		want         bool
	}{
		"another content":                     {version(9, 4, true), living, true},
		"the same content":                    {entity(1, 4, `{"a": 1, "version": 4, "occurred_at": "x"}`), entity(1, 5, `{"a": 1, "version": 5, "occurred_at": "y"}`), false},
		"the newer one itself":                {living, version(9, 4, true), false},
		"a deletion under the order before":   {dead, living, false},
		"a life under the order before":       {version(7, 3, false), living, true},
		"a body that cannot be read as a map": {entity(1, 4, `[]`), entity(1, 5, `[]`), true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.older.OlderThan(c.newer); got != c.want {
				t.Errorf("an older version with other content: %v, want %v", got, c.want)
			}
		})
	}
}
