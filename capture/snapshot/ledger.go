package snapshot

import (
	"slices"
	"sync"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A ledger is the progress of one snapshot, of which several workers deliver ranges.
type ledger struct {
	of   change.Scope
	some func(magento.Table) *Some // which rows; of all that are saved every one
	kept bool                      // its progress is saved
	// report is told of the progress now and then; nil tells nobody.
	report func(change.Progress)

	mu     sync.Mutex
	p      change.Progress
	began  time.Time // of this session's reading
	readMS int64     // of the sessions before
}

func newLedger(of change.Scope, p change.Progress) *ledger {
	return &ledger{of: of, some: everyRow, kept: true, p: p, began: time.Now(), readMS: p.ReadMS}
}

func everyRow(magento.Table) *Some { return nil }

// save has the progress saved with the next checkpoint.
func (l *ledger) save(stream Stream) {
	if l.kept {
		stream.NoteProgress(l.of, l.progress())
	}
}

// progress is a copy that the ledger does not change.
func (l *ledger) progress() change.Progress {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.p
	p.ReadMS = l.readMS + time.Since(l.began).Milliseconds()
	p.Tables, p.Parts = slices.Clone(p.Tables), slices.Clone(p.Parts)
	for i := range p.Parts {
		p.Parts[i].Open = slices.Clone(p.Parts[i].Open)
	}
	return p
}

// change changes the progress.
func (l *ledger) change(do func(p *change.Progress)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do(&l.p)
}

// whole reports whether a table is delivered whole.
func (l *ledger) whole(table string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.p.Tables, table)
}

// part is how far a table is; known is false where its snapshot has not begun.
func (l *ledger) part(table string) (part change.Part, known bool) {
	p := l.progress()
	i := indexOf(p.Parts, table)
	if i < 0 {
		return part, false
	}
	return p.Parts[i], true
}

// begin notes a table's highest key; nil where it has no rows.
func (l *ledger) begin(table string, until []string) {
	l.change(func(p *change.Progress) {
		if until == nil {
			p.Tables = append(p.Tables, table)
			return
		}
		p.Parts = append(p.Parts, change.Part{Table: table, Until: until})
	})
}

// open notes that a range is being delivered.
func (l *ledger) open(table string, r change.KeyRange) {
	l.change(func(p *change.Progress) {
		part := &p.Parts[indexOf(p.Parts, table)]
		part.Begun, part.Open = r.Until, append(part.Open, r)
	})
}

// deliver notes that a range was delivered up to a key, and whether that was all of it.
func (l *ledger) deliver(table string, r change.KeyRange, last []string, all bool, read int, published int64) {
	l.change(func(p *change.Progress) {
		p.Read, p.Rows = p.Read+int64(read), p.Rows+published
		i := indexOf(p.Parts, table)
		part := &p.Parts[i]
		at := slices.IndexFunc(part.Open, func(o change.KeyRange) bool { return slices.Equal(o.Until, r.Until) })
		if !all {
			part.Open[at].After = last
			return
		}
		part.Open = slices.Delete(part.Open, at, at+1)
		if len(part.Open) == 0 && slices.Equal(part.Begun, part.Until) {
			p.Parts = slices.Delete(p.Parts, i, i+1)
			p.Tables = append(p.Tables, table)
		}
	})
}

func indexOf(parts []change.Part, table string) int {
	return slices.IndexFunc(parts, func(p change.Part) bool { return p.Table == table })
}
