package binding

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

func tokenStore(t *testing.T, b *books, business string) TokenStore {
	t.Helper()
	keys, err := auth.NewKeyring([]auth.Key{{ID: "k1", Key: secret.String(strings.Repeat("ab", 32))}})
	if err != nil {
		t.Fatal(err)
	}
	return TokenStore{b, keys, "a", business}
}

func TestTokensAreSealedForTheirBindingAndBusiness(t *testing.T) {
	b := newBooks()
	store := tokenStore(t, b, "biz")
	pair := auth.TokenPair{Access: "access-secret", Refresh: "refresh-secret", AccessExpiresAt: time.Unix(10, 0), RefreshExpiresAt: time.Unix(20, 0)}
	if none, err := store.Load(t.Context()); err != nil || none.Refresh != "" {
		t.Errorf("before the first grant: %v, %v", none, err)
	}
	if err := store.Put(t.Context(), pair); err != nil {
		t.Fatal(err)
	}
	if kept := b.tokens["a"]; strings.Contains(string(kept.Access)+string(kept.Refresh), "secret") {
		t.Error("a token can be read in the database")
	}
	if got, err := store.Load(t.Context()); err != nil || got != pair {
		t.Errorf("%+v, %v; want the pair", got, err)
	}
	if _, err := tokenStore(t, b, "another").Load(t.Context()); err == nil {
		t.Error("tokens open for another business")
	}
}

func TestANewPairThatCouldNotBeWrittenWithItsLockIsWrittenWithout(t *testing.T) {
	b := newBooks()
	store := tokenStore(t, b, "biz")
	if err := store.Put(t.Context(), auth.TokenPair{Access: "a1", Refresh: "r1"}); err != nil {
		t.Fatal(err)
	}
	b.failWrite = errors.New("connection lost")
	next := auth.TokenPair{Access: "a2", Refresh: "r2"}
	err := store.Rotate(t.Context(), func(held auth.TokenPair, mark func(refused bool) error) (*auth.TokenPair, error) {
		if held.Refresh != "r1" {
			t.Errorf("held %q, want r1", held.Refresh.Reveal())
		}
		return &next, mark(false)
	})
	if got, loadErr := store.Load(t.Context()); err != nil || loadErr != nil || got.Refresh != "r2" || b.marks != 1 {
		t.Errorf("%v, %v, %q, %d marks; want r2: the old token is spent", err, loadErr, got.Refresh.Reveal(), b.marks)
	}
}

func TestARefreshThatFailedLeavesThePairAlone(t *testing.T) {
	b := newBooks()
	store := tokenStore(t, b, "biz")
	if err := store.Put(t.Context(), auth.TokenPair{Access: "a1", Refresh: "r1"}); err != nil {
		t.Fatal(err)
	}
	down := errors.New("endpoint is down")
	err := store.Rotate(t.Context(), func(auth.TokenPair, func(bool) error) (*auth.TokenPair, error) { return nil, down })
	if got, _ := store.Load(t.Context()); !errors.Is(err, down) || got.Refresh != "r1" || b.tokens["a"].Version != 1 {
		t.Errorf("%v, %q version %d; want the error and the old pair", err, got.Refresh.Reveal(), b.tokens["a"].Version)
	}
	err = store.Rotate(t.Context(), func(auth.TokenPair, func(bool) error) (*auth.TokenPair, error) { return nil, nil })
	if err != nil || b.tokens["a"].Version != 1 {
		t.Errorf("%v, version %d; want nothing written where another process has refreshed", err, b.tokens["a"].Version)
	}
}
