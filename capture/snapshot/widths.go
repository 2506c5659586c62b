package snapshot

import "sync"

// widths are the widths of tables' rows, as far as they were read. A chunk asks for no more
// rows than fit into it: what a server sends beyond is thrown away and asked for again.
type widths struct {
	mu  sync.Mutex
	sum map[string]width
}

type width struct{ rows, bytes int }

// note adds what a chunk has read.
func (w *widths) note(table string, rows, bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sum == nil {
		w.sum = map[string]width{}
	}
	sum := w.sum[table]
	w.sum[table] = width{sum.rows + rows, sum.bytes + bytes}
}

// fitting is how many rows of a table fit into a chunk, with room for some that are wider than
// most; no more than most.
func (w *widths) fitting(table string, most int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	sum := w.sum[table]
	if sum.bytes == 0 {
		return most
	}
	return max(1, min(most, chunkBytes/10*9*sum.rows/sum.bytes))
}
