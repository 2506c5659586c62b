package deliver

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
)

func TestEveryKindOfOperationHasACall(t *testing.T) {
	paths := map[work.OperationKind]string{
		work.CreateContact: "POST /v3.1/contacts", work.ChangeContact: "PUT /v3.1/contacts/contact-5", work.CreateInvoice: "POST /v3.1/sales_invoices",
		work.CreateCreditNote: "POST /v3.1/sales_credit_notes", work.CreatePayment: "POST /v3.1/contact_payments",
		work.AllocateCreditNote: "POST /v3.1/contact_allocations", work.RefundCreditNote: "POST /v3.1/contact_payments",
		work.VoidInvoice: "DELETE /v3.1/sales_invoices/contact-5", work.VoidCreditNote: "DELETE /v3.1/sales_credit_notes/contact-5",
	}
	if len(calls) != len(work.Kinds()) {
		t.Errorf("%d calls for %d kinds", len(calls), len(work.Kinds()))
	}
	for _, info := range work.Kinds() {
		t.Run(string(info.Kind), func(t *testing.T) {
			w := newWorld(t)
			w.queue = []work.Operation{operation(info.Kind)}
			w.step()
			if !w.did(paths[info.Kind]) {
				t.Errorf("%v, want %s", w.steps, paths[info.Kind])
			}
			r := w.only()
			if r.State != work.Confirmed || r.SageID != "sage-1" || r.Xref != (work.XrefChange{Type: info.Xref, New: info.Creates()}) {
				t.Errorf("%s with %+v as %q, want confirmed with the table's xref", r.State, r.Xref, r.SageID)
			}
			if posts := info.Effect == work.PostsItem || info.Effect == work.PostsUnpaid; posts != (r.Posted != nil) {
				t.Errorf("posted %+v, and the table says %s", r.Posted, info.Effect)
			}
			if r.OnCollision.Reason != work.XrefCollision || !strings.Contains(r.OnCollision.Hint, "sage-1") {
				t.Errorf("a collision would be %+v, want one that names the id", r.OnCollision)
			}
		})
	}
}

func TestAnUnknownKindOfOperationIsNeverSent(t *testing.T) {
	w := newWorld(t)
	w.queue = []work.Operation{operation("create_estimate")}
	w.step()
	var unknown *work.UnknownOperationError
	if len(w.ended) != 1 || !errors.As(w.ended[0], &unknown) {
		t.Errorf("ended with %v, want an UnknownOperationError", w.ended)
	}
	if w.did("claim") || len(w.results) != 0 {
		t.Errorf("%v: it was claimed", w.steps)
	}
	w.steps = nil
	w.step()
	if len(w.steps) != 0 {
		t.Errorf("%v: the business is tried again at once", w.steps)
	}
}

// The order is the guarantee.
func TestACallIsClaimedBeforeItLeavesAndRecordedAfterwards(t *testing.T) {
	w := newWorld(t)
	w.queue = []work.Operation{invoice()}
	w.step()
	want := []string{"acquire", "recover", "claim", "POST /v3.1/sales_invoices", "record confirmed", "release"}
	if diff := cmp.Diff(want, w.steps); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if w.recorded != 1 || w.lookAgain != 1 {
		t.Errorf("planner rung %d times and deliverer %d times, want once each", w.recorded, w.lookAgain)
	}
}

func TestEveryCallThatIsDueIsMadeUnderOneLease(t *testing.T) {
	w := newWorld(t)
	w.queue = []work.Operation{invoice(), operation(work.CreateContact), operation(work.CreatePayment)}
	w.step()
	var leases int
	for _, s := range w.steps {
		if s == "acquire" {
			leases++
		}
	}
	if len(w.results) != 3 || leases != 1 {
		t.Errorf("%d results under %d leases, want 3 and 1", len(w.results), leases)
	}
}

func TestAnotherProcessesBusinessIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	w.queue, w.leaseTaken = []work.Operation{invoice()}, true
	w.step()
	if diff := cmp.Diff([]string{"acquire"}, w.steps); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestALostLeaseStopsBeforeTheCall(t *testing.T) {
	w := newWorld(t)
	w.queue, w.leaseLost = []work.Operation{invoice()}, true
	w.step()
	if w.did("POST /v3.1/sales_invoices") || len(w.ended) != 1 || w.ended[0] != nil {
		t.Errorf("%v, %v; want neither a call nor an error", w.steps, w.ended)
	}
}

func TestWhatIsNotDueAnyMoreStopsBeforeTheCall(t *testing.T) {
	w := newWorld(t)
	w.queue, w.claimGone = []work.Operation{invoice()}, true
	w.step()
	if w.did("POST /v3.1/sales_invoices") || len(w.results) != 0 {
		t.Errorf("%v, want no call", w.steps)
	}
}

