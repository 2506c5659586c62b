// Package health has the one shape in which a running stage says what troubles it.
//
//	board.Raise("kafka", "the broker does not answer", "start it")
//	board.Clear("kafka")
//	board.Troubles() // what status shows
//	board.Prove("planner")
//	board.Proof()    // of the loop that has proved itself longest ago
//
// A stage that outlives an outage raises its trouble when the outage begins and clears
// it when work goes on. Nothing here runs a check, logs or sends: the process that runs
// the stage reads the board and publishes it.
package health

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// A Trouble is what keeps a stage from its work, or from a part of it. It never holds
// a row, a name, an address or a secret.
type Trouble struct {
	About   string    `json:"about"`          // what it is about, such as "kafka" or "binding shop-uk"
	Problem string    `json:"problem"`        // what is wrong
	Hint    string    `json:"hint,omitempty"` // what to type or to do about it; "" when waiting is enough
	Since   time.Time `json:"since"`
	// Until is when the stage tries again, or what keeps it ends by itself; null where neither is known.
	Until *time.Time `json:"until,omitempty"`
	// Records are those that the trouble is about, the first of them where there are many.
	Records []Record `json:"records,omitempty"`
}

// ListedRecords is how many records a trouble lists at most: a heartbeat is read by every status.
const ListedRecords = 20

// A Record is one that a stage has set aside: its place, and why.
type Record struct {
	Topic     string `json:"topic"`
	Partition int    `json:"partition"`
	Offset    int64  `json:"offset"`
	Reason    string `json:"reason"` // names no value of the record
}

// String is the trouble on one line.
func (t Trouble) String() string {
	line := t.About + ": " + t.Problem + " since " + t.Since.Format(time.RFC3339)
	if t.Until != nil {
		line += ", until " + t.Until.UTC().Format(time.RFC3339)
	}
	if t.Hint != "" {
		line += ": " + t.Hint
	}
	return line
}

// A Board holds the troubles that a stage has now, at most one for each thing that it
// is about, and when its loops last did their work. It may be used by many goroutines; a nil Board forgets what it is told.
type Board struct {
	mu       sync.Mutex
	troubles map[string]Trouble
	news     chan struct{}    // made when somebody listens
	proofs   map[string]Proof // by loop
}

// Raise puts a trouble on the board. A trouble that is there already keeps its
// beginning and takes the new words.
func (b *Board) Raise(about, problem, hint string) {
	b.raise(Trouble{About: about, Problem: problem, Hint: hint})
}

// RaiseOf is Raise of a trouble about records.
func (b *Board) RaiseOf(about, problem, hint string, records []Record) {
	b.raise(Trouble{About: about, Problem: problem, Hint: hint, Records: records})
}

// RaiseUntil is Raise of a trouble that ends, or is looked at again, at a time.
func (b *Board) RaiseUntil(about, problem string, until time.Time, hint string) {
	until = until.UTC()
	b.raise(Trouble{About: about, Problem: problem, Hint: hint, Until: &until})
}

func (b *Board) raise(t Trouble) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.troubles == nil {
		b.troubles = map[string]Trouble{}
	}
	t.Since = time.Now().UTC()
	before, ok := b.troubles[t.About]
	if ok {
		t.Since = before.Since
	}
	if !ok || before.Problem != t.Problem {
		b.tell()
	}
	b.troubles[t.About] = t
}

// Clear takes what is about one thing from the board.
func (b *Board) Clear(about string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.troubles[about]; ok {
		b.tell()
	}
	delete(b.troubles, about)
}

// News is rung when a trouble comes, becomes another one, or goes; two that come together
// ring once. It is for one listener. That of a nil Board never rings.
func (b *Board) News() <-chan struct{} {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.news == nil {
		b.news = make(chan struct{}, 1)
	}
	return b.news
}

// tell is called with the lock held. What is told while nobody listens is on the board.
func (b *Board) tell() {
	select {
	case b.news <- struct{}{}:
	default:
	}
}

// Troubles returns what is on the board, the oldest first.
func (b *Board) Troubles() []Trouble {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]Trouble, 0, len(b.troubles))
	for _, t := range b.troubles {
		all = append(all, t)
	}
	slices.SortFunc(all, func(x, y Trouble) int {
		if c := x.Since.Compare(y.Since); c != 0 {
			return c
		}
		return strings.Compare(x.About, y.About)
	})
	return all
}
