package postgres_test

import (
	"errors"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// candidates are what a rebuild would look for.
func candidates(t *testing.T, s *postgres.DB) []work.Candidate {
	t.Helper()
	all, err := s.Candidates(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// leased takes the lease.
func leased(t *testing.T, s *postgres.DB) {
	t.Helper()
	if ours, err := s.Acquire(t.Context(), lease); err != nil || !ours {
		t.Fatalf("acquire: %v, %v", ours, err)
	}
}

func TestWhatIsAdoptedIsWrittenWhole(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	leased(t, s)
	all := candidates(t, s)
	if len(all) != 1 {
		t.Fatalf("%d candidates, want the one", len(all))
	}
	if ok, err := s.Adopt(t.Context(), lease, posted(all[0].Operation, "sage-1"), "2026-02-01"); err != nil || !ok {
		t.Fatal(ok, err)
	}
	i := item(t, s, "invoice:1")
	if i.State != work.ItemPosted || i.SageID != "sage-1" || i.SageNumber != "SI-1" || i.SentDigest != "digest" || i.AccountingDate != "2026-02-01" || !i.SageTotal.Equal(money.MustParse("30.50")) {
		t.Errorf("%+v, want everything of what stands there", i)
	}
	if o := state(t, dsn, s, "invoice:1"); o.State != work.Confirmed || o.SageID != "sage-1" || o.Attempt != 0 {
		t.Errorf("%+v, want it confirmed, and never sent", o)
	}
	if err := try(dsn, `DO $$ BEGIN IF (SELECT count(*) FROM xrefs WHERE sage_id = 'sage-1') <> 1 OR (SELECT count(*) FROM audit WHERE event = 'operation confirmed') <> 1 THEN RAISE 'no xref or no audit'; END IF; END $$`); err != nil {
		t.Error(err)
	}
	if len(candidates(t, s)) != 0 {
		t.Error("it is still looked for")
	}
}

// A rebuild knows less than whoever has sent a call, lost its answer, or decided.
func TestNothingIsAdoptedOverWhatIsUnderWayOrDecided(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"being sent":                    "UPDATE operations SET state = 'sending', deadline = now() + interval '1 minute'",
		"in doubt":                      "UPDATE operations SET state = 'in_doubt', was_in_doubt = true",
		"planned after a doubt":         "UPDATE operations SET was_in_doubt = true",
		"confirmed":                     "UPDATE operations SET state = 'confirmed', sage_id = 'other'",
		"refused":                       "UPDATE operations SET state = 'refused'",
		"cancelled":                     "UPDATE operations SET state = 'cancelled'",
		"parked for something else":     "UPDATE operations SET state = 'parked', reason = 'content_mismatch'",
		"not in Sage, a person said":    "UPDATE operations SET not_in_sage = true",
		"planned with another body":     "UPDATE operations SET body_hash = 'other'",
		"a change, which makes nothing": "UPDATE operations SET kind = 'change_contact'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dsn := open(t)
			plan(t, s, 1, `{"v":1}`)
			leased(t, s)
			o := candidates(t, s)[0].Operation
			exec(t, dsn, statement)
			if left := candidates(t, s); len(left) != 0 && name != "planned with another body" {
				t.Errorf("%+v is looked for", left)
			}
			if name == "a change, which makes nothing" {
				return
			}
			if ok, err := s.Adopt(t.Context(), lease, posted(o, "sage-1"), ""); err != nil || ok {
				t.Errorf("adopted: %v, %v", ok, err)
			}
			if i := item(t, s, "invoice:1"); i.SageID != "" {
				t.Errorf("%+v, want it as it was", i)
			}
		})
	}
}

func TestWhatARebuildHasParkedIsLookedForAgain(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	leased(t, s)
	o := candidates(t, s)[0].Operation
	parked := work.CallResult{Operation: o, State: work.Parked, Reason: string(work.NotAsInSage), Hint: "both sides"}
	if ok, err := s.Adopt(t.Context(), lease, parked, ""); err != nil || !ok {
		t.Fatal(ok, err)
	}
	again := candidates(t, s)
	if len(again) != 1 || again[0].State != work.Parked {
		t.Fatalf("%+v, want what was parked", again)
	}
	if ok, err := s.Adopt(t.Context(), lease, posted(again[0].Operation, "sage-1"), ""); err != nil || !ok {
		t.Fatal(ok, err)
	}
	if i := item(t, s, "invoice:1"); i.SageID != "sage-1" {
		t.Errorf("%+v, want it adopted", i)
	}
}

