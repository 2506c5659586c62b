package stream

import (
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

const (
	// slabBytes is how much memory is taken at once. Records are much smaller.
	slabBytes = 256 << 10
	// slabHeaders is for how many headers.
	slabHeaders = 1024
	// rowHeaderCount is how many headers a row's record has at most, with that of the pipeline,
	// which whoever owns the topics adds.
	rowHeaderCount = 3
)

// A memory holds the records that are collected. All of it is used again once they are
// acknowledged: records come by the ten thousand in a second, and each would be garbage
// a moment later.
type memory struct {
	slabs   [][]byte
	current int // the slab that is being filled
	headers [][]topic.Header
	taken   int // of the slabs of headers: those before it are full

	version     change.Version
	versionText []byte // of version
}

// bytes returns an empty slice that n bytes can be appended to.
func (m *memory) bytes(n int) []byte {
	if n > slabBytes/4 {
		return make([]byte, 0, n)
	}
	for m.current < len(m.slabs) {
		if slab := m.slabs[m.current]; cap(slab)-len(slab) >= n {
			at := len(slab)
			m.slabs[m.current] = slab[:at+n]
			return slab[at : at : at+n]
		}
		m.current++
	}
	m.slabs = append(m.slabs, make([]byte, n, slabBytes))
	return m.slabs[m.current][0:0:n]
}

// copied returns a copy.
func (m *memory) copied(b []byte) []byte { return append(m.bytes(len(b)), b...) }

// rowHeaders are the headers of a row's records: version and, where the table has
// one, the root. There is room for one more.
func (m *memory) rowHeaders(version change.Version, root change.Root) []topic.Header {
	if version != m.version || m.versionText == nil {
		m.version, m.versionText = version, []byte(version.String())
	}
	all := append(m.noHeaders(), topic.Header{Key: change.HeaderVersion, Value: m.versionText})
	if root != "" {
		all = append(all, topic.Header{Key: change.HeaderRoot, Value: append(m.bytes(len(root)), root...)})
	}
	return all
}

// noHeaders has room for rowHeaderCount.
func (m *memory) noHeaders() []topic.Header {
	for ; m.taken < len(m.headers); m.taken++ {
		if slab := m.headers[m.taken]; cap(slab)-len(slab) >= rowHeaderCount {
			break
		}
	}
	if m.taken == len(m.headers) {
		m.headers = append(m.headers, make([]topic.Header, 0, slabHeaders))
	}
	slab := m.headers[m.taken]
	at := len(slab)
	m.headers[m.taken] = slab[:at+rowHeaderCount]
	return slab[at : at : at+rowHeaderCount]
}

// reset gives everything back.
func (m *memory) reset() {
	for i := range m.slabs {
		m.slabs[i] = m.slabs[i][:0]
	}
	for i := range m.headers {
		m.headers[i] = m.headers[i][:0]
	}
	m.current, m.taken = 0, 0
}
