package auth

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// memory is a TokenStore.
type memory struct {
	mu   sync.Mutex
	pair TokenPair
}

func (m *memory) Load(context.Context) (TokenPair, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pair, nil
}

func (m *memory) Rotate(_ context.Context, rotate func(TokenPair, func() error) (*TokenPair, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next, err := rotate(m.pair, func() error { m.pair.RefreshInFlight = true; return nil })
	if err == nil && next != nil {
		m.pair = *next
	}
	return err
}

// source is a token source whose endpoint answers that.
func source(t *testing.T, m *memory, answer http.HandlerFunc) *TokenSource {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	app := &App{TokenURL: server.URL, ClientID: "id", ClientSecret: "secret", HTTP: server.Client(), Breaker: closed{}}
	return &TokenSource{App: app, Store: m, Binding: "shop"}
}

// closed is a Breaker that never opens.
type closed struct{}

func (closed) Allow() (func(error), error) { return func(error) {}, nil }

func old() *memory {
	return &memory{pair: TokenPair{Access: "a0", Refresh: "r0", AccessExpiresAt: time.Now().Add(refreshEarly - time.Second)}}
}

const fresh = `{"access_token":"a1","refresh_token":"r1","expires_in":300,"refresh_token_expires_in":2678400}`

func TestATokenIsRefreshedEarlyAndOnce(t *testing.T) {
	calls := 0
	m := old()
	s := source(t, m, func(w http.ResponseWriter, r *http.Request) {
		calls++
		if r.FormValue("refresh_token") != "r0" || r.FormValue("client_secret") != "secret" || !m.pair.RefreshInFlight {
			t.Errorf("presented %q, marked %v; want r0 and the mark before it", r.FormValue("refresh_token"), m.pair.RefreshInFlight)
		}
		w.Write([]byte(fresh))
	})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got, err := s.Token(t.Context()); err != nil || got != "a1" {
				t.Errorf("%d characters, %v", len(got), err)
			}
		})
	}
	all.Wait()
	if calls != 1 || m.pair.Refresh != "r1" || m.pair.RefreshInFlight {
		t.Errorf("%d refreshes; want one, and the new pair unmarked", calls)
	}
}

func TestACallerWhoLeavesDoesNotLoseTheNewPair(t *testing.T) {
	m := old()
	ctx, cancel := context.WithCancel(t.Context())
	s := source(t, m, func(w http.ResponseWriter, _ *http.Request) { cancel(); w.Write([]byte(fresh)) })
	if _, err := s.Token(ctx); err != nil || m.pair.Refresh != "r1" {
		t.Errorf("%v; want the pair kept", err)
	}
}

func TestAnotherProcessesPairIsTakenWithoutARefresh(t *testing.T) {
	m := &memory{pair: TokenPair{Access: "a5", Refresh: "r5", AccessExpiresAt: time.Now().Add(time.Hour)}}
	s := source(t, m, func(http.ResponseWriter, *http.Request) { t.Error("refreshed") })
	s.cached = TokenPair{Access: "a4", AccessExpiresAt: time.Now().Add(time.Hour)}
	if got, err := s.Renew(t.Context(), "a4"); err != nil || got != "a5" {
		t.Errorf("%v; want the other process's token", err)
	}
}

func TestWhatTheTokenEndpointSaysIsToldInWords(t *testing.T) {
	for name, c := range map[string]struct {
		status    int
		body      string
		presented bool
		reauth    bool
		text      string
	}{
		"a grant that ended":      {400, `{"error":"invalid_grant"}`, false, true, "Sage has ended the grant"},
		"a refresh that was lost": {400, `{"error":"invalid_grant"}`, true, true, "answer to the last refresh was lost"},
		"a host that is down":     {503, `<html>`, false, false, "refresh token: not sent"},
		"half a pair":             {200, `{"access_token":"a1"}`, false, false, "no pair of tokens"},
	} {
		m := old()
		m.pair.RefreshInFlight = c.presented
		_, err := source(t, m, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(c.status); w.Write([]byte(c.body)) }).Token(t.Context())
		var reauth *ReauthError
		if errors.As(err, &reauth) != c.reauth || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v; want %q, and a person asked: %v", name, err, c.text, c.reauth)
		}
		if reauth != nil && !strings.Contains(reauth.Hint(), "connect --binding shop") {
			t.Errorf("%s: hint %q", name, reauth.Hint())
		}
	}
}
