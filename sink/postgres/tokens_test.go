package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

func TestOneOfManyRefreshesATokenAndTheOthersWait(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	start := work.SealedTokens{Access: []byte("a"), Refresh: []byte("r"), AccessExpiresAt: time.Now(), RefreshExpiresAt: time.Now()}
	if err := s.PutTokens(t.Context(), "b", start); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var presented sync.Map
	for range 8 {
		all.Go(func() {
			err := s.Rotate(t.Context(), "b", func(held work.SealedTokens, mark func(refused bool) error) (*work.SealedTokens, error) {
				if string(held.Refresh) != "r" {
					return nil, nil
				}
				if _, twice := presented.LoadOrStore(string(held.Refresh), true); twice {
					return nil, fmt.Errorf("presented twice")
				}
				held.Refresh = []byte("r2")
				return &held, mark(false)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, err := s.Tokens(t.Context(), "b"); err != nil || string(got.Refresh) != "r2" || got.Version != 2 || got.RefreshInFlight {
		t.Errorf("%s version %d presented %v, %v; want r2, 2, false", got.Refresh, got.Version, got.RefreshInFlight, err)
	}
}

// The second waits for the first, and must know afterwards what the first was told.
func TestWhoHasWaitedForARefreshKnowsWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	if err := s.PutTokens(t.Context(), "b", work.SealedTokens{Access: []byte("a"), Refresh: []byte("r")}); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	holding, refused := make(chan struct{}), errors.New("refused")
	all.Go(func() {
		err := s.Rotate(t.Context(), "b", func(_ work.SealedTokens, mark func(refused bool) error) (*work.SealedTokens, error) {
			close(holding)
			waits(t, dsn)
			if err := mark(true); err != nil {
				t.Error(err)
			}
			return nil, refused
		})
		if !errors.Is(err, refused) {
			t.Error(err)
		}
	})
	<-holding
	err := s.Rotate(t.Context(), "b", func(held work.SealedTokens, _ func(refused bool) error) (*work.SealedTokens, error) {
		if !held.RefreshRefused {
			t.Error("it would present once more what Sage has refused")
		}
		return nil, nil
	})
	if err != nil {
		t.Error(err)
	}
	all.Wait()
}

// waits returns once somebody waits for a lock in the database.
func waits(t *testing.T, dsn string) {
	t.Helper()
	for range 500 {
		if try(dsn, `DO $$ BEGIN ASSERT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'); END $$`) == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("nobody waits for the lock")
}

func TestAMarkOutlivesARefreshThatDied(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	if err := s.PutTokens(t.Context(), "b", work.SealedTokens{Access: []byte("a"), Refresh: []byte("r")}); err != nil {
		t.Fatal(err)
	}
	died := errors.New("died")
	err := s.Rotate(t.Context(), "b", func(_ work.SealedTokens, mark func(refused bool) error) (*work.SealedTokens, error) {
		if err := mark(false); err != nil {
			t.Fatal(err)
		}
		return nil, died
	})
	if got, _ := s.Tokens(t.Context(), "b"); !errors.Is(err, died) || !got.RefreshInFlight {
		t.Errorf("presented %v, %v; want the mark to be there", got.RefreshInFlight, err)
	}
}

// A pair that is sealed anew is the same pair: its version counts what Sage has given, and
// the mark of a lost answer belongs to it.
func TestSealingAnewKeepsVersionAndMark(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	until := time.Now().Add(time.Hour).Round(time.Second)
	if err := s.PutTokens(t.Context(), "b", work.SealedTokens{Access: []byte("a"), Refresh: []byte("r"), AccessExpiresAt: until, RefreshExpiresAt: until}); err != nil {
		t.Fatal(err)
	}
	died := errors.New("died")
	_ = s.Rotate(t.Context(), "b", func(_ work.SealedTokens, mark func(refused bool) error) (*work.SealedTokens, error) {
		return nil, errors.Join(died, mark(false))
	})
	err := s.Reseal(t.Context(), "b", func(held work.SealedTokens) (*work.SealedTokens, error) {
		return &work.SealedTokens{Access: []byte("A"), Refresh: []byte("R")}, nil
	})
	got, readErr := s.Tokens(t.Context(), "b")
	if err != nil || readErr != nil || string(got.Access)+string(got.Refresh) != "AR" || got.Version != 1 || !got.RefreshInFlight || !got.AccessExpiresAt.Equal(until) || !got.RefreshExpiresAt.Equal(until) {
		t.Errorf("%s%s version %d in flight %v until %s, %v, %v; want AR, 1, true and the time as it was", got.Access, got.Refresh, got.Version, got.RefreshInFlight, got.AccessExpiresAt, err, readErr)
	}
	if err := s.Reseal(t.Context(), "none", func(work.SealedTokens) (*work.SealedTokens, error) { return nil, died }); err != nil {
		t.Errorf("%v; want nothing to be sealed of a binding without tokens", err)
	}
}

// A refresh that is under way has spent the token that is held: sealed anew from before, it
// would come back.
func TestSealingAnewWaitsForARefresh(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	if err := s.PutTokens(t.Context(), "b", work.SealedTokens{Access: []byte("a"), Refresh: []byte("r")}); err != nil {
		t.Fatal(err)
	}
	resealed := make(chan error, 1)
	var saw string
	err := s.Rotate(t.Context(), "b", func(held work.SealedTokens, mark func(refused bool) error) (*work.SealedTokens, error) {
		go func() {
			resealed <- s.Reseal(context.Background(), "b", func(held work.SealedTokens) (*work.SealedTokens, error) {
				saw = string(held.Refresh)
				return &work.SealedTokens{Access: held.Access, Refresh: append([]byte("sealed "), held.Refresh...)}, nil
			})
		}()
		select {
		case err := <-resealed:
			t.Errorf("it did not wait for the refresh (%v)", err)
			resealed <- err
		case <-time.After(300 * time.Millisecond):
		}
		held.Refresh = []byte("r2")
		return &held, mark(false)
	})
	if err := errors.Join(err, <-resealed); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Tokens(t.Context(), "b"); err != nil || saw != "r2" || string(got.Refresh) != "sealed r2" || got.Version != 2 {
		t.Errorf("it saw %s, and %s version %d is there, %v; want the pair of the refresh", saw, got.Refresh, got.Version, err)
	}
}
