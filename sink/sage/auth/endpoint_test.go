package auth

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// An endpoint is Sage's authorization server: it notes the forms that it is sent
// and gives one answer.
type endpoint struct {
	mu     sync.Mutex
	forms  []url.Values
	answer http.HandlerFunc
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	e.mu.Lock()
	e.forms = append(e.forms, r.PostForm)
	answer := e.answer
	e.mu.Unlock()
	answer(w, r)
}

// asked returns the forms so far.
func (e *endpoint) asked() []url.Values {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.forms
}

// then changes the answer.
func (e *endpoint) then(answer http.HandlerFunc) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = answer
}

// says is the answer with that status and body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		w.Write([]byte(body))
	}
}

// cut ends the connection without an answer.
func cut(w http.ResponseWriter, _ *http.Request) {
	conn, _, _ := w.(http.Hijacker).Hijack()
	conn.Close()
}

// newApp returns an App whose endpoints answer that, and what they were asked.
func newApp(t *testing.T, answer http.HandlerFunc) (*App, *endpoint) {
	t.Helper()
	e := &endpoint{answer: answer}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return &App{
		ClientID: "id", ClientSecret: "secret", Callback: "127.0.0.1:0", HTTP: server.Client(), Breaker: &noted{},
		AuthorizeURL: "https://sage.test/oauth2/auth/central", TokenURL: server.URL + "/token", RevokeURL: server.URL + "/revoke",
	}, e
}

// noted is a Breaker that notes what it is told; with held it is open.
type noted struct {
	mu      sync.Mutex
	held    error
	reports []error
}

func (n *noted) Allow() (func(error), error) {
	if n.held != nil {
		return nil, n.held
	}
	return func(err error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.reports = append(n.reports, err)
	}, nil
}

// soon is when the access token of a pair has to be renewed.
func soon() time.Time { return time.Now().Add(refreshEarly - time.Second) }
