package snapshot

import (
	"github.com/mage2sage/mage2sage/capture/row"
)

// keptBlock is how much memory is taken at once for rows. It is given back with the last of
// them. A row of more than a quarter of it may have memory of its own.
const keptBlock = 256 << 10

// A keeper copies rows of a result set, which are overwritten by the next ones.
type keeper struct {
	block []byte // the copies, one behind the other
	size  int    // of the last row
}

// keep copies one row.
func (k *keeper) keep(layout *row.Layout, values [][]byte) row.SnapshotRow {
	if cap(k.block)-len(k.block) < min(k.size+k.size/4, keptBlock/4) {
		k.block = make([]byte, 0, keptBlock)
	}
	at := len(k.block)
	written, img := layout.AppendSelected(k.block[at:at], values)
	r := row.SnapshotRow{Image: img}
	if len(values) > len(layout.Columns) && values[len(layout.Columns)] != nil {
		from := len(written)
		written = append(written, values[len(layout.Columns)]...)
		r.ParentRoot = written[from:len(written):len(written)]
	}
	if k.size = len(written); at+k.size <= cap(k.block) { // otherwise it has moved
		k.block = k.block[:at+k.size]
	}
	return r
}
