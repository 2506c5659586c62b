package snapshot

import (
	"slices"
	"strconv"
	"sync"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// widths are what a snapshot has learned of tables by reading them: how many bytes a row has,
// and how many keys lie between two rows. A chunk asks for no more rows than fit into it: what
// a server sends beyond is thrown away and asked for again.
type widths struct {
	mu     sync.Mutex
	tables map[string]width
}

type width struct {
	rows, bytes int // all that were read
	// found is how many rows the range had that was read last, which spans so many keys.
	found int
	span  float64
}

// note adds what a chunk has read.
func (w *widths) note(p *piece, c Chunk, bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tables == nil {
		w.tables = map[string]width{}
	}
	name := p.layout.Table.Name
	t := w.tables[name]
	t.rows, t.bytes = t.rows+c.Rows, t.bytes+bytes
	end := c.Last
	if c.Done {
		end = p.keys.Until
	}
	t.found, t.span = c.Rows, 0
	if from, to, ok := numbers(p.layout, change.KeyRange{After: p.keys.After, Until: end}); ok {
		t.span = float64(to) - float64(from)
	}
	w.tables[name] = t
}

// fitting is how many rows of a table fit into a chunk, with room for some that are wider than
// most; no more than most.
func (w *widths) fitting(table string, most int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.tables[table]
	if t.bytes == 0 {
		return most
	}
	return max(1, min(most, chunkBytes/10*9*t.rows/t.bytes))
}

// reach guesses up to which key a range has so many rows, by the one that was read last; nil
// where that is no guess to trust. A wrong one makes a piece larger or smaller and loses
// nothing; asking the server costs it a quarter of what it costs to read the rows.
func (w *widths) reach(p *piece, rows int) []string {
	from, end, ok := numbers(p.layout, p.keys)
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.tables[p.layout.Table.Name]
	if !ok || t.span <= 0 || t.found < rows/4 {
		return nil
	}
	to := float64(from) + t.span*float64(rows)/float64(t.found)
	if to >= float64(end) || int64(to) <= from {
		return nil
	}
	return []string{strconv.FormatInt(int64(to), 10)}
}

// numbers are the ends of a range whose keys are numbers; those of a table begin at nothing.
func numbers(layout *row.Layout, keys change.KeyRange) (after, until int64, ok bool) {
	pk := layout.Table.PK
	counted := func(c row.Column) bool { return c.Name == pk[0] && c.Kind == row.Integer }
	if len(pk) != 1 || !slices.ContainsFunc(layout.Columns, counted) || len(keys.After) != 1 || len(keys.Until) != 1 {
		return 0, 0, false
	}
	after, afterErr := strconv.ParseInt(keys.After[0], 10, 64)
	until, untilErr := strconv.ParseInt(keys.Until[0], 10, 64)
	return after, until, afterErr == nil && untilErr == nil
}
