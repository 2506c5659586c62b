package simulator_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestWhoMayCall(t *testing.T) {
	w := newWorld(t, simulator.Options{Businesses: 2})
	second := simulator.BusinessID(1)
	r := w.ok(200, w.do("GET", "/contacts", ""))
	if got := r.header.Get("X-Business"); got != simulator.BusinessID(0) {
		t.Errorf("without X-Business the answer is for %q, want the lead business", got)
	}
	if ids := r.header["X_request_id"]; len(ids) != 1 || len(ids[0]) != 32 {
		t.Errorf("x_request_id is %q", ids)
	}
	if got := w.do("GET", "/contacts", "", "X-Business", second).header.Get("X-Business"); got != second {
		t.Errorf("X-Business %s was answered with %q", second, got)
	}
	w.refused(w.do("GET", "/contacts", "", "X-Business", "none"), 404, "RecordNotFound", "Couldn't", "X-Business")
	w.refused(w.do("GET", "/contacts", "", "Authorization", "Bearer wrong"), 401, "Unauthorized", "token", "")
	w.refused(w.do("PATCH", "/contacts", "{}"), 405, "MethodNotAllowed", "not allowed", "")
	w.refused(w.do("GET", "/cows", ""), 404, "RecordNotFound", "Couldn't", "")
	w.refused(w.do("POST", "/contacts", "name=Ada", "Content-Type", "application/x-www-form-urlencoded"), 415, "UnsupportedMediaType", "application/json", "")
	w.refused(w.do("POST", "/contacts", `{"name":"Ada"}`), 422, "Validation", "contact is missing", "contact")
	w.refused(w.do("POST", "/contacts", `{"contact":`), 400, "InvalidRequest", "JSON", "")
	w.refused(w.do("GET", "/contacts?color=blue", ""), 422, "Validation", "not a known parameter", "color")
	w.pass(301 * time.Second)
	w.refused(w.do("GET", "/contacts", ""), 401, "Unauthorized", "token", "")
}

func TestBusinessesAreApart(t *testing.T) {
	w := newWorld(t, simulator.Options{Businesses: 2})
	id := w.customer("M1", "GBP")
	w.refused(w.do("GET", "/contacts/"+id, "", "X-Business", simulator.BusinessID(1)), 404, "RecordNotFound", "Couldn't", "")
	w.shows(w.do("GET", "/businesses", ""), map[string]any{"$total": 2.0, "$items_per_page": 2147483647.0, "$items.1.id": simulator.BusinessID(1)})
	w.shows(w.do("GET", "/businesses/lead", ""), map[string]any{"id": simulator.BusinessID(0), "is_demo": true})
	if h := w.do("GET", "/user", "").header; h.Get("X-Business") != "" {
		t.Error("/user echoes X-Business")
	}
}

const ada = `{"contact":{"idempotency_id":"0f3a6c1de4b24f0f9a7c55d0c1b2a3e4","name":"Ada","contact_type_ids":["CUSTOMER"],"reference":"M1"}}`

func TestAnIdempotencyIDMakesOneThing(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	first := w.ok(201, w.do("POST", "/contacts", ada))
	w.ok(200, w.do("PUT", "/contacts/"+first.str("id"), `{"contact":{"name":"Ada L"}}`))
	again := w.ok(201, w.do("POST", "/contacts", ada))
	if again.text != first.text {
		t.Errorf("the replay differs from the first answer:\n%s\n%s", first.text, again.text)
	}
	other := `{"contact":{"idempotency_id":"0F3A6C1DE4B24F0F9A7C55D0C1B2A3E4","name":"Bob","contact_type_ids":["CUSTOMER"]}}`
	if r := w.ok(201, w.do("POST", "/contacts", other)); r.str("name") != "Bob" {
		t.Errorf("an id in other letters was replayed")
	}
	payment := `{"contact_allocation":{"idempotency_id":"0f3a6c1de4b24f0f9a7c55d0c1b2a3e4"}}`
	w.refused(w.do("POST", "/contact_allocations", payment), 422, "IdempotencyResourceMismatch", "Entity type mismatch", "idempotency_id")
	if c := w.sim.Calls(); c.Writes != 3 || c.Replays != 1 {
		t.Errorf("counted %d writes and %d replays, want 3 and 1", c.Writes, c.Replays)
	}
}

func TestARefusalLeavesTheIdempotencyIDFree(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	bad := `{"contact":{"idempotency_id":"0f3a6c1de4b24f0f9a7c55d0c1b2a3e4","name":"Ada","contact_type_ids":["CUSTOMER"],"reference":"MUCHTOOLONG"}}`
	w.refused(w.do("POST", "/contacts", bad), 422, "RecordInvalid", "too long", "reference")
	w.ok(201, w.do("POST", "/contacts", ada))
}

func TestAnIdempotencyIDIsForgottenAfterSevenDays(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	w.ok(201, w.do("POST", "/contacts", ada))
	w.pass(7*24*time.Hour + time.Second)
	w.token = w.sim.Grant().Access
	w.refused(w.do("POST", "/contacts", ada), 422, "RecordInvalid", "taken", "reference")
}

func TestAnIdempotencyIDBelongsToItsBusiness(t *testing.T) {
	w := newWorld(t, simulator.Options{Businesses: 2})
	first := w.ok(201, w.do("POST", "/contacts", ada)).str("id")
	if second := w.ok(201, w.do("POST", "/contacts", ada, "X-Business", simulator.BusinessID(1))).str("id"); second == first {
		t.Error("the second business got the first one's contact")
	}
}

func TestParallelRequestsWithOneIDMakeOneThing(t *testing.T) {
	w := newWorld(t, simulator.Options{Latency: 20 * time.Millisecond})
	var wg sync.WaitGroup
	ids := make([]string, 8)
	for i := range ids {
		wg.Go(func() {
			if r, err := w.try("POST", "/contacts", ada); err == nil {
				ids[i] = r.str("id")
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("the requests got %q", ids)
		}
	}
	if c := w.sim.Calls(); c.Writes != 1 || c.Replays != 7 || c.Overlaps == 0 {
		t.Errorf("counted %d writes, %d replays, %d overlapping posts; want 1, 7 and some", c.Writes, c.Replays, c.Overlaps)
	}
}

func TestPostsInTurnDoNotOverlap(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	for _, reference := range []string{"M1", "M2", "M3"} {
		w.customer(reference, "GBP")
	}
	if n := w.sim.Calls().Overlaps; n != 0 {
		t.Errorf("counted %d overlapping posts, want 0", n)
	}
}

func TestAReadOnlyConsentCannotWrite(t *testing.T) {
	w := newWorld(t, simulator.Options{AutoConsent: true})
	w.token = w.consent(nil, map[string]string{"scope": "readonly"}).Access
	w.ok(http.StatusOK, w.do("GET", "/contacts", ""))
	w.refused(w.do("POST", "/contacts", ada), 403, "MultiUserAccessDenied", "not allowed", "")
}
