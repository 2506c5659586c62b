package snapshot

import (
	"github.com/mage2sage/mage2sage/capture/row"
)

// keptBlock is how much memory is taken at once for rows. A row of more than a quarter of it
// may have memory of its own.
const keptBlock = 256 << 10

// A keeper keeps the rows of one chunk after the other: copies, because those of a result set
// are overwritten by the next ones. Memory is used again for the next chunk.
type keeper struct {
	rows    []row.SnapshotRow
	bytes   int // of their images
	blocks  [][]byte
	current int // the block that is being filled
	size    int // of the last row
}

// clear forgets the rows. Nobody may need them any more.
func (k *keeper) clear() {
	clear(k.rows)
	k.rows, k.bytes, k.current = k.rows[:0], 0, 0
	for i := range k.blocks {
		k.blocks[i] = k.blocks[i][:0]
	}
}

// keep copies one row.
func (k *keeper) keep(layout *row.Layout, values [][]byte) {
	block := k.room(min(k.size+k.size/4, keptBlock/4))
	free := cap(*block) - len(*block)
	written, img := layout.AppendSelected((*block)[len(*block):], values)
	stays := 0 // of what was written, in the block: what does not fit has moved
	if len(written) <= free {
		stays = len(written)
	}
	r := row.SnapshotRow{Image: img}
	if len(values) > len(layout.Columns) && values[len(layout.Columns)] != nil {
		from := len(written)
		written = append(written, values[len(layout.Columns)]...)
		r.ParentRoot = written[from:len(written):len(written)]
	}
	if k.size = len(written); k.size <= free {
		stays = k.size
	}
	*block = (*block)[:len(*block)+stays]
	k.rows, k.bytes = append(k.rows, r), k.bytes+len(img.JSON)
}

// room is a block that has so many bytes left.
func (k *keeper) room(n int) *[]byte {
	for ; k.current < len(k.blocks); k.current++ {
		if b := &k.blocks[k.current]; cap(*b)-len(*b) >= n {
			return b
		}
	}
	k.blocks = append(k.blocks, make([]byte, 0, keptBlock))
	return &k.blocks[k.current]
}
