package simulator_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestTheJournalRebuildsTheSameBooks(t *testing.T) {
	dir := t.TempDir()
	w := newWorld(t, simulator.Options{DataDir: dir, Businesses: 2})
	w.ok(201, w.do("POST", "/contacts", ada))
	contact := w.customer("M2", "GBP")
	invoice := w.ok(201, w.invoice(sale{contact: contact, lines: []string{line("10", "1", "2")}})).str("id")
	payment := w.ok(201, w.pay(transfer{contact: contact, total: "12", artefact: invoice, amount: "12"})).str("id")
	w.refused(w.do("PUT", "/contact_payments/"+payment, `{"contact_payment":{"allocated_artefacts":[{"artefact_id":"none","amount":"1"}]}}`),
		404, "RecordNotFound", "Couldn't", "allocated_artefacts.artefact_id")
	w.ok(204, w.do("DELETE", "/contact_payments/"+payment, ""))
	w.ok(200, w.do("DELETE", "/sales_invoices/"+invoice+"?void_reason=cancelled", ""))
	w.ok(201, w.do("POST", "/contacts", ada, "X-Business", simulator.BusinessID(1)))
	tear(t, filepath.Join(dir, "writes.jsonl"))

	again := newWorld(t, simulator.Options{DataDir: dir, Businesses: 2})
	if diff := cmp.Diff(w.sim.Documents(), again.sim.Documents()); diff != "" {
		t.Errorf("the books differ after a restart (-before +after):\n%s", diff)
	}
	again.ok(201, again.do("POST", "/contacts", ada)) // answered from memory
	if n := again.sim.Calls().Replays; n != 1 {
		t.Errorf("the idempotency id was forgotten")
	}
	again.ok(201, again.invoice(sale{contact: contact, lines: []string{line("10", "1", "2")}}))
	third := newWorld(t, simulator.Options{DataDir: dir, Businesses: 2})
	if got, want := len(third.sim.Documents()), len(again.sim.Documents()); got != want {
		t.Errorf("after the second restart there are %d things, want %d", got, want)
	}
}

func TestTokensSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	w := newWorld(t, simulator.Options{DataDir: dir, AutoConsent: true})
	first := w.consent(nil, nil)
	second := w.ok(200, w.refresh(first.Refresh))
	gone := w.consent(nil, nil)
	w.ok(200, w.form("/revoke", map[string]string{"token": gone.Refresh}))

	again := newWorld(t, simulator.Options{DataDir: dir})
	again.token = second.str("access_token")
	again.ok(200, again.do("GET", "/contacts", ""))
	for name, token := range map[string]string{"an ended": first.Refresh, "a revoked": gone.Refresh} {
		if r := again.refresh(token); r.str("error") != "invalid_grant" {
			t.Errorf("after a restart %s refresh token was answered %d %s", name, r.status, r.text)
		}
	}
	again.ok(200, again.refresh(second.str("refresh_token")))
	if err := os.WriteFile(filepath.Join(dir, "tokens.json"), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := simulator.Open(simulator.Options{DataDir: dir}); err == nil {
		t.Error("unreadable tokens were accepted")
	}
}

// tear ends a file as a crash in the middle of a line would.
func tear(t *testing.T, file string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(`{"at":"2026-`); err != nil {
		t.Fatal(err)
	}
}

func TestAJournalThatCannotBeReadStopsTheStart(t *testing.T) {
	dir := t.TempDir()
	for name, line := range map[string]string{
		"no JSON":                     "nonsense\n",
		"an unknown business":         `{"business":"none"}` + "\n",
		"a write that is refused now": `{"business":"` + simulator.BusinessID(0) + `","method":"DELETE","resource":"contacts","id":"none"}` + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, "writes.jsonl"), []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := simulator.Open(simulator.Options{DataDir: dir}); err == nil {
			t.Errorf("a journal with %s was accepted", name)
		}
	}
}
