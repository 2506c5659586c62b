package sink

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// keeping is the loop that says outside of Postgres how far Postgres has come.
const keeping = "keeping the end of the audit trail"

// A memory finds out whether the database is an older one than was worked with, before any
// call is made from it: what it lacks may stand in Sage. Kafka knows better by two things:
// how far the group has read, and how far the audit trail went.
type memory struct {
	db      *postgres.DB
	topics  *topic.Client
	names   topic.Names
	origins *origins
	log     zerolog.Logger

	compared atomic.Pointer[string] // the incarnation of the database that was last compared

	mu   sync.Mutex
	kept int64 // the end of the audit trail that Kafka was last told
}

// compareWithin bounds a comparison: the loop has to say within health.ProofLimit that it
// waits for a broker.
const compareWithin = 10 * time.Second

// compare asks Kafka once for each incarnation of the database. Nothing may be sent to Sage,
// and nothing be read, before it has returned nil.
func (m *memory) compare(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, compareWithin)
	defer cancel()
	now, err := m.db.Incarnation(ctx)
	if err != nil || m.isCompared(now) {
		return err
	}
	reason, err := m.lost(ctx)
	if err != nil {
		return fmt.Errorf("nothing is sent before it is known whether the database was restored: %w", err)
	}
	if reason != "" {
		if err := m.db.NoteRestored(ctx, reason); err != nil {
			return err
		}
		m.log.Warn().Str("reason", reason).Str("hint", "nothing is sent until what stands in Sage was read and adopted").
			Msg("database older than what was done with it: it was restored, or made anew")
	}
	m.compared.Store(&now)
	return nil
}

func (m *memory) isCompared(incarnation string) bool {
	compared := m.compared.Load()
	return compared != nil && *compared == incarnation
}

// lost says by what Kafka knows more than the database, "" where it does not.
func (m *memory) lost(ctx context.Context) (reason string, err error) {
	state, err := m.origins.state(ctx, "", time.Now())
	if err != nil {
		return "", err
	}
	last, err := m.db.TrailEnd(ctx)
	if err != nil {
		return "", err
	}
	if state.Trail.Last > last {
		return fmt.Sprintf("its audit trail ends at %d, and went to %d", last, state.Trail.Last), nil
	}
	for _, k := range plan.Kinds() {
		if reason, err = m.lostOf(ctx, m.names.Canonical(string(k))); reason != "" || err != nil {
			return reason, err
		}
	}
	return "", nil
}

// lostOf says by which partition of a topic the group was ahead of the database.
func (m *memory) lostOf(ctx context.Context, name string) (reason string, err error) {
	partitions, err := m.topics.PartitionCount(ctx, name)
	if err != nil || partitions == 0 {
		return "", err
	}
	committed, err := m.topics.GroupOffsets(ctx, m.names.Group("sink"), name, partitions)
	if err != nil {
		return "", err
	}
	for p, offset := range committed {
		kept, err := m.db.Bookmark(ctx, name, p)
		if err != nil {
			return "", err
		}
		if offset > kept.Offset {
			return fmt.Sprintf("it has read %s/%d to %d, and had read to %d", name, p, kept.Offset, offset), nil
		}
	}
	return "", nil
}

// putBack reports whether the database is another one than at the last question, which has
// left its answer in last. A reader must begin anew where its bookmark says.
func (m *memory) putBack(last **string) bool {
	before := *last
	*last = m.compared.Load()
	return before != nil && before != *last
}

// keep tells Kafka how far the audit trail goes. It never speaks for a database that was not
// compared, whose end would hide what was lost.
func (m *memory) keep(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	last, err := m.db.TrailEnd(ctx)
	if err != nil || last == m.kept {
		return err
	}
	now, err := m.db.Incarnation(ctx)
	if err != nil || !m.isCompared(now) {
		return err
	}
	state, err := m.origins.state(ctx, "", time.Time{})
	if err != nil || state.Pipeline == "" {
		return err
	}
	record, err := topic.TrailRecord(change.Trail{Last: last})
	if err != nil {
		return err
	}
	records := []topic.Record{record}
	topic.Stamp(records, state.Pipeline)
	if _, err := m.topics.Produce(ctx, m.names.Offsets(), 0, records); err != nil {
		return fmt.Errorf("say how far the audit trail goes: %w", err)
	}
	m.kept = last
	return nil
}
