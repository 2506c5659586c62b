package sink

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// rebind takes the binding from its business as a person does.
func (w *world) rebind() error {
	_, err := binding.Rebind(w.t.Context(), binding.DisconnectRequest{Config: w.config.Sage, Store: w.db, Tokens: w.db, Binding: "shop-uk", By: "bea"})
	return err
}

// The wrong business refuses what the right one takes: its contacts, say.
func TestABindingOfTheWrongBusinessIsBoundAnewAndPostsToTheRightOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Businesses: 2})
	wrong := simulator.BusinessID(1)
	w.connectTo(wrong)
	refuse := func(field string, count int) {
		w.sim.Fault(simulator.Fault{Method: http.MethodPost, Path: "/v3.1/contacts", Mode: "status", Status: 422, Count: count,
			Body: `[{"$severity":"error","$dataCode":"RecordInvalid","$message":"no","$source":"` + field + `"}]`})
	}
	refuse("reference", 1) // another customer has it there
	refuse("name", -1)
	w.start()
	for n := range uint64(3) {
		w.publish(doubtInvoice(n + 1)) // each of another customer
	}
	for n := range uint64(3) {
		w.reaches(canonical.NewID(canonical.KindInvoice, n+1), work.ItemParked, work.ContactRefused)
	}
	w.must(w.rebind())
	w.reaches("invoice:1", work.ItemWaiting, work.NotConnected)
	if b, err := w.db.Binding(t.Context(), "shop-uk"); err != nil || b.State != work.New || b.Business != "" || b.BusinessName != "" {
		t.Errorf("%+v, %v; want it as if it had never been connected", b, err)
	}
	w.sim.ClearFaults()
	calls := w.sim.Calls().Total
	w.connect()
	for n := range uint64(3) {
		w.paid(canonical.NewID(canonical.KindInvoice, n+1))
	}
	w.eachOnce(3)
	for _, c := range w.inSage("contact") {
		if len(c.Reference) != len("M1001") || !strings.HasPrefix(c.Reference, "M100") {
			t.Errorf("a contact has the reference %s, because the plain one was taken in the wrong business", c.Reference)
		}
	}
	for _, c := range w.sim.Calls().Calls {
		if c.Sequence > calls && c.Business == wrong {
			t.Errorf("%s %s went to the wrong business", c.Method, c.Path)
		}
	}
	var stays *work.TracesError
	if err := w.rebind(); !errors.As(err, &stays) || stays.Objects != 9 { // a contact, an invoice and a payment of each
		t.Errorf("%v; want it refused, with the counts of what was posted", err)
	}
	if b, err := w.db.Binding(t.Context(), "shop-uk"); err != nil || b.State != work.Connected {
		t.Errorf("%s, %v; want a refusal to change nothing", b.State, err)
	}
}
