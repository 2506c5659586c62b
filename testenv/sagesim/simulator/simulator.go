// Package simulator answers HTTP as Sage Business Cloud Accounting does: OAuth,
// the API under /v3.1, and for tests a view behind the scenes under /_sim.
//
//	client ──► faults ──► oauth                 tokens
//	              │   └─► /v3.1 ──► wire ──► books ──► ledger
//	              └────── /_sim/documents items ledger calls faults
//
// It is strict where Sage is known to be strict, and Options switch what is not
// known. Answers are made whole before they are sent, so a fault can lose an
// answer after its effect: what a client must survive can be arranged exactly.
// Everything is kept in memory; with DataDir, accepted writes go to a journal
// before they are answered and are repeated at the next start, and tokens survive.
package simulator

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/oauth"
)

// Options of a simulator; the zero value is one British business under the
// client demo-client with the secret demo-secret.
type Options struct {
	ClientID     string
	ClientSecret string
	RedirectURI  string        // registered redirect address; empty accepts any loopback address
	AutoConsent  bool          // authorize at once, without a person
	AccessLife   time.Duration // of access tokens; 0 means 300 s
	ReuseRevokes bool          // a refresh token presented twice ends the whole consent
	RefreshGrace time.Duration // how long the last refresh token before the live one still works

	BaseCurrency string // "" means GBP
	Businesses   int    // 0 means 1
	BusinessName string // "" means Demo Shop 1 Ltd, and so on
	Edition      string // StandardEdition or StartEdition; "" is Plus, which has everything

	EditionStatus    int  // what is answered to a call that the edition lacks; 0 means 403
	RememberRefusals bool // a 422 is remembered under its idempotency id; else the id is free after it
	RefuseOtherBody  bool // an idempotency id with another body is refused; else it gets the first answer
	RefuseConcurrent bool // an idempotency id that is under way is refused; else the second call waits for the first
	SharedKeys       bool // all businesses share their idempotency ids; else each has its own
	ReadingSends     bool // reading a document marks it as sent, unless mark_as_sent is false

	Lenient     bool          // ignore unknown fields and parameters; else they are refused
	Latency     time.Duration // added to every API call
	ListLag     time.Duration // new things show in lists only when this old
	Memory      time.Duration // how long idempotency ids are kept; 0 means 7 days, negative never
	ClampPages  bool          // items_per_page above 200 counts as 200; else it is refused
	Search      string        // how a search matches: SearchPrefix, SearchExact, or "" for any part
	ShowDeleted bool          // GET of a deleted id shows it with deleted_at; else it is 404
	Rules       books.Rules   // unknowns of the books themselves

	AppLimit      Limit // of all calls
	BusinessLimit Limit // of those to one business

	DataDir string           // of Open: journal of accepted writes, and tokens; empty keeps all in memory
	Clock   func() time.Time // nil means time.Now
}

// What Search may be besides "".
const (
	SearchPrefix = "prefix"
	SearchExact  = "exact"
)

// A Server is one simulated Sage. It is an http.Handler, safe for concurrent use.
type Server struct {
	o         Options
	oauth     *oauth.Server
	companies []*company
	byID      map[string]*company
	mux       *http.ServeMux
	faults    faults
	calls     calls
	limits    limits
	journal   *journal
}

// A company is a business with its lock and its memory of idempotency ids.
type company struct {
	mu       sync.RWMutex
	books    *books.Business
	memory   *memory
	inFlight atomic.Int32 // POSTs under way
}

// Open returns a simulator that goes on where the files in DataDir end.
func Open(o Options) (*Server, error) {
	if o.DataDir == "" {
		return New(o), nil
	}
	if err := os.MkdirAll(o.DataDir, 0o755); err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	s := build(o, filepath.Join(o.DataDir, "tokens.json"))
	if err := s.oauth.Load(); err != nil {
		return nil, err
	}
	return s, s.openJournal()
}

// New returns a simulator that keeps everything in memory, whatever DataDir says.
func New(o Options) *Server { return build(o, "") }

