package transform

import "sync"

// A Progress is how far a stage has come with the partitions that it was given. It may be used
// by many goroutines; a nil Progress forgets what it is told.
type Progress struct {
	mu   sync.Mutex
	of   map[part]partProgress
	seen int64
}

type partProgress struct {
	left int64 // records that were not read yet, about
	live bool
}

// Now returns how many partitions the stage has, how many of them are live, which means that
// what they had at the start is read and assembled, how many records were read since the stage
// began, and about how many are left.
func (p *Progress) Now() (partitions, live int, read, left int64) {
	if p == nil {
		return 0, 0, 0, 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.of {
		left += one.left
		if one.live {
			live++
		}
	}
	return len(p.of), live, p.seen, left
}

func (p *Progress) begin(of part) { p.change(of, func(*partProgress) {}) }

func (p *Progress) at(of part, left int64) {
	p.change(of, func(one *partProgress) { one.left = max(left, 0) })
}

func (p *Progress) read(of part, records int, left int64) {
	p.change(of, func(one *partProgress) { one.left, p.seen = max(left, 0), p.seen+int64(records) })
}

func (p *Progress) live(of part) { p.change(of, func(one *partProgress) { one.live = true }) }

func (p *Progress) leave(of part) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.of, of)
}

func (p *Progress) change(of part, how func(*partProgress)) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of == nil {
		p.of = map[part]partProgress{}
	}
	one := p.of[of]
	how(&one)
	p.of[of] = one
}
