package postgres_test

import (
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
			err := s.Rotate(t.Context(), "b", func(held work.SealedTokens, mark func() error) (*work.SealedTokens, error) {
				if string(held.Refresh) != "r" {
					return nil, nil
				}
				if _, twice := presented.LoadOrStore(string(held.Refresh), true); twice {
					return nil, fmt.Errorf("presented twice")
				}
				held.Refresh = []byte("r2")
				return &held, mark()
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

func TestAMarkOutlivesARefreshThatDied(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	if err := s.PutTokens(t.Context(), "b", work.SealedTokens{Access: []byte("a"), Refresh: []byte("r")}); err != nil {
		t.Fatal(err)
	}
	died := errors.New("died")
	err := s.Rotate(t.Context(), "b", func(_ work.SealedTokens, mark func() error) (*work.SealedTokens, error) {
		if err := mark(); err != nil {
			t.Fatal(err)
		}
		return nil, died
	})
	if got, _ := s.Tokens(t.Context(), "b"); !errors.Is(err, died) || !got.RefreshInFlight {
		t.Errorf("presented %v, %v; want the mark to be there", got.RefreshInFlight, err)
	}
}
