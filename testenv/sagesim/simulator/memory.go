package simulator

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/wire"
)

// A memory is what was answered to each idempotency id, of one business, or of all where
// they share one.
type memory struct {
	mu       sync.Mutex
	answers  map[string]remembered
	underway map[string]bool
}

// A remembered answer is what one idempotency id got, to be given again.
type remembered struct {
	resource string
	sent     string // the body that got it
	status   int
	body     []byte
	at       time.Time
}

func newMemory() *memory {
	return &memory{answers: map[string]remembered{}, underway: map[string]bool{}}
}

func (m *memory) get(key string) (remembered, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	was, ok := m.answers[key]
	return was, ok
}

func (m *memory) put(key string, r remembered) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers[key] = r
}

// begin notes that a request with an id is under way; false when another one is.
func (m *memory) begin(key string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.underway[key] {
		return false
	}
	m.underway[key] = true
	return true
}

func (m *memory) end(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.underway, key)
}

// begin refuses a request whose idempotency id is under way already, under RefuseConcurrent. Else
// the second one waits for the first, and gets its answer.
func (s *Server) begin(r *http.Request, body []byte) (end func(), err error) {
	resource, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v3.1/"), "/")
	key, company := wire.Idempotency(resource, body), s.company(r)
	if !s.o.RefuseConcurrent || key == "" || company == nil {
		return func() {}, nil
	}
	if !company.memory.begin(key) {
		return func() {}, &books.Refusal{Status: 409, Code: "IdempotencyConflict", Message: "A request with this idempotency_id is under way.", Source: "idempotency_id"}
	}
	return func() { company.memory.end(key) }, nil
}

// bodyOf reads a request to its end.
func bodyOf(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 16<<20))
	if err != nil {
		return nil, &books.Refusal{Status: 400, Code: "InvalidRequest", Message: "The body could not be read."}
	}
	return body, nil
}
