package simulator

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/oauth"
)

// keptCalls is how many calls are remembered one by one; totals count all.
const keptCalls = 20000

// A Call is one request that the simulator saw, tokens and API alike.
type Call struct {
	Sequence int       `json:"sequence"` // from 1
	At       time.Time `json:"at"`
	Method   string    `json:"method"`
	Path     string    `json:"path"`
	Business string    `json:"business,omitempty"`
	Status   int       `json:"status"`           // before an _after_commit fault changed it
	Write    bool      `json:"write,omitempty"`  // it changed the books
	Replay   bool      `json:"replay,omitempty"` // answered from the memory of its idempotency_id
	Overlap  bool      `json:"overlap,omitempty"`
	Unknown  int       `json:"unknown_fields,omitempty"`
	Fault    string    `json:"fault,omitempty"`
	// Throttled is whose limit had no room for it: app or business.
	Throttled string `json:"throttled,omitempty"`
}

// Calls is what clients did so far.
type Calls struct {
	Total    int `json:"total"`
	Reads    int `json:"reads"`  // accepted GETs of the API
	Writes   int `json:"writes"` // calls that changed the books, a lost answer included
	Replays  int `json:"idempotent_replays"`
	Overlaps int `json:"overlapping_posts"` // POSTs begun while another of the business was under way
	Refused  int `json:"refused"`           // 4xx
	// Throttled counts the calls that a limit had no room for, by limit: app, business.
	Throttled     map[string]int `json:"throttled"`
	UnknownFields int            `json:"unknown_fields"` // in bodies and queries
	ByPath        map[string]int `json:"by_path"`        // "POST contacts 201" → count
	Tokens        oauth.Counts   `json:"tokens"`
	Calls         []Call         `json:"calls"` // the last 20,000
}

// calls notes what clients do.
type calls struct {
	mu     sync.Mutex
	totals Calls
}

func (c *calls) add(note *Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.totals
	t.Total++
	note.Sequence = t.Total
	api := strings.HasPrefix(note.Path, "/v3.1/")
	for _, count := range []struct {
		what *int
		yes  bool
	}{
		{&t.Reads, api && note.Method == http.MethodGet && note.Status < 400},
		{&t.Writes, note.Write},
		{&t.Replays, note.Replay},
		{&t.Overlaps, note.Overlap},
		{&t.Refused, note.Status >= 400 && note.Status < 500},
	} {
		if count.yes {
			*count.what++
		}
	}
	t.UnknownFields += note.Unknown
	if t.ByPath == nil {
		t.ByPath = map[string]int{}
	}
	t.ByPath[class(note)]++
	if note.Throttled != "" {
		if t.Throttled == nil {
			t.Throttled = map[string]int{}
		}
		t.Throttled[note.Throttled]++
	}
	if len(t.Calls) >= 2*keptCalls {
		t.Calls = append([]Call(nil), t.Calls[keptCalls:]...)
	}
	t.Calls = append(t.Calls, *note)
}

// class is a call without its ids: "POST contacts 201".
func class(note *Call) string {
	path := strings.TrimPrefix(note.Path, "/v3.1/")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) > 1 && path != note.Path {
		parts[1] = "{id}"
	}
	return note.Method + " " + strings.Join(parts, "/") + " " + strconv.Itoa(note.Status)
}

// Calls returns what clients did so far.
func (s *Server) Calls() Calls {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	t := s.calls.totals
	t.Tokens = s.oauth.Counts()
	t.Calls = append([]Call{}, t.Calls[max(0, len(t.Calls)-keptCalls):]...)
	t.Throttled = maps.Clone(t.Throttled)
	t.ByPath = map[string]int{}
	for class, n := range s.calls.totals.ByPath {
		t.ByPath[class] = n
	}
	return t
}

// showCalls answers GET /_sim/calls; ?since=N leaves out single calls up to N,
// ?last=N all but the last N.
func (s *Server) showCalls(w http.ResponseWriter, r *http.Request) {
	t := s.Calls()
	since, _ := strconv.Atoi(r.URL.Query().Get("since"))
	for len(t.Calls) > 0 && t.Calls[0].Sequence <= since {
		t.Calls = t.Calls[1:]
	}
	if last, err := strconv.Atoi(r.URL.Query().Get("last")); err == nil && last >= 0 {
		t.Calls = t.Calls[max(0, len(t.Calls)-last):]
	}
	show(w, t)
}

func show(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.Encode(body) // a client that left needs no answer
}
