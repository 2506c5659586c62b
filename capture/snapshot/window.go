package snapshot

import "sync/atomic"

// maxTouched bounds the keys that a window remembers, some 20 MB; a chunk whose
// window saw more is read again.
const maxTouched = 200_000

// A window notes which rows of a table the log touches between the low and the high
// watermark of a chunk. It is used on the streaming goroutine alone, but for overflowed.
type window struct {
	table string              // "" is any
	keys  map[string]struct{} // record keys
	full  atomic.Bool         // more rows were touched than are noted
	stop  func()              // ends the watch; nil before it has begun
}

func newWindow(table string) *window { return &window{table: table, keys: map[string]struct{}{}} }

// touch notes a row.
func (w *window) touch(table string, key []byte) {
	switch {
	case w.table != "" && w.table != table || w.full.Load():
	case len(w.keys) < maxTouched:
		w.keys[string(key)] = struct{}{}
	case !w.touched(key):
		w.full.Store(true)
	}
}

// touched reports whether a row was noted.
func (w *window) touched(key []byte) bool {
	_, ok := w.keys[string(key)]
	return ok
}

// overflowed reports whether rows were touched that are not noted.
func (w *window) overflowed() bool { return w.full.Load() }

// end ends the watch. A nil window has none.
func (w *window) end() {
	if w != nil && w.stop != nil {
		w.stop()
		w.stop = nil
	}
}
