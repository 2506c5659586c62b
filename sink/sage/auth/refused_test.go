package auth

import (
	"errors"
	"testing"
	"time"
)

func TestARefusedRefreshTokenIsPresentedByNobodyAgain(t *testing.T) {
	m := old()
	first, e := source(t, m, says(400, `{"error":"invalid_grant"}`))
	second := &TokenSource{App: first.App, Store: m, Binding: "shop"}
	for i := range 4 {
		var reauth *ReauthError
		if _, err := []*TokenSource{first, second}[i%2].Token(t.Context()); !errors.As(err, &reauth) || len(e.asked()) != 1 {
			t.Errorf("%v after it was presented %d times; want a person asked, and once", err, len(e.asked()))
		}
	}
}

// A process that could not store its pair under the lock stores it as soon as another one,
// whose refresh was refused because of it, has given the lock back.
func TestAfterARefusalThePairOfAnotherProcessIsTaken(t *testing.T) {
	m := old()
	m.pair.RefreshInFlight = true
	m.late = &TokenPair{Access: "a7", Refresh: "r7", AccessExpiresAt: time.Now().Add(time.Hour)}
	s, e := source(t, m, says(400, `{"error":"invalid_grant"}`))
	if got, err := s.Token(t.Context()); err != nil || got != "a7" || len(e.asked()) != 1 {
		t.Errorf("%v after %d requests; want the other process's token", err, len(e.asked()))
	}
}
