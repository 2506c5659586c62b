package sink

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/deliver"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// A doubtWorld is a sink without Kafka whose loops a test turns by hand, before a Sage
// that remembers no ids: whatever is sent twice is made twice.
type doubtWorld struct {
	*world
	planner  *planner
	policies int
	settles  map[canonical.ID]bool // whether Magento has paid or refunded it
}

func newDoubtWorld(t *testing.T) *doubtWorld {
	return newDoubtWorldOf(t, simulator.Options{Memory: -1, ListLag: 30 * time.Millisecond})
}

func newDoubtWorldOf(t *testing.T, o simulator.Options) *doubtWorld {
	w := &doubtWorld{world: newWorld(t, o), settles: map[canonical.ID]bool{}}
	w.config.Sage.RequestTimeout, w.config.Sage.SettleWindow, w.config.Sage.ListLag = 5*time.Second, 30*time.Millisecond, 60*time.Millisecond
	w.planner = &planner{db: w.db, metrics: newMetrics(nil), planned: func() {}, now: time.Now}
	return w
}

// takeIn keeps entities as intake does, each with a newer version.
func (w *doubtWorld) takeIn(entities ...canonical.Entity) {
	w.t.Helper()
	for _, e := range entities {
		w.version++
		w.settles[e.ID()] = paidOrRefunded(e)
		h := e.Head()
		h.Version, h.OccurredAt = change.Version{Epoch: 1, Sequence: w.version}, "2026-01-31T12:00:00Z"
		body, err := json.Marshal(e)
		w.must(err)
		_, err = w.db.Put(w.t.Context(), []postgres.Entity{{Source: "shop", ID: e.ID(), OrderID: orderOf(e), Version: h.Version, Body: body}}, postgres.PartitionMark{Topic: string(e.ID())})
		w.must(err)
	}
}

// another imports a policy that makes other bodies of the same documents: shipping goes to
// one account and then to the other.
func (w *doubtWorld) another() {
	w.policies++
	text := policyYAML("")
	if w.policies%2 == 1 {
		text = strings.ReplaceAll(text, chart.Account(4905), chart.Account(4000))
	}
	w.importBinding(text)
}

// turn plans and delivers what is due. Each turn has new breakers, and no hold outlives
// it: how long they hold is another test's.
func (w *doubtWorld) turn() {
	w.t.Helper()
	w.must(w.planner.step(w.t.Context()))
	network := sage.NewNetwork(w.config.Sage)
	defer network.Close()
	keys := w.keys()
	de := &deliver.Deliverer{
		Config: w.config.Sage, Store: w.db, Owner: "test", Log: zerolog.New(w.logs),
		Clients: &deliver.Clients{Network: network, Tokens: func(name, business string) sage.Tokens {
			return &auth.TokenSource{App: network.App(), Store: binding.TokenStore{Store: w.db, Keys: keys, Binding: name, Business: business}, Binding: name}
		}},
		Observe: func(work.OperationKind, sage.Outcome, time.Duration) {}, Recorded: func() {}, LookAgain: func() {},
		DrainEnded: func(_ work.Business, err error) { w.must(err) },
	}
	w.must(de.Step(w.t.Context()))
	de.Wait()
}

// lift ends what holds the binding.
func (w *doubtWorld) lift() { w.sql("UPDATE bindings SET not_before = now(), state = 'connected'") }

// turnUntil turns the loops until a condition holds.
func (w *doubtWorld) turnUntil(what string, ok func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for w.turn(); !ok(); w.turn() {
		if time.Now().After(deadline) {
			w.t.Fatalf("never happened: %s\ndocuments:\n%s\nlogs:\n%s", what, w.dump(), w.logs.tail())
		}
		b, err := w.db.Binding(w.t.Context(), "shop-uk")
		w.must(err)
		if b.State != work.Connected || b.NotBefore.After(time.Now()) {
			w.lift()
		}
		time.Sleep(10 * time.Millisecond) // the settle window and the lag have to pass
	}
}

// settledItem turns until an item is posted, paid where Magento has paid or refunded it or void
// where it has cancelled it, and everything is at rest. What Sage has refused is shown as refused and is not in Sage; a new policy
// heals it.
func (w *doubtWorld) settledItem(id canonical.ID, kind, reference string) {
	w.t.Helper()
	var item work.SyncItem
	settles := w.settles[id]
	done := func() bool {
		item = w.item(id)
		return item.State == work.ItemPosted && (item.Payment == work.Paid || !settles) || item.Payment == work.Void
	}
	parked := func() bool { return item.State == work.ItemParked }
	atRest := func() bool { idle, err := w.db.Idle(w.t.Context()); w.must(err); return idle }
	w.turnUntil(string(id)+" settled", func() bool { return (done() || parked()) && atRest() })
	for heals := 0; item.State == work.ItemParked; heals++ {
		if heals == 3 {
			w.t.Fatalf("%s stays parked for %s: %s", id, item.Reason, item.Hint)
		}
		switch item.Reason {
		case work.RefusedBySage, work.PaymentRefused, work.ContactRefused, work.AllocationRefused, work.RefundRefused, work.VoidRefused:
		default:
			w.t.Fatalf("%s is parked for %s: %s", id, item.Reason, item.Hint)
		}
		if n := w.standing(kind, reference); n != 0 && kind != "contact change" && kind != "void" {
			w.t.Fatalf("%s is shown as %s, and stands in Sage %d times", id, item.Reason, n)
		}
		w.another()
		w.sql(fmt.Sprintf("UPDATE sync_items SET plan_due_at = now() WHERE id = '%s'", id))
		w.turnUntil(string(id)+" healed", func() bool { return (done() || parked()) && atRest() })
	}
}

// operationToSettle is the operation that the hint of an item asks a person to settle.
func (w *doubtWorld) operationToSettle(id canonical.ID) int64 {
	w.t.Helper()
	_, number, _ := strings.Cut(w.item(id).Hint, "mage2sage operation settle ")
	n, err := strconv.ParseInt(strings.Fields(number + " none")[0], 10, 64)
	w.must(err)
	return n
}

// standing counts what has a reference in Sage.
func (w *doubtWorld) standing(kind, reference string) (n int) {
	for _, d := range w.inSage(kind) {
		if d.Reference == reference {
			n++
		}
	}
	return n
}

// lose has the next call's answer lost, before or after Sage has executed it.
func (w *doubtWorld) lose(method, path, mode string) {
	w.sim.Fault(simulator.Fault{Method: method, Path: path, Mode: mode})
}

// spoil has the look-up and the repetition answered with a status, by Sage's own document.
func (w *doubtWorld) spoil(method, path string, status int) {
	for _, m := range []string{http.MethodGet, method} {
		f := simulator.Fault{Method: m, Path: path, Mode: "status", Status: status}
		if method == http.MethodDelete && m == http.MethodGet {
			f.Skip = 1 // what is taken back is read before
		}
		w.sim.Fault(f)
	}
}

func paidOrRefunded(e canonical.Entity) bool {
	switch x := e.(type) {
	case *canonical.Invoice:
		return x.State == canonical.Paid
	case *canonical.CreditMemo:
		return x.State == canonical.Refunded
	}
	return false
}

func orderOf(e canonical.Entity) uint64 {
	switch x := e.(type) {
	case *canonical.Invoice:
		return x.OrderID
	case *canonical.CreditMemo:
		return x.OrderID
	}
	return 0
}
