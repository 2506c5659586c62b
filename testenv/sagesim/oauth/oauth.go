// Package oauth is Sage's authorization server: consent, tokens, revocation.
//
//	GET  /oauth2/auth/central  consent page, or a code at once under AutoConsent
//	POST /token                code → tokens;  refresh token → new pair
//	POST /revoke               the refresh token and its successors die
//
// A code is good once and for 60 s. An access token lives 300 s unless set, a
// refresh token 31 days; every refresh gives a new refresh token and ends the old
// one. Presenting an ended one is invalid_grant, and counted, because a careful
// client never does it.
package oauth

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"sync"
	"time"
)

// The lifetimes that Sage documents.
const (
	codeLife    = 60 * time.Second
	refreshLife = 31 * 24 * time.Hour
)

// Options of a server. The client is the one registered application.
type Options struct {
	ClientID     string
	ClientSecret string
	RedirectURI  string        // the registered one; empty accepts every loopback address
	AutoConsent  bool          // redirect with a code instead of showing the page
	AccessLife   time.Duration // 0 means 300 s
	ReuseRevokes bool          // a reused refresh token ends its whole family
	Grace        time.Duration // how long the last refresh token before the live one still works
	File         string        // keeps tokens over a restart; empty keeps them in memory
	Clock        func() time.Time
}

// A Server issues and checks tokens. It is safe for concurrent use.
type Server struct {
	o      Options
	mu     sync.Mutex
	codes  map[string]code
	access map[string]accessToken
	family map[string]*family // by refresh token, ended ones too
	counts Counts
}

// Counts say what clients did with their tokens.
type Counts struct {
	Granted       int `json:"granted"`        // codes exchanged
	Refreshed     int `json:"refreshed"`      // refresh tokens rotated
	RefreshReused int `json:"refresh_reused"` // ended refresh tokens presented again
	Revoked       int `json:"revoked"`
}

// A code waits for its exchange.
type code struct {
	redirect, scope, challenge, method string
	expires                            time.Time
	used                               bool
}

type accessToken struct {
	Scope   string    `json:"scope"`
	Expires time.Time `json:"expires"`
}

// A family is one consent: the chain of refresh tokens that began with it.
type family struct {
	Scope   string    `json:"scope"`
	Live    string    `json:"live"`  // the one refresh token that is good
	Ended   []string  `json:"ended"` // those before it
	Expires time.Time `json:"expires"`
	Revoked bool      `json:"revoked"`
	Issued  time.Time `json:"issued"` // when Live was
}

// New returns a server that knows one client and has given no tokens yet.
func New(o Options) *Server {
	if o.AccessLife == 0 {
		o.AccessLife = 300 * time.Second
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Server{o: o, codes: map[string]code{}, access: map[string]accessToken{}, family: map[string]*family{}}
}

// Tokens is the answer of the token endpoint.
type Tokens struct {
	Access         string `json:"access_token"`
	Type           string `json:"token_type"`
	ExpiresIn      int    `json:"expires_in"` // seconds
	Scope          string `json:"scope"`
	Refresh        string `json:"refresh_token"`
	RefreshExpires int    `json:"refresh_token_expires_in"` // seconds
	RequestedBy    string `json:"requested_by_id"`
}

// Grant gives tokens as if a person had consented: for tests that are not about
// the dance. It does not write File.
func (s *Server) Grant(scope string) Tokens {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issue(&family{Scope: scope})
}

// Check returns the scope of a live access token; false when it is none.
func (s *Server) Check(access string) (scope string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.access[access]
	if !ok || !s.o.Clock().Before(t.Expires) {
		delete(s.access, access)
		return "", false
	}
	return t.Scope, true
}

// Expire ends all access tokens now, as if 300 s had passed.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.access)
}

// Counts returns what happened so far.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// issue makes the next pair of a family; the caller holds the lock.
func (s *Server) issue(f *family) Tokens {
	now := s.o.Clock()
	s.sweep(now)
	if f.Live != "" {
		f.Ended = append(f.Ended, f.Live)
	}
	f.Live, f.Expires, f.Issued = random(48), now.Add(refreshLife), now
	s.family[f.Live] = f
	access := random(12) + "." + random(600) + "." + random(384) // as long as Sage's tokens are
	s.access[access] = accessToken{f.Scope, now.Add(s.o.AccessLife)}
	return Tokens{
		Access: access, Type: "bearer", ExpiresIn: int(s.o.AccessLife.Seconds()), Scope: f.Scope,
		Refresh: f.Live, RefreshExpires: int(refreshLife.Seconds()), RequestedBy: "1f2e3d4c-0000-4000-8000-000000000000",
	}
}

func (s *Server) sweep(now time.Time) {
	for token, t := range s.access {
		if now.After(t.Expires) {
			delete(s.access, token)
		}
	}
}

func random(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails: it ends the process instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// newCode looks like Sage's: a country, a slash, and noise.
func newCode(country string) string {
	b := make([]byte, 20)
	rand.Read(b)
	return country + "/" + hex.EncodeToString(b)
}
