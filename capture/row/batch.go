package row

// BatchBytes is about how large the images of a batch grow, so that what is on its way
// between two goroutines is bounded in bytes, however wide the rows are.
const BatchBytes = 256 << 10

// batchEvents bounds the events of a batch: most transactions of a shop have no row that is
// captured, and their readers are to hear of them too.
const batchEvents = 512

// A Batch is a run of events, in the order of the log, whose images share one memory. Whoever
// takes it calls Release when nothing of it is needed any more; it keeps copies of the rest.
type Batch struct {
	Events []Event

	buffer  []byte
	images  []Image
	changes []Change
	free    chan<- *Batch // nil: nobody wants it back
}

// NewBatch returns an empty batch that Release hands to free; nil is nobody.
func NewBatch(free chan<- *Batch) *Batch { return &Batch{free: free} }

// Full reports whether the batch should be handed on before more is added.
func (b *Batch) Full() bool { return len(b.buffer) >= BatchBytes || len(b.Events) >= batchEvents }

// Image builds an image of a layout in the batch's memory; value is that of Layout.Append.
func (b *Batch) Image(l *Layout, value func(dst []byte, column int) []byte) *Image {
	var img Image
	b.buffer, img = l.Append(b.buffer, value)
	b.images = append(b.images, img)
	return &b.images[len(b.images)-1]
}

// Mark is where the changes of an event begin, for Since.
func (b *Batch) Mark() int { return len(b.changes) }

// Change adds a changed row to the event that is being read.
func (b *Batch) Change(c Change) { b.changes = append(b.changes, c) }

// Since returns the changes that were added since a mark.
func (b *Batch) Since(mark int) []Change { return b.changes[mark:len(b.changes):len(b.changes)] }

// Release gives the memory back. One that grew far beyond the usual is left to the
// garbage collector: a single row may have held millions of bytes.
func (b *Batch) Release() {
	if b.free == nil {
		return
	}
	if cap(b.buffer) > 4*BatchBytes {
		b.buffer = nil
	}
	clear(b.Events)
	b.Events, b.buffer, b.images, b.changes = b.Events[:0], b.buffer[:0], b.images[:0], b.changes[:0]
	select {
	case b.free <- b:
	default:
	}
}

// Clone is a copy of an event with memory of its own.
func (e Event) Clone() Event {
	changes := make([]Change, len(e.Changes))
	for i, c := range e.Changes {
		changes[i] = Change{c.Before.clone(), c.After.clone()}
	}
	e.Changes = changes
	return e
}

func (img *Image) clone() *Image {
	if img == nil {
		return nil
	}
	copied := func(b []byte) []byte {
		if b == nil {
			return nil
		}
		return append([]byte{}, b...)
	}
	return &Image{JSON: copied(img.JSON), Key: copied(img.Key), PK: copied(img.PK), Root: copied(img.Root), FilterValue: copied(img.FilterValue)}
}
