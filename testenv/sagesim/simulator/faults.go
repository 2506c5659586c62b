package simulator

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Fault spoils the next calls that match it, Count times.
//
// Modes, by what is left behind:
//
//	status               nothing happened; the answer is Status, with Body if set
//	status_after_commit  it happened; the answer is Status, with Body if set
//	500_before           nothing happened; 500 UnexpectedError
//	500_after_commit     it happened; 500 UnexpectedError
//	502_html             nothing happened; a gateway's HTML page
//	502_after_commit     it happened; a gateway's HTML page
//	drop_before          nothing happened; the connection breaks
//	drop_after_commit    it happened; the connection breaks
//	delay                it happens after Delay, even when the client has left
//	delay_after_commit   it happens at once, the answer comes after Delay
type Fault struct {
	Method     string `json:"method,omitempty"` // empty matches every method
	Path       string `json:"path,omitempty"`   // prefix of the path: /v3.1/contacts, /token; empty matches all
	Mode       string `json:"mode"`
	Status     int    `json:"status,omitempty"`      // of mode status; 0 means 429
	RetryAfter int    `json:"retry_after,omitempty"` // seconds; 0 sends no header
	Body       string `json:"body,omitempty"`
	Delay      Millis `json:"delay_ms,omitempty"`
	Skip       int    `json:"skip,omitempty"`  // let so many matching calls pass first
	Count      int    `json:"count,omitempty"` // 0 means once, negative means for ever
}

// Millis is a duration that JSON holds in milliseconds.
type Millis int64

func (m Millis) sleep() { time.Sleep(time.Duration(m) * time.Millisecond) }

// faults wait for their calls.
type faults struct {
	mu      sync.Mutex
	waiting []*Fault
}

// Fault arranges faults for calls to come; the first that matches a call is used.
func (s *Server) Fault(list ...Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	for _, f := range list {
		if f.Count == 0 {
			f.Count = 1
		}
		s.faults.waiting = append(s.faults.waiting, &f)
	}
}

// ClearFaults forgets the faults that still wait.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.waiting = nil
}

// take uses up one fault for a call; nil when none waits for it.
func (f *faults) take(method, path string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, one := range f.waiting {
		if one.Method != "" && one.Method != method || !strings.HasPrefix(path, one.Path) {
			continue
		}
		if one.Skip > 0 {
			one.Skip--
			continue
		}
		taken := *one
		if one.Count > 0 {
			one.Count--
		}
		if one.Count == 0 {
			f.waiting = append(f.waiting[:i:i], f.waiting[i+1:]...)
		}
		return &taken
	}
	return nil
}

// before spoils a call before it takes effect; true when the answer stands.
func (f *Fault) before(a *answer) bool {
	if f == nil {
		return false
	}
	switch f.Mode {
	case "status":
		f.status(a)
	case "500_before":
		unexpected(a)
	case "502_html":
		gateway(a)
	case "drop_before":
		a.lost = true
	case "delay":
		f.Delay.sleep()
		return false
	default:
		return false
	}
	return true
}

// after spoils the answer of a call that took effect.
func (f *Fault) after(a *answer) {
	if f == nil {
		return
	}
	switch f.Mode {
	case "status_after_commit":
		f.status(a)
	case "500_after_commit":
		unexpected(a)
	case "502_after_commit":
		gateway(a)
	case "drop_after_commit":
		a.lost = true
	case "delay_after_commit":
		f.Delay.sleep()
	}
}

func (f *Fault) status(a *answer) {
	status := f.Status
	if status == 0 {
		status = http.StatusTooManyRequests
	}
	if f.RetryAfter > 0 {
		a.header.Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	body := f.Body
	if body == "" {
		body = `[{"$severity":"error","$dataCode":"` + strings.ReplaceAll(http.StatusText(status), " ", "") + `","$message":"` + http.StatusText(status) + `","$source":""}]`
	}
	a.raw(status, []byte(body))
}

func unexpected(a *answer) {
	a.json(http.StatusInternalServerError, []complaint{{"error", "UnexpectedError", "An unexpected error occurred.", ""}})
}

func gateway(a *answer) {
	a.raw(http.StatusBadGateway, []byte("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"))
	a.header.Set("Content-Type", "text/html")
}

var modes = []string{
	"status", "status_after_commit", "500_before", "500_after_commit", "502_html", "502_after_commit",
	"drop_before", "drop_after_commit", "delay", "delay_after_commit",
}

// takeFaults answers POST /_sim/faults with a JSON list of faults.
func (s *Server) takeFaults(w http.ResponseWriter, r *http.Request) {
	var list []Fault
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		http.Error(w, "expected a JSON list of faults: "+err.Error(), http.StatusBadRequest)
		return
	}
	for _, f := range list {
		if !contains(modes, f.Mode) {
			http.Error(w, "mode must be one of "+strings.Join(modes, " "), http.StatusBadRequest)
			return
		}
	}
	s.Fault(list...)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) showFaults(w http.ResponseWriter, _ *http.Request) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	show(w, append([]*Fault{}, s.faults.waiting...))
}

func (s *Server) clearFaults(w http.ResponseWriter, _ *http.Request) {
	s.ClearFaults()
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) expireTokens(w http.ResponseWriter, _ *http.Request) {
	s.Expire()
	w.WriteHeader(http.StatusNoContent)
}
