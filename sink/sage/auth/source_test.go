package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// memory is a TokenStore.
type memory struct {
	mu                         sync.Mutex
	pair                       TokenPair
	late                       *TokenPair
	loadErr, markErr, storeErr error
}

func (m *memory) Load(context.Context) (TokenPair, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pair, m.loadErr
}

func (m *memory) Rotate(_ context.Context, rotate func(TokenPair, func(bool) error) (*TokenPair, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next, err := rotate(m.pair, func(refused bool) error {
		m.pair.RefreshInFlight, m.pair.RefreshRefused = m.markErr == nil, refused && m.markErr == nil
		return m.markErr
	})
	if m.late != nil && err != nil { // another process has waited for the lock with its pair
		m.pair, m.late = *m.late, nil
	}
	if err == nil && next != nil && m.storeErr == nil {
		m.pair = *next
	}
	return errors.Join(err, m.storeErr)
}

// old is a store whose pair has to be renewed.
func old() *memory {
	return &memory{pair: TokenPair{Access: "a0", Refresh: "r0", AccessExpiresAt: soon()}}
}

const fresh = `{"access_token":"a1","refresh_token":"r1","token_type":"bearer","expires_in":300,"refresh_token_expires_in":2678400}`

// source is a token source whose endpoint answers that.
func source(t *testing.T, m *memory, answer http.HandlerFunc) (*TokenSource, *endpoint) {
	t.Helper()
	app, e := newApp(t, answer)
	return &TokenSource{App: app, Store: m, Binding: "shop"}, e
}

func TestATokenIsRefreshedEarlyAndOnceByAllCallersAndProcesses(t *testing.T) {
	m := old()
	first, e := source(t, m, func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("refresh_token") != "r0" || r.FormValue("grant_type") != "refresh_token" || r.FormValue("client_secret") != "secret" || !m.pair.RefreshInFlight {
			t.Errorf("presented %q, marked %v; want r0 and the mark before it", r.FormValue("refresh_token"), m.pair.RefreshInFlight)
		}
		says(200, fresh)(w, r)
	})
	second := &TokenSource{App: first.App, Store: m, Binding: "shop"}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			s := []*TokenSource{first, second}[i%2]
			if got, err := s.Token(t.Context()); err != nil || got != "a1" {
				t.Errorf("%d characters, %v", len(got), err)
			}
		})
	}
	all.Wait()
	if len(e.asked()) != 1 || m.pair.Refresh != "r1" || m.pair.RefreshInFlight {
		t.Errorf("%d refreshes; want one, and the new pair unmarked", len(e.asked()))
	}
}

func TestATokenIsUsedUntil75SecondsBeforeItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := TokenPair{Access: "a0", AccessExpiresAt: time.Now().Add(300 * time.Second)}
		time.Sleep(225*time.Second - time.Millisecond)
		if !p.usable("") {
			t.Error("not usable with 75 s and a millisecond left")
		}
		time.Sleep(time.Millisecond)
		if p.usable("") {
			t.Error("usable with 75 s left: it could run out during a call")
		}
		if (TokenPair{AccessExpiresAt: time.Now().Add(time.Hour)}).usable("") {
			t.Error("usable without a token")
		}
	})
}

func TestACallerWhoLeavesDoesNotLoseTheNewPair(t *testing.T) {
	m := old()
	ctx, cancel := context.WithCancel(t.Context())
	s, _ := source(t, m, func(w http.ResponseWriter, r *http.Request) { cancel(); says(200, fresh)(w, r) })
	if _, err := s.Token(ctx); err != nil || m.pair.Refresh != "r1" {
		t.Errorf("%v; want the pair kept", err)
	}
}

func TestAnotherProcessesPairIsTakenWithoutARefresh(t *testing.T) {
	m := &memory{pair: TokenPair{Access: "a5", Refresh: "r5", AccessExpiresAt: time.Now().Add(time.Hour)}}
	s, e := source(t, m, says(500, ""))
	s.cached = TokenPair{Access: "a4", AccessExpiresAt: time.Now().Add(time.Hour)}
	if got, err := s.Renew(t.Context(), "a4"); err != nil || got != "a5" || len(e.asked()) != 0 {
		t.Errorf("%v after %d refreshes; want the other process's token", err, len(e.asked()))
	}
}

// late is a store of which the pair was read just before another process changed it.
type late struct {
	*memory
	before TokenPair
}

func (l late) Load(context.Context) (TokenPair, error) { return l.before, nil }