func build(o Options, tokens string) *Server {
	o.fill()
	s := &Server{o: o, byID: map[string]*company{}, limits: limits{app: o.AppLimit.limiter(), ofBusiness: map[string]*rate.Limiter{}}}
	s.oauth = oauth.New(oauth.Options{
		ClientID: o.ClientID, ClientSecret: o.ClientSecret, RedirectURI: o.RedirectURI, AutoConsent: o.AutoConsent,
		AccessLife: o.AccessLife, ReuseRevokes: o.ReuseRevokes, Grace: o.RefreshGrace, File: tokens, Clock: o.Clock,
	})
	s.found(o.Clock)
	s.mux = s.routes()
	return s
}

func (o *Options) fill() {
	for value, fallback := range map[*string]string{&o.ClientID: "demo-client", &o.ClientSecret: "demo-secret", &o.BaseCurrency: "GBP"} {
		if *value == "" {
			*value = fallback
		}
	}
	if o.Businesses == 0 {
		o.Businesses = 1
	}
	if o.Memory == 0 {
		o.Memory = 7 * 24 * time.Hour
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
}

// found makes the businesses.
func (s *Server) found(clock func() time.Time) {
	for i := range s.o.Businesses {
		b := books.New(BusinessID(i), cmp.Or(s.o.BusinessName, fmt.Sprintf("Demo Shop %d Ltd", i+1)), s.o.BaseCurrency, clock)
		b.Rules = s.o.Rules
		if s.o.Edition == StartEdition {
			b.Rules.OneAddress, b.Rules.FullyAllocated = true, true
		}
		c := &company{books: b, memory: newMemory()}
		if s.o.SharedKeys && i > 0 {
			c.memory = s.companies[0].memory
		}
		s.companies = append(s.companies, c)
		s.byID[b.ID] = c
	}
}

// BusinessID is the id of the i-th business, counted from 0; the first is the
// lead business.
func BusinessID(i int) string { return chart.ID("business", fmt.Sprint(i+1)) }

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth2/auth/central", s.oauth.Authorize)
	mux.HandleFunc("POST /oauth2/auth/central", s.oauth.Authorize)
	mux.HandleFunc("POST /token", s.oauth.Token)
	mux.HandleFunc("POST /revoke", s.oauth.Revoke)
	mux.HandleFunc("GET /_sim/documents", s.showDocuments)
	mux.HandleFunc("GET /_sim/items", s.showItems)
	mux.HandleFunc("GET /_sim/ledger", s.showLedger)
	mux.HandleFunc("GET /_sim/calls", s.showCalls)
	mux.HandleFunc("GET /_sim/faults", s.showFaults)
	mux.HandleFunc("POST /_sim/faults", s.takeFaults)
	mux.HandleFunc("DELETE /_sim/faults", s.clearFaults)
	mux.HandleFunc("POST /_sim/expire", s.expireTokens)
	return mux
}

// ServeHTTP answers one request, under the faults that wait for it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_sim/") {
		s.mux.ServeHTTP(w, r)
		return
	}
	note := &Call{Method: r.Method, Path: r.URL.Path, At: s.o.Clock()}
	a := newAnswer()
	f := s.faults.take(r.Method, r.URL.Path)
	s.perform(a, r, note, f)
	note.Status = a.status
	s.calls.add(note)
	f.after(a)
	a.send(w)
}

// perform makes the answer, or the fault that stands in its place.
func (s *Server) perform(a *answer, r *http.Request, note *Call, f *Fault) {
	if f != nil {
		note.Fault = f.Mode
	}
	if !strings.HasPrefix(r.URL.Path, "/v3.1/") {
		if !f.before(a) {
			s.mux.ServeHTTP(a, r)
		}
		return
	}
	s.api(a, r, note, f)
}

// Start serves a simulator in this process until the test ends, and returns it
// with its base URL.
func Start(t Test, o Options) (*Server, string) {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s, serve(t, s)
}
