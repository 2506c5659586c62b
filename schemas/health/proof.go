package health

import "time"

// A Proof is how the loop of a stage is that did its work longest ago.
type Proof struct {
	Loop string    // "" where no loop is known
	At   time.Time // when it last did its work; zero for one that has not yet
	Owed time.Time // since when it owes a proof; zero for one that was not announced
}

// sign is the newest sign of a loop: its beginning is as good as a proof, and ages as one.
func (p Proof) sign() time.Time {
	if p.At.Before(p.Owed) {
		return p.Owed
	}
	return p.At
}

// Expect announces loops that owe a proof from now on, as they begin: one that hangs in
// its first step is then not hidden by the others. A loop that begins again owes a new one.
func (b *Board) Expect(loops ...string) {
	for _, loop := range loops {
		b.keep(Proof{Loop: loop, Owed: time.Now().UTC()})
	}
}

// Prove says that a loop of the stage has just done its work: it was answered by what
// it works with, or it found nothing to do there. Only the loop itself calls it, never a
// timer beside it, so that a loop that hangs cannot go on looking well.
func (b *Board) Prove(loop string) {
	b.keep(Proof{Loop: loop, At: time.Now().UTC()})
}

func (b *Board) keep(p Proof) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.proofs == nil {
		b.proofs = map[string]Proof{}
	}
	b.proofs[p.Loop] = p
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

// Proof returns the loop that has been without a sign for the longest time: the stage is
// no better than its worst loop.
func (b *Board) Proof() (worst Proof) {
	if b == nil {
		return worst
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.proofs {
		order := p.sign().Compare(worst.sign())
		if worst.Loop == "" || order < 0 || order == 0 && p.Loop < worst.Loop {
			worst = p
		}
	}
	return worst
}