// TestWhatIsNotDueAnyMoreHoldsUpNothing: of three that were looked up together the second is
// cancelled while the first is at Sage.
func TestWhatIsNotDueAnyMoreHoldsUpNothing(t *testing.T) {
	w := newWorld(t)
	for id := range int64(3) {
		o := invoice()
		o.ID = id + 1
		w.queue = append(w.queue, o)
	}
	answer := w.answer
	w.answer = func(res http.ResponseWriter, r *http.Request) {
		if len(w.results) == 0 {
			w.queue = w.queue[1:]
		}
		answer(res, r)
	}
	w.step()
	if len(w.results) != 2 || w.results[0].Operation.ID != 1 || w.results[1].Operation.ID != 3 {
		t.Errorf("%v; want the first and the third called", w.steps)
	}
}

func TestAnAnswerIsRecordedThoughTheStageIsToldToEnd(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	answer := w.answer
	w.answer = func(res http.ResponseWriter, r *http.Request) {
		cancel()
		answer(res, r)
	}
	w.queue = []work.Operation{invoice(), invoice()}
	if err := w.d.Step(ctx); err != nil {
		t.Fatal(err)
	}
	w.d.Wait()
	if r := w.only(); r.State != work.Confirmed {
		t.Errorf("recorded %s, want confirmed", r.State)
	}
	if w.steps[len(w.steps)-1] != "release" || len(w.queue) != 1 {
		t.Errorf("%v with %d left; want the lease released and no further call", w.steps, len(w.queue))
	}
}

// ended is a source whose grant is gone.
type ended struct{}

func (ended) Token(context.Context) (secret.String, error) {
	return "", &auth.ReauthError{Binding: "shop-uk", Cause: "Sage has ended the grant"}
}

func (ended) Renew(ctx context.Context, _ secret.String) (secret.String, error) {
	return ended{}.Token(ctx)
}

func TestAGrantThatEndedPausesTheBindingAndCountsNothing(t *testing.T) {
	w := newWorld(t)
	w.tokens, w.queue = ended{}, []work.Operation{invoice()}
	w.step()
	if len(w.pauses) != 1 || w.pauses[0].State != work.NeedsReauth || !strings.Contains(w.pauses[0].Hint, "mage2sage connect --binding shop-uk") {
		t.Errorf("%+v, want needs_reauth and the command", w.pauses)
	}
	if w.did("claim") || len(w.queue) != 1 {
		t.Errorf("%v: an attempt was counted", w.steps)
	}
}

// broken is a source whose tokens cannot be read.
type broken struct{}

func (broken) Token(context.Context) (secret.String, error) {
	return "", errors.New("open: key is not in sage.encryption_keys")
}
func (broken) Renew(context.Context, secret.String) (secret.String, error) { return "", nil }

func TestAFaultOfOurOwnIsReportedAndTheBusinessHeldForAMoment(t *testing.T) {
	w := newWorld(t)
	w.tokens, w.queue = broken{}, []work.Operation{invoice()}
	w.step()
	if len(w.ended) != 1 || w.ended[0] == nil || w.did("claim") {
		t.Errorf("%v, %v; want the error and no claim", w.ended, w.steps)
	}
	w.steps = nil
	w.step()
	if len(w.steps) != 0 {
		t.Errorf("%v: it is tried again at once", w.steps)
	}
}

func TestAnOpenBreakerLeavesTheBusinessAloneAndCountsNothing(t *testing.T) {
	w := newWorld(t)
	w.answers(500, "")
	for range 5 {
		w.queue = append(w.queue, invoice())
	}
	w.step() // five failures open the breaker
	w.queue, w.steps = []work.Operation{invoice()}, nil
	w.step()
	if w.did("claim") || slices.Contains(w.ended, error(nil)) == false {
		t.Errorf("%v: it was claimed while nothing passes", w.steps)
	}
}

func TestAResultThatCouldNotBeRecordedEndsTheDrain(t *testing.T) {
	w := newWorld(t)
	w.recordErr = errors.New("postgres is gone")
	w.queue = []work.Operation{invoice(), invoice()}
	w.step()
	if len(w.ended) != 1 || !errors.Is(w.ended[0], w.recordErr) || len(w.queue) != 1 || w.recorded != 0 {
		t.Errorf("%v with %d left; want the error and no further call", w.ended, len(w.queue))
	}
}

func TestABindingThatMovesToAnotherBusinessGetsANewClient(t *testing.T) {
	w := newWorld(t)
	first := w.d.Clients.of("shop-uk", "biz")
	if w.d.Clients.of("shop-uk", "biz") != first {
		t.Error("the same binding has a second client: its breakers are lost")
	}
	if w.d.Clients.of("shop-uk", "other") == first || w.d.Clients.of("shop-de", "biz") == first {
		t.Error("another business or binding has the same client")
	}
}
