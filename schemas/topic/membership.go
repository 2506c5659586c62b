package topic

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrGenerationEnded is wrapped by Assignment.Member when the group has gone on without
// this process.
var ErrGenerationEnded = errors.New("the group has given the partitions to others")

// A membership is what this process knows of its place in a generation. The library
// sends heartbeats and does not say when the last was answered; a process that slept
// cannot know by itself that it did.
type membership struct {
	session time.Duration
	now     func() time.Time

	mu     sync.Mutex
	proven time.Time // when the last request was sent that the broker took from a member
}

// asked runs a request that the broker refuses to anybody but a member.
func (m *membership) asked(request func() error) error {
	sent := m.now()
	if err := request(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.proven = sent
	return nil
}

// fresh reports whether the proof is so recent that nobody can have taken over: a third
// of the session leaves the rest for the request that follows. Both clocks count, as the
// monotonic one stands still while a machine sleeps.
func (m *membership) fresh() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	return max(now.Sub(m.proven), now.Round(0).Sub(m.proven.Round(0))) < m.session/3
}

// Member returns nil when the broker has confirmed lately that this process is in the
// generation. It asks when the last proof is older than a third of the session, by a
// commit of the offset, and returns ErrGenerationEnded when it is refused. Whoever
// writes on behalf of a partition calls it right before, with the offset of the last
// Commit: what follows from later records is not written yet.
func (a Assignment) Member(offset int64) error {
	if a.membership == nil || a.membership.fresh() {
		return nil
	}
	if err := a.Commit(offset); err != nil {
		return fmt.Errorf("%w: %w", ErrGenerationEnded, err)
	}
	if !a.membership.fresh() { // it slept while it asked
		return fmt.Errorf("%w: the answer came too late", ErrGenerationEnded)
	}
	return nil
}