func TestAPairThatCameWhileWeWaitedForTheLockIsTaken(t *testing.T) {
	m := &memory{pair: TokenPair{Access: "a5", Refresh: "r5", AccessExpiresAt: time.Now().Add(time.Hour)}}
	s, e := source(t, m, says(200, fresh))
	s.Store = late{m, old().pair}
	if got, err := s.Token(t.Context()); err != nil || got != "a5" || len(e.asked()) != 0 || m.pair.Refresh != "r5" {
		t.Errorf("%v after %d refreshes; want the other process's token and its pair left alone", err, len(e.asked()))
	}
}

func TestATokenIsReadFromTheStoreOnce(t *testing.T) {
	m := old()
	s, _ := source(t, m, says(200, fresh))
	for range 3 {
		if got, err := s.Token(t.Context()); err != nil || got != "a1" {
			t.Fatalf("%v; want the token from memory", err)
		}
		m.loadErr = errors.New("no connection")
	}
}

func TestARefusedTokenIsRenewedThoughItHasNotRunOut(t *testing.T) {
	m := old()
	m.pair.AccessExpiresAt = time.Now().Add(time.Hour)
	s, e := source(t, m, says(200, fresh))
	if got, err := s.Token(t.Context()); err != nil || got != "a0" || len(e.asked()) != 0 {
		t.Fatalf("%v after %d refreshes; want the token as it is", err, len(e.asked()))
	}
	if got, err := s.Renew(t.Context(), "a0"); err != nil || got != "a1" || len(e.asked()) != 1 {
		t.Errorf("%v after %d refreshes; want one refresh", err, len(e.asked()))
	}
	if got, err := s.Token(t.Context()); err != nil || got != "a1" || len(e.asked()) != 1 {
		t.Errorf("%v after %d refreshes; want the new token from memory", err, len(e.asked()))
	}
}

func TestALostAnswerLeavesTheMarkAndTheTokenIsTriedAgain(t *testing.T) {
	m := old()
	s, e := source(t, m, cut)
	if _, err := s.Token(t.Context()); err == nil || !m.pair.RefreshInFlight || m.pair.Refresh != "r0" {
		t.Fatalf("%v, marked %v; want an error, and the mark on the old pair", err, m.pair.RefreshInFlight)
	}
	t.Run("the token was not spent", func(t *testing.T) {
		e.then(says(200, fresh))
		if got, err := s.Token(t.Context()); err != nil || got != "a1" || m.pair.RefreshInFlight {
			t.Errorf("%v, marked %v; want the new pair, unmarked", err, m.pair.RefreshInFlight)
		}
	})
	t.Run("the token was spent", func(t *testing.T) {
		m.pair = TokenPair{Access: "a0", Refresh: "r0", AccessExpiresAt: soon(), RefreshInFlight: true}
		s.cached = TokenPair{}
		e.then(says(400, `{"error":"invalid_grant"}`))
		var reauth *ReauthError
		if _, err := s.Token(t.Context()); !errors.As(err, &reauth) || !strings.Contains(err.Error(), "answer to the last refresh was lost") {
			t.Errorf("%v; want a person asked, and told of the lost answer", err)
		}
	})
}

func TestWhatTheTokenEndpointSaysIsToldInWords(t *testing.T) {
	for name, c := range map[string]struct {
		answer    http.HandlerFunc
		presented bool
		reauth    bool
		text      string
		report    error // what the breaker is told; errAny is any other error
	}{
		"a grant that ended":        {says(400, `{"error":"invalid_grant"}`), false, true, "Sage has ended the grant: it says invalid_grant", nil},
		"a refresh that was lost":   {says(400, `{"error":"invalid_grant"}`), true, true, "answer to the last refresh was lost", nil},
		"an app that is unknown":    {says(401, `{"error":"invalid_client"}`), false, true, "it says invalid_client", nil},
		"a code that is a phrase":   {says(400, `{"error":"Ada Example"}`), false, false, "400 Bad Request", errAny},
		"a code with no end":        {says(400, `{"error":"`+strings.Repeat("a", 41)+`"}`), false, false, "400 Bad Request", errAny},
		"400 by a proxy":            {says(400, `<html>`), false, false, "refresh token: not sent", errAny},
		"401 by a gateway":          {says(401, `{"error":"Unauthorized"}`), false, false, "401 Unauthorized", errAny},
		"a code of another status":  {says(404, `{"error":"invalid_grant"}`), false, false, "404 invalid_grant", errAny},
		"a redirect":                {says(302, ``), false, false, "302 Found", errAny},
		"408 by a gateway":          {says(408, ``), false, false, "408 Request Timeout", errAny},
		"too many requests":         {says(429, ``), false, false, "429 Too Many Requests", ErrNotCounted},
		"a host that is down":       {says(503, `<html>`), false, false, "refresh token: not sent", errAny},
		"500 with a code":           {says(500, `{"error":"server_error"}`), false, false, "500 server_error", errAny},
		"half a pair":               {says(200, `{"access_token":"a1"}`), false, false, "no pair of tokens", errAny},
		"a page in place of a pair": {says(200, `<html>`), false, false, "no pair of tokens", errAny},
		"a lost connection":         {cut, false, false, "refresh token: not sent", errAny},
	} {
		t.Run(name, func(t *testing.T) {
			m := old()
			m.pair.RefreshInFlight = c.presented
			s, _ := source(t, m, c.answer)
			_, err := s.Token(t.Context())
			var reauth *ReauthError
			if err == nil || errors.As(err, &reauth) != c.reauth || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v; want %q, and a person asked: %v", err, c.text, c.reauth)
			}
			if reauth != nil && !strings.HasSuffix(reauth.Error(), "run mage2sage connect --binding shop") {
				t.Errorf("%v; want the command that heals it", reauth)
			}
			reports := s.App.Breaker.(*noted).reports
			if len(reports) != 1 || !errors.Is(reports[0], c.report) && (c.report != errAny || reports[0] == nil) {
				t.Errorf("the breaker was told %v, want %v", reports, c.report)
			}
		})
	}
}

