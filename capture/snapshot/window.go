package snapshot

// maxTouched bounds the keys that a window remembers, some 20 MB; a chunk whose
// window saw more is read again.
const maxTouched = 200_000

// A window notes which rows of a table the log touches between the low and the high
// watermark of a chunk. It is used on the streaming goroutine alone.
type window struct {
	table string              // "" is any
	keys  map[string]struct{} // record keys
}

func newWindow(table string) *window { return &window{table, map[string]struct{}{}} }

// touch notes a row.
func (w *window) touch(table string, key []byte) {
	if (w.table == "" || w.table == table) && len(w.keys) <= maxTouched {
		w.keys[string(key)] = struct{}{}
	}
}

// touched reports whether a row was noted.
func (w *window) touched(key []byte) bool {
	_, ok := w.keys[string(key)]
	return ok
}

// overflowed reports whether rows were touched that are not noted.
func (w *window) overflowed() bool { return len(w.keys) > maxTouched }
