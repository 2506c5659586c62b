package sage

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

func TestTheCallsOfADayAreKeptForDocumentsWhenTheyRunOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(5 * time.Hour)
		f := &fake{answer: always(201, `{"id":"x"}`)}
		n := f.network()
		n.config.CallsPerDay, n.config.CallsPerSecond = 100, 10
		admit := func(class Class, u work.Urgency) error {
			p, err := clientOn(n).AdmitAs(t.Context(), class, u)
			if err == nil {
				_, err = p.CreateInvoice(t.Context(), []byte(`{}`))
			}
			return err
		}
		made := map[work.Urgency]int{}
		for range 200 {
			if made[work.CanWait]++; admit(Reads, work.CanWait) != nil {
				made[work.CanWait]--
			}
			if made[work.Ordinary]++; admit(Payments, work.Ordinary) != nil {
				made[work.Ordinary]--
			}
			if made[work.ForDocuments]++; admit(Documents, work.ForDocuments) != nil {
				made[work.ForDocuments]--
			}
		}
		// What was booked in one go, half a second of calls, goes to whoever comes.
		if made[work.CanWait] > 28 || made[work.Ordinary] > 37 || made[work.ForDocuments] < 34 || len(f.calls) != 100 {
			t.Errorf("%v and %d calls in all, want 27 checks, 34 others, and a hundred calls", made, len(f.calls))
		}
		for u, want := range map[work.Urgency]Class{work.CanWait: "", work.Ordinary: "", work.ForDocuments: ""} {
			var held *HeldError
			if err := admit(Documents, u); !errors.As(err, &held) || held.Class != want || held.Wait > 19*time.Hour || held.Wait < 18*time.Hour {
				t.Errorf("%v; want all held until midnight", err)
			}
		}
		time.Sleep(19 * time.Hour)
		for u := range made {
			if err := admit(Documents, u); err != nil {
				t.Errorf("on the next day: %v", err)
			}
		}
	})
}

func TestOthersAreHeldAloneWhileTheLastCallsAreForDocuments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: always(201, `{"id":"x"}`)}
		n := f.network()
		n.config.CallsPerDay, n.config.CallsPerSecond = 100, 1
		calledFor(t, n, "a", 96)
		var held *HeldError
		if _, err := clientOn(n).AdmitAs(t.Context(), Payments, work.Ordinary); !errors.As(err, &held) || held.Class != Others {
			t.Errorf("%v; want what is not for documents held", err)
		}
		if _, err := clientOn(n).As(work.CanWait).User(t.Context()); !errors.As(err, &held) || held.Class != "" {
			t.Errorf("%v; want a check held", err)
		}
		if err := post(t, clientOn(n)); err != nil {
			t.Errorf("a document: %v", err)
		}
	})
}
