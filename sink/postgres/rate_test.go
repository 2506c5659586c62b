package postgres_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

func TestACallRateIsKeptForAllProcesses(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	l := work.RateLimit{PerSecond: 10, Start: 10}
	var at time.Time
	err := db.ChangeRate(t.Context(), "app", "biz", func(r *work.CallRate, now time.Time) {
		if *r != (work.CallRate{BookedUntil: r.BookedUntil, FrozenUntil: r.FrozenUntil, ThrottledAt: r.ThrottledAt, Day: r.Day}) {
			t.Errorf("before anything is known the rate is %+v", *r)
		}
		r.Throttle(l, time.Hour, now)
		r.ThrottledBy, r.Calls, r.Day, at = "other", 7, now.UTC().Truncate(24*time.Hour), now
	})
	if err != nil {
		t.Fatal(err)
	}
	for business, want := range map[string]float64{"biz": 5, "": 10, "another": 10} {
		err := db.ChangeRate(t.Context(), "app", business, func(r *work.CallRate, now time.Time) {
			if got := r.Now(l, now); got != want {
				t.Errorf("the rate of %q is %v, want %v", business, got, want)
			}
			if business == "biz" && (r.FrozenUntil.Sub(at).Round(time.Millisecond) != time.Hour || r.Today(now) != 7 || r.ThrottledBy != "other" || r.Ceiling != 9 || r.ThrottledAt.Sub(at).Abs() > time.Millisecond) {
				t.Errorf("it was kept as %+v", *r)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAPersonEndsWhatSageHasAskedForABusiness(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	freeze := func(r *work.CallRate, now time.Time) { r.FrozenUntil = now.Add(time.Hour) }
	for _, business := range []string{"", "biz", "other"} {
		if err := db.ChangeRate(t.Context(), "app", business, freeze); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Resume(t.Context(), "b"); err != nil {
		t.Fatal(err)
	}
	rates, now, err := db.CallRates(t.Context(), "app")
	if err != nil || len(rates) != 3 {
		t.Fatalf("%v, %v; want three rates", rates, err)
	}
	for business, frozen := range map[string]bool{"": true, "biz": false, "other": true} {
		if got := rates[business].FrozenUntil.After(now); got != frozen {
			t.Errorf("after biz was resumed, %q is frozen: %v", business, got)
		}
	}
}

// Each booking begins where the last one ended, whoever made it.
func TestTwoBookingsNeverShareAPlace(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	l := work.RateLimit{PerSecond: 1000, Start: 1000}
	var mu sync.Mutex
	given := map[int64]int{}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 25 {
				var p work.Places
				err := db.ChangeRate(t.Context(), "app", "", func(r *work.CallRate, now time.Time) { p, _ = r.Book(l, 3, time.Hour, now) })
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for i := range p.N {
					given[p.First.Add(time.Duration(i)*p.Every).UnixMicro()]++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(given) != 300 {
		t.Errorf("%d places were given once, want 300", len(given))
	}
	for at, n := range given {
		if n > 1 {
			t.Errorf("the place at %d was given %d times", at, n)
		}
	}
}

func TestARateThatCannotBeKeptIsAnError(t *testing.T) {
	t.Parallel()
	db, dsn := open(t)
	exec(t, dsn, "ALTER TABLE call_rates RENAME TO gone")
	if err := db.ChangeRate(t.Context(), "app", "", func(*work.CallRate, time.Time) {}); err == nil || errors.Unwrap(err) == nil {
		t.Errorf("%v, want the cause", err)
	}
}

// A process that is stopped while it books keeps the others waiting, and not for long.
func TestAProcessThatHangsWhileItBooksDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	db, _ := open(t)
	if err := db.ChangeRate(t.Context(), "app", "", func(*work.CallRate, time.Time) {}); err != nil {
		t.Fatal(err)
	}
	booking, woken, hung := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		hung <- db.ChangeRate(t.Context(), "app", "", func(*work.CallRate, time.Time) { close(booking); <-woken })
	}()
	<-booking
	began := time.Now()
	if err := db.ChangeRate(t.Context(), "app", "", func(*work.CallRate, time.Time) {}); err != nil || time.Since(began) > 20*time.Second {
		t.Errorf("%v after %s, want it within a few seconds", err, time.Since(began))
	}
	close(woken)
	if err := <-hung; err == nil {
		t.Error("who has hung has booked all the same")
	}
}