// TestARebuildThatHasLostItsLeaseWritesNothing: another process makes calls.
func TestARebuildThatHasLostItsLeaseWritesNothing(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	leased(t, s)
	o := candidates(t, s)[0].Operation
	began, err := s.CloseDelivery(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	exec(t, dsn, "UPDATE business_leases SET owner = 'other'")
	if ok, err := s.Adopt(t.Context(), lease, posted(o, "sage-1"), ""); ok || !errors.Is(err, work.ErrLeaseLost) {
		t.Errorf("adopted: %v, %v", ok, err)
	}
	if err := s.EndRebuild(t.Context(), lease, "b", began, nil); !errors.Is(err, work.ErrLeaseLost) {
		t.Errorf("ended: %v", err)
	}
	b, err := s.Binding(t.Context(), "b")
	if err != nil || b.Closed != work.ClosedByPerson {
		t.Errorf("closed by %q, %v; want it closed", b.Closed, err)
	}
}

// TestWhileDeliveryIsClosedNothingIsSent asks each of the three questions that come before a call.
func TestWhileDeliveryIsClosedNothingIsSent(t *testing.T) {
	t.Parallel()
	for name, closing := range map[string]func(*testing.T, *postgres.DB) error{
		"a restore": func(t *testing.T, s *postgres.DB) error { return s.NoteRestored(t.Context(), "test") },
		"a person":  func(t *testing.T, s *postgres.DB) error { _, err := s.CloseDelivery(t.Context(), "b"); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := open(t)
			plan(t, s, 1, `{"v":1}`)
			leased(t, s)
			o := candidates(t, s)[0].Operation
			if err := closing(t, s); err != nil {
				t.Fatal(err)
			}
			businesses, err := s.Businesses(t.Context())
			_, due, errNext := next(t, s)
			_, claimed, errClaim := s.Claim(t.Context(), lease, o.ID, 0)
			if err := errors.Join(err, errNext, errClaim); err != nil || len(businesses) != 0 || due || claimed {
				t.Errorf("businesses %v, due %v, claimed %v, %v; want nothing", businesses, due, claimed, err)
			}
			began, err := s.CloseDelivery(t.Context(), "b")
			if err != nil {
				t.Fatal(err)
			}
			if err := s.EndRebuild(t.Context(), lease, "b", began, nil); err != nil {
				t.Fatal(err)
			}
			if _, due, err := next(t, s); err != nil || !due {
				t.Errorf("due %v, %v; want delivery open", due, err)
			}
		})
	}
}

// TestWhatWasLeftInSageIsLookedUp: its reference stood there when the lists were read.
func TestWhatWasLeftInSageIsLookedUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		left work.Standing
		want bool
	}{
		"its reference, spelt otherwise": {work.Standing{Kind: work.CreateInvoice, Reference: "uk-1 ", SageID: "s"}, true},
		"another reference":              {work.Standing{Kind: work.CreateInvoice, Reference: "UK-2", SageID: "s"}, false},
		"a credit note's":                {work.Standing{Kind: work.CreateCreditNote, Reference: "UK-1", SageID: "s"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dsn := open(t)
			plan(t, s, 1, `{"v":1}`)
			exec(t, dsn, "UPDATE operations SET reference = 'UK-1', reference_key = '"+work.ReferenceKey("UK-1")+"'")
			leased(t, s)
			began, err := s.CloseDelivery(t.Context(), "b")
			if err != nil {
				t.Fatal(err)
			}
			if err := s.EndRebuild(t.Context(), lease, "b", began, []work.Standing{c.left}); err != nil {
				t.Fatal(err)
			}
			if o, _, err := next(t, s); err != nil || o.HistoryLost != c.want {
				t.Errorf("history lost: %v, %v; want %v", o.HistoryLost, err, c.want)
			}
		})
	}
}

func TestNothingOfARehearsalStays(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	leased(t, s)
	err := s.Rehearse(t.Context(), func(db *postgres.DB) error {
		ok, err := db.Adopt(t.Context(), lease, posted(candidates(t, db)[0].Operation, "sage-1"), "")
		if err != nil || !ok || item(t, db, "invoice:1").SageID != "sage-1" {
			t.Errorf("adopted: %v, %v", ok, err)
		}
		return nil
	})
	if i := item(t, s, "invoice:1"); err != nil || i.SageID != "" || len(candidates(t, s)) != 1 {
		t.Errorf("%+v, %v: want it as it was", i, err)
	}
}

// TestARebindForgetsWhatStoodInTheWrongBusiness: after a restore the right one's lists are to be read.
func TestARebindForgetsWhatStoodInTheWrongBusiness(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		restored, closed bool
		want             work.Closure
	}{
		"never closed":                   {false, false, ""},
		"closed by a person, not opened": {false, true, work.ClosedByPerson},
		"a restore, and opened":          {true, false, work.ClosedByRestore},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dsn := open(t)
			leased(t, s)
			if c.restored {
				if err := s.NoteRestored(t.Context(), "test"); err != nil {
					t.Fatal(err)
				}
			}
			began, err := s.CloseDelivery(t.Context(), "b")
			if err == nil && !c.closed {
				err = s.EndRebuild(t.Context(), lease, "b", began, []work.Standing{{Kind: work.CreateInvoice, Reference: "1", SageID: "s"}})
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Rebind(t.Context(), "b", "bea"); err != nil {
				t.Fatal(err)
			}
			if b, err := s.Binding(t.Context(), "b"); err != nil || b.Closed != c.want {
				t.Errorf("closed by %q, %v; want %q", b.Closed, err, c.want)
			}
			if err := try(dsn, "DO $$ BEGIN IF EXISTS (SELECT FROM left_in_sage) THEN RAISE 'kept'; END IF; END $$"); err != nil {
				t.Error(err)
			}
		})
	}
}
