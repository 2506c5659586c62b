package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

func tokens(text string) work.SealedTokens {
	return work.SealedTokens{Access: []byte(text), Refresh: []byte(text), AccessExpiresAt: time.Now(), RefreshExpiresAt: time.Now()}
}

func TestADisconnectedBindingHasNoCallDueAndRecordsTheOneUnderWay(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	plan(t, s, 2, `{"v":1}`)
	underWay := claim(t, s)
	looked, ok, err := next(t, s)
	if err != nil || !ok {
		t.Fatalf("%v, %v; want the second to be due", ok, err)
	}
	if err := s.Disconnect(t.Context(), "b", "bea", "since noon"); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Claim(t.Context(), lease, looked.ID, time.Second); err != nil || ok {
		t.Errorf("claimed %v, %v; want no call that was only looked at to be claimed", ok, err)
	}
	if _, ok, err := next(t, s); err != nil || ok {
		t.Errorf("due %v, %v; want nothing", ok, err)
	}
	if all, err := s.Businesses(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%v, %v; want no business to work for", all, err)
	}
	record(t, s, posted(underWay, "sage-1"))
	// A refresh that finds the tokens gone says that the grant has ended.
	if err := s.Pause(t.Context(), work.Pause{Binding: "b", State: work.NeedsReauth, Hint: "the grant has ended"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Disconnect(t.Context(), "b", "bea", "since one"); err != nil {
		t.Fatal(err)
	}
	if b, err := s.Binding(t.Context(), "b"); err != nil || b.State != work.Disconnected || b.Hint != "since noon" || b.Business != "biz" {
		t.Errorf("%+v, %v; want it disconnected since the first word, and its business kept", b, err)
	}
	if err := s.Connect(t.Context(), work.Connection{Binding: "b", Business: "biz", BaseCurrency: "GBP"}); err != nil {
		t.Fatal(err)
	}
	if o := claim(t, s); o.ID != looked.ID || o.WasInDoubt {
		t.Errorf("%+v; want the one that had not left", o)
	}
}

func TestTokensAreDeletedOnceTheirGrantHasEndedAndKeptUntilThen(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	if err := s.PutTokens(t.Context(), "b", tokens("first")); err != nil {
		t.Fatal(err)
	}
	down := errors.New("Sage is away")
	err := s.EndTokens(t.Context(), "b", func(held work.SealedTokens) (work.Ended, error) { return "", down })
	if got, readErr := s.Tokens(t.Context(), "b"); !errors.Is(err, down) || readErr != nil || string(got.Refresh) != "first" {
		t.Errorf("%v, %v, %q; want the tokens kept", err, readErr, got.Refresh)
	}
	err = s.EndTokens(t.Context(), "b", func(held work.SealedTokens) (work.Ended, error) {
		if string(held.Refresh) != "first" {
			t.Errorf("%q is ended, want the pair that is held", held.Refresh)
		}
		return work.Revoked, nil
	})
	if got, readErr := s.Tokens(t.Context(), "b"); err != nil || readErr != nil || got.Version != 0 {
		t.Errorf("%v, %v, version %d; want none left", err, readErr, got.Version)
	}
	exec(t, dsn, `DO $$ BEGIN ASSERT (SELECT count(*) = 1 FROM audit WHERE event = 'tokens deleted' AND detail->>'grant' = 'revoked'); END $$`)
	err = s.EndTokens(t.Context(), "b", func(work.SealedTokens) (work.Ended, error) { return "", down })
	if err != nil {
		t.Errorf("%v; want nothing to be ended where there are no tokens", err)
	}
}

// Revoked from before the refresh, the grant would live on in the pair that comes of it.
func TestAGrantEndsAfterTheRefreshThatIsUnderWay(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	if err := s.PutTokens(t.Context(), "b", tokens("first")); err != nil {
		t.Fatal(err)
	}
	ended := make(chan string, 1)
	err := s.Rotate(t.Context(), "b", func(work.SealedTokens, func(bool) error) (*work.SealedTokens, error) {
		go func() {
			saw := "nothing"
			err := s.EndTokens(context.Background(), "b", func(held work.SealedTokens) (work.Ended, error) {
				saw = string(held.Refresh)
				return work.Revoked, nil
			})
			if err != nil {
				saw = err.Error()
			}
			ended <- saw
		}()
		select {
		case saw := <-ended:
			t.Errorf("%s was ended while a refresh was under way", saw)
			ended <- saw
		case <-time.After(300 * time.Millisecond):
		}
		next := tokens("second")
		return &next, nil
	})
	if saw := <-ended; err != nil || saw != "second" {
		t.Errorf("%s was ended, %v; want the pair of the refresh", saw, err)
	}
	if got, err := s.Tokens(t.Context(), "b"); err != nil || got.Version != 0 {
		t.Errorf("version %d, %v; want none left", got.Version, err)
	}
}

// The answer of a refresh may come after a person has ended the grant, or made a new one.
func TestAPairThatComesTooLateReplacesNoOther(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	refused := func(when string, version int64) {
		t.Helper()
		if err := s.ReplaceTokens(t.Context(), "b", version, tokens("late")); !errors.Is(err, work.ErrPairGone) {
			t.Errorf("%s: %v; want it refused", when, err)
		}
	}
	if err := s.PutTokens(t.Context(), "b", tokens("first")); err != nil {
		t.Fatal(err)
	}
	var version int64
	died := errors.New("died")
	err := s.Rotate(t.Context(), "b", func(held work.SealedTokens, mark func(refused bool) error) (*work.SealedTokens, error) {
		version = held.Version
		return nil, errors.Join(mark(false), died)
	})
	if !errors.Is(err, died) {
		t.Fatal(err)
	}
	if err := s.EndTokens(t.Context(), "b", func(work.SealedTokens) (work.Ended, error) { return work.Revoked, nil }); err != nil {
		t.Fatal(err)
	}
	refused("after the grant was ended", version)
	if err := s.PutTokens(t.Context(), "b", tokens("new grant")); err != nil {
		t.Fatal(err)
	}
	refused("after a new grant", version)
	got, err := s.Tokens(t.Context(), "b")
	if err != nil || string(got.Refresh) != "new grant" || got.RefreshInFlight {
		t.Errorf("%s, in flight %v, %v; want the new grant, whose token was never presented", got.Refresh, got.RefreshInFlight, err)
	}
	if err := s.ReplaceTokens(t.Context(), "b", got.Version, tokens("in time")); err != nil {
		t.Errorf("in time: %v", err)
	}
	if after, err := s.Tokens(t.Context(), "b"); err != nil || string(after.Refresh) != "in time" || after.Version != got.Version+1 {
		t.Errorf("%s version %d, %v; want the pair that came in time", after.Refresh, after.Version, err)
	}
}

func TestWhoDisconnectedABindingIsInTheAuditTrailOnce(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	for range 2 {
		if err := s.Disconnect(t.Context(), "b", "bea", "h"); err != nil {
			t.Fatal(err)
		}
	}
	exec(t, dsn, `DO $$ BEGIN ASSERT (SELECT count(*) = 1 FROM audit WHERE event = 'binding disconnected' AND detail->>'by' = 'bea'); END $$`)
}
