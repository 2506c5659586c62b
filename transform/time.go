package transform

import (
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// clockSlip is by how much the clock may be behind what was emitted: that of another instance
// before, or the same one before somebody set it. For so long time stands still, so that a version
// which has taken over is not taken back. What is emitted from more than that ahead was emitted by
// a clock that was wrong.
const clockSlip = time.Hour

// now is the Unix time, as the partition takes it: the clock's, or a later one that is known.
func (p *partition) now() int64 {
	read := p.stage.now()
	return max(read, credible(p.scan.state.AsOf, read), credible(p.emittedAt, read))
}

// now is the clock's Unix time.
func (s *Stage) now() int64 {
	if s.clock == nil {
		return time.Now().Unix()
	}
	return s.clock().Unix()
}

// credible is a Unix time that is known, or 0 where it cannot be right by what the clock says.
func credible(known, read int64) int64 {
	if known-read > int64(clockSlip/time.Second) {
		return 0
	}
	return known
}

// asOf is the Unix time as of which a root is assembled whose newest row was committed at another:
// that one, unless its entities change as time passes. Then it is when the clock was looked at
// last, which is saved with what is emitted, or later where the clock of the shop's database is ahead.
func (p *partition) asOf(root change.Root, newest int64) int64 {
	if !p.dependsOnTime(root) {
		return newest
	}
	return max(newest, p.scan.state.AsOf)
}

func (p *partition) dependsOnTime(root change.Root) bool {
	return slices.Contains(p.clocked, root.Kind())
}

// markOutdated makes the roots dirty whose entities have become others without a row of theirs.
func (p *partition) markOutdated() (marked bool, err error) {
	if marked, err = p.markReferenceDependents(); err != nil {
		return marked, err
	}
	passed, err := p.markPassedOver()
	if err != nil {
		return marked, err
	}
	byTime, err := p.markTimeDependents()
	return marked || passed || byTime, err
}

// markTimeDependents makes the roots dirty of which a moment has come at which they change. Where
// nobody knows these moments, because the state is of a version that did not look at the time,
// and where the clock was set back, so that what was emitted may be too early, all that change as
// time passes are.
func (p *partition) markTimeDependents() (marked bool, err error) {
	if len(p.clocked) == 0 {
		return false, nil
	}
	now, before := p.now(), p.scan.state.AsOf
	p.scan.state.AsOf = now
	if now < before {
		p.log.Warn().Time("before", time.Unix(before, 0).UTC()).Str("hint", "set the clock of this machine, and have it kept: staged versions take over by it").
			Msg("the clock is far behind what it was, products are assembled as of now")
	}
	if before == 0 || now < before {
		return true, p.store.MarkAll(p.dependsOnTime)
	}
	n, err := p.store.MarkDueUntil(now)
	if n > 0 {
		p.log.Info().Int("roots", n).Msg("staged versions are due")
	}
	return n > 0, err
}
