package health

import "time"

// Expect announces loops that owe a proof from now on. Until each of them has given its
// first, the stage has none: one that hangs in its first step is not hidden by the others.
func (b *Board) Expect(loops ...string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, loop := range loops {
		b.prove(loop, time.Time{})
	}
}

// prove is called with the lock held.
func (b *Board) prove(loop string, at time.Time) {
	if b.proofs == nil {
		b.proofs = map[string]time.Time{}
	}
	b.proofs[loop] = at
}

// Prove says that a loop of the stage has just done its work: it was answered by what
// it works with, or it found nothing to do there. Only the loop itself calls it, never a
// timer beside it, so that a loop that hangs cannot go on looking well.
func (b *Board) Prove(loop string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.prove(loop, time.Now().UTC())
}

// Retire forgets a loop that has ended and owes no proof any more, such as the reader of
// a partition that another process has now.
func (b *Board) Retire(loop string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.proofs, loop)
}

// Proof returns the loop whose last proof is the oldest, and when that was: the stage is
// no better than its worst loop. The time is zero for a loop that has given none yet, and
// the loop is "" where none is known.
func (b *Board) Proof() (loop string, at time.Time) {
	if b == nil {
		return "", time.Time{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for l, t := range b.proofs {
		if loop == "" || t.Before(at) || t.Equal(at) && l < loop {
			loop, at = l, t
		}
	}
	return loop, at
}