var errAny = errors.New("any error")

func TestAnOpenBreakerPresentsNothingAndLeavesNoMark(t *testing.T) {
	m := old()
	s, e := source(t, m, says(200, fresh))
	held := errors.New("held")
	s.App.Breaker = &noted{held: held}
	if _, err := s.Token(t.Context()); !errors.Is(err, held) || len(e.asked()) != 0 || m.pair.RefreshInFlight {
		t.Errorf("%v after %d requests, marked %v; want the breaker's error and nothing else", err, len(e.asked()), m.pair.RefreshInFlight)
	}
}

func TestAMarkThatCannotBeWrittenPresentsNothing(t *testing.T) {
	m := old()
	m.markErr = errors.New("no disk")
	s, e := source(t, m, says(200, fresh))
	if _, err := s.Token(t.Context()); !errors.Is(err, m.markErr) || len(e.asked()) != 0 {
		t.Errorf("%v after %d requests; want the store's error", err, len(e.asked()))
	}
	if reports := s.App.Breaker.(*noted).reports; len(reports) != 1 || reports[0] != ErrNotCounted {
		t.Errorf("the breaker was told %v, want that this says nothing of Sage", reports)
	}
}

func TestAPairThatWasNotStoredIsNotUsed(t *testing.T) {
	m := old()
	m.storeErr = errors.New("no disk")
	s, _ := source(t, m, says(200, fresh))
	if got, err := s.Token(t.Context()); !errors.Is(err, m.storeErr) || got != "" || s.cached.Access != "" {
		t.Errorf("%v; want the store's error and no token", err)
	}
}

func TestAStoreThatFailsIsNoReasonToConnectAgain(t *testing.T) {
	m := old()
	m.loadErr = errors.New("no connection")
	s, e := source(t, m, says(200, fresh))
	var reauth *ReauthError
	if _, err := s.Token(t.Context()); !errors.Is(err, m.loadErr) || errors.As(err, &reauth) || len(e.asked()) != 0 {
		t.Errorf("%v after %d requests; want the store's error alone", err, len(e.asked()))
	}
}

func TestABindingWithoutTokensHasToBeConnected(t *testing.T) {
	s, e := source(t, &memory{}, says(200, fresh))
	var reauth *ReauthError
	if _, err := s.Token(t.Context()); !errors.As(err, &reauth) || reauth.Binding != "shop" || len(e.asked()) != 0 {
		t.Errorf("%v after %d requests; want a person asked", err, len(e.asked()))
	}
}

func TestARefreshTokenLives31DaysWhereTheAnswerDoesNotSay(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want time.Duration
	}{
		"it does not say": {`{"access_token":"a","refresh_token":"r","expires_in":300}`, 31 * 24 * time.Hour},
		"it says":         {`{"access_token":"a","refresh_token":"r","expires_in":300,"refresh_token_expires_in":86400}`, 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pair, err := readTokenPair(200, []byte(c.body))
				if err != nil || !pair.RefreshExpiresAt.Equal(time.Now().Add(c.want)) || !pair.AccessExpiresAt.Equal(time.Now().Add(300*time.Second)) {
					t.Errorf("%v: the refresh token ends in %s, want %s", err, time.Until(pair.RefreshExpiresAt), c.want)
				}
			})
		})
	}
}

func TestAStaticTokenHasNoSuccessor(t *testing.T) {
	s := StaticToken("a0")
	if got, err := s.Token(t.Context()); err != nil || got != "a0" {
		t.Errorf("%v; want the token", err)
	}
	if got, err := s.Renew(t.Context(), "a0"); err == nil || got != "" || !strings.Contains(err.Error(), "run connect again") {
		t.Errorf("%v; want an error that says what to do", err)
	}
}
