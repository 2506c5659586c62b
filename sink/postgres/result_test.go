package postgres_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// posted is the result of an invoice's create.
func posted(o work.Operation, sageID string) work.CallResult {
	total := money.MustParse("30.5")
	return work.CallResult{
		Operation: o, State: work.Confirmed, SageID: sageID, Total: &total, Payment: work.Unpaid,
		Xref:        work.XrefChange{Type: work.XrefInvoice, New: true},
		Posted:      &work.Posting{State: work.ItemPosted, SageNumber: "SI-1", SageContactID: "contact-5", SentDigest: "digest"},
		OnCollision: work.ParkReason{Reason: work.XrefCollision, Hint: "look"},
	}
}

func record(t *testing.T, s *postgres.DB, r work.CallResult) {
	t.Helper()
	if err := s.RecordResult(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

// state is that of the newest operation under a key.
func state(t *testing.T, dsn string, s *postgres.DB, id canonical.ID) (last work.Operation) {
	t.Helper()
	exec(t, dsn, "UPDATE sync_items SET plan_due_at = CASE WHEN id = '"+string(id)+"' THEN now() END")
	planned(t, s, func(p *postgres.Planning) work.Verdict {
		h, err := p.History(work.OperationKey{Kind: work.CreateInvoice, Entity: string(id)})
		if err != nil {
			t.Fatal(err)
		}
		last, _ = h.Last()
		return work.Verdict{Item: p.Item}
	})
	return last
}

func TestAConfirmationIsWrittenToOperationItemAndXref(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	record(t, s, posted(claim(t, s), "sage-1"))
	i := item(t, s, "invoice:1")
	if i.State != work.ItemPosted || i.Payment != work.Unpaid || i.SageID != "sage-1" || i.SageNumber != "SI-1" || i.SageContactID != "contact-5" ||
		i.SentDigest != "digest" || !i.SageTotal.Equal(money.MustParse("30.50")) {
		t.Errorf("item %+v, want everything of the answer", i)
	}
	if o := state(t, dsn, s, "invoice:1"); o.State != work.Confirmed || o.SageID != "sage-1" {
		t.Errorf("operation %s as %q, want confirmed as sage-1", o.State, o.SageID)
	}
	if err := try(dsn, "DO $$ BEGIN IF (SELECT count(*) FROM xrefs WHERE sage_id = 'sage-1' AND type = 'sales_invoice') <> 1 THEN RAISE 'no xref'; END IF; END $$"); err != nil {
		t.Error(err)
	}
}

func TestAResultWithoutAnEffectLeavesTheItemAlone(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	r := posted(claim(t, s), "sage-1")
	r.Posted, r.Payment = nil, ""
	record(t, s, r)
	if i := item(t, s, "invoice:1"); i.State != work.ItemPlanned || i.SageID != "" || i.Payment != "" {
		t.Errorf("item %+v, want it as it was: the package decides nothing by itself", i)
	}
}

func TestAPaymentPaysItsInvoiceAndALateAnswerDoesNotUndoIt(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	answer := posted(claim(t, s), "sage-1")
	record(t, s, answer)
	record(t, s, work.CallResult{Operation: answer.Operation, State: work.Confirmed, SageID: "p-1", Payment: work.Paid, Xref: work.XrefChange{Type: work.XrefPayment, New: true}})
	if i := item(t, s, "invoice:1"); i.Payment != work.Paid || i.State != work.ItemPosted {
		t.Fatalf("%s %s, want posted and paid", i.State, i.Payment)
	}
	record(t, s, answer) // the same answer once more
	if i := item(t, s, "invoice:1"); i.Payment != work.Paid {
		t.Errorf("payment is %q after a late answer, want paid: it would be paid twice", i.Payment)
	}
}

func TestAMismatchIsParkedAsTheCallerSays(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	r := posted(claim(t, s), "sage-1")
	r.Posted.State, r.Posted.Reason, r.Posted.Hint = work.ItemParked, work.TotalMismatch, "compare"
	record(t, s, r)
	if i := item(t, s, "invoice:1"); i.State != work.ItemParked || i.Reason != work.TotalMismatch || i.Hint != "compare" || i.SageID != "sage-1" {
		t.Errorf("%+v, want parked with the id that Sage gave", i)
	}
}

func TestAnIdThatIsTakenParksTheOperationWithTheCallersReason(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	record(t, s, posted(claim(t, s), "sage-1"))
	for name, c := range map[string]struct {
		invoice uint64
		sageID  string
	}{"another object for the same id": {2, "sage-1"}, "an id of its own is no collision": {3, "sage-3"}} {
		t.Run(name, func(t *testing.T) {
			plan(t, s, c.invoice, `{"v":1}`)
			record(t, s, posted(claim(t, s), c.sageID))
			o := state(t, dsn, s, canonical.NewID(canonical.KindInvoice, c.invoice))
			if collides := c.sageID == "sage-1"; collides != (o.State == work.Parked) || collides && (o.Reason != string(work.XrefCollision) || o.Hint != "look") {
				t.Errorf("%s %q %q", o.State, o.Reason, o.Hint)
			}
		})
	}
}

func TestAChangeAddsToTheDigestsOfItsXref(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	put(t, s, "customer:5")
	exec(t, dsn, `INSERT INTO xrefs (binding, type, entity, currency, sage_id, sent_digests) VALUES ('b', 'contact', 'customer:5', 'GBP', 'c1', '{"name":"old","email":"e"}')`)
	key := work.OperationKey{Kind: work.ChangeContact, Entity: "customer:5", Currency: "GBP"}
	planned(t, s, as(work.ItemPosted, func(v *work.Verdict) {
		v.Operations = []work.Operation{{OperationKey: key, Revision: 1, IdempotencyID: "x", Body: json.RawMessage(`{}`), SentDigests: json.RawMessage(`{"name":"new"}`)}}
	}))
	record(t, s, work.CallResult{Operation: claim(t, s), State: work.Confirmed, SageID: "c1", Xref: work.XrefChange{Type: work.XrefContact}})
	planned(t, s, func(p *postgres.Planning) work.Verdict {
		xrefs, err := p.Xrefs(work.XrefContact, "customer:5")
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		if err := json.Unmarshal(xrefs[0].SentDigests, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"name": "new", "email": "e"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return work.Verdict{Item: p.Item}
	})
}

func TestARefusalEndsTheOperationAndWakesItsItem(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	o := claim(t, s)
	record(t, s, work.CallResult{Operation: o, State: work.Refused, Reason: "RecordInvalid", Hint: "h", SourceField: "date"})
	if got := planned(t, s, as(work.ItemParked)); len(got) != 1 {
		t.Errorf("planned %v, want the invoice: only a new plan can heal it", got)
	}
	got := state(t, dsn, s, "invoice:1")
	if got.State != work.Refused || got.Reason != "RecordInvalid" || got.Hint != "h" || got.SourceField != "date" || got.Attempt != 1 {
		t.Errorf("%+v", got)
	}
	if _, ok, err := next(t, s); ok || err != nil {
		t.Errorf("it is due again, %v", err)
	}
}

func TestWhatIsPutBackWakesNobodyAndWaits(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	plan(t, s, 1, `{"v":1}`)
	record(t, s, work.CallResult{Operation: claim(t, s), State: work.Planned, Wait: time.Hour, Uncounted: true})
	if got := planned(t, s, as(work.ItemPlanned)); len(got) != 0 {
		t.Errorf("planned %v, want none: nothing has changed", got)
	}
	if _, ok, err := next(t, s); ok || err != nil {
		t.Errorf("due %v before its hour, %v", ok, err)
	}
}

func TestALateConfirmationIsStillWrittenDown(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	first := claim(t, s)
	exec(t, dsn, "UPDATE operations SET deadline = now() - interval '1 s'")
	if n, err := s.Recover(t.Context(), "biz", 0); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	second := claim(t, s)
	record(t, s, posted(first, "sage-1"))
	if o := state(t, dsn, s, "invoice:1"); o.State != work.Confirmed {
		t.Errorf("%s, want confirmed: Sage has made it", o.State)
	}
	record(t, s, work.CallResult{Operation: second, State: work.Refused, Reason: "RecordInvalid"})
	if o := state(t, dsn, s, "invoice:1"); o.State != work.Confirmed {
		t.Errorf("%s after the second answer, want confirmed: that never changes", o.State)
	}
}

// A sender that was paused for longer than its doubt comes back with Sage's answer.
func TestAnAnswerThatComesAfterItsCallWasGivenUpCancelsTheNext(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	o := claim(t, s)
	record(t, s, work.CallResult{Operation: o, State: work.Refused, Reason: "RecordInvalid"})
	exec(t, dsn, `INSERT INTO operations (binding, business, kind, entity, revision, item, idempotency_id, body, body_hash, policy_version, priority)
		SELECT binding, business, kind, entity, 2, item, 'second', body, 'h', 1, 2 FROM operations`)
	record(t, s, posted(o, "sage-1"))
	if next, ok, err := next(t, s); err != nil || ok {
		t.Errorf("%+v is due, %v; want nothing: the invoice is in Sage", next, err)
	}
	if i := item(t, s, "invoice:1"); i.SageID != "sage-1" {
		t.Errorf("item %+v, want it posted", i)
	}
}

func TestAPersonSettlesWhatIsOpenAndNothingElse(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	o := claim(t, s)
	if _, err := s.Settle(t.Context(), o.ID, "sage-1"); !errors.Is(err, work.ErrNotOpen) {
		t.Errorf("%v of a call that is under way, want it left alone", err)
	}
	record(t, s, work.CallResult{Operation: o, State: work.Parked, Reason: string(work.ContentMismatch), Hint: "h"})
	if got, err := s.Settle(t.Context(), o.ID, "sage-1"); err != nil || got.State != work.InDoubt || got.SettledAs != "sage-1" || !got.WasInDoubt {
		t.Errorf("%+v, %v; want it in doubt, with the id to look at", got, err)
	}
	if got, err := s.Settle(t.Context(), o.ID, ""); err != nil || got.State != work.Planned || got.WasInDoubt || got.SettledAs != "" {
		t.Errorf("%+v, %v; want it to be made as if it had never been", got, err)
	}
	exec(t, dsn, "UPDATE operations SET state = 'confirmed'")
	if _, err := s.Settle(t.Context(), o.ID, ""); !errors.Is(err, work.ErrNotOpen) {
		t.Errorf("%v of a confirmed one, want it left alone", err)
	}
}

func TestWhatIsInDoubtGoesFirst(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	plan(t, s, 2, `{"v":1}`)
	exec(t, dsn, "UPDATE operations SET state = 'in_doubt', priority = 9 WHERE entity = 'invoice:2'")
	if o, ok, err := next(t, s); err != nil || !ok || o.Entity != "invoice:2" {
		t.Errorf("%s, %v, %v; want invoice:2", o.Entity, ok, err)
	}
}

func TestKindsThatAreHeldBackArePassedOver(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	plan(t, s, 2, `{"v":1}`)
	exec(t, dsn, "UPDATE operations SET kind = 'create_contact' WHERE entity = 'invoice:1'")
	if o, ok, err := next(t, s, work.CreateContact, work.ChangeContact); err != nil || !ok || o.Entity != "invoice:2" {
		t.Errorf("%s, %v, %v; want invoice:2", o.Entity, ok, err)
	}
	if o, ok, err := next(t, s, work.CreateContact, work.CreateInvoice); err != nil || ok {
		t.Errorf("%s, %v; want nothing", o.Entity, err)
	}
}

// What a person has found not to be in Sage is as if it had never been sent: nothing is looked up.
func TestAPersonsWordIsTheEndOfAnOldCall(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	plan(t, s, 1, `{"v":1}`)
	o := claim(t, s)
	exec(t, dsn, "UPDATE operations SET state = 'in_doubt', was_in_doubt = true, first_sent_at = now() - interval '8 days'")
	again, err := s.Settle(t.Context(), o.ID, "")
	if err != nil || again.FirstSentAt != nil || again.WasInDoubt {
		t.Errorf("sent first at %v, in doubt %v, %v; want it as if it had never been sent", again.FirstSentAt, again.WasInDoubt, err)
	}
}
