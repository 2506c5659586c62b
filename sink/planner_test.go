package sink

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// One step passes over every item without a verdict: a binding whose policy cannot be
// read must not keep the documents of another one waiting.
func TestItemsWithoutAVerdictKeepNoOtherWaiting(t *testing.T) {
	t.Parallel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c := postgres.Config{URL: secret.String(servers.CopyForTest(t, "migrated", migrate))}
	db, err := postgres.Open(t.Context(), c)
	must(err)
	defer db.Close()
	readable := policy.Default()
	readable.DefaultLedgerAccountID = "sales"
	text, err := json.Marshal(readable)
	must(err)
	for name, knobs := range map[string]json.RawMessage{"broken": json.RawMessage(`{"due_days": "no number"}`), "good": text} {
		_, err := db.PutBinding(t.Context(), name, name, knobs)
		must(err)
	}
	customer := func(shop string, n uint64) postgres.Entity {
		body := fmt.Sprintf(`{"magento_entity_id":%d,"magento_id":%d,"version":"1.1","source":{"name":%q,"root":"customer/%d"},"addresses":[]}`, n, n, shop, n)
		return postgres.Entity{Source: shop, ID: canonical.NewID(canonical.KindCustomer, n), Version: change.Version{Epoch: 1, Sequence: 1}, Body: json.RawMessage(body)}
	}
	var all []postgres.Entity
	for n := range uint64(12) {
		all = append(all, customer("broken", n+1))
	}
	_, err = db.Put(t.Context(), append(all, customer("good", 100)), postgres.PartitionMark{Topic: "customers"})
	must(err)

	p := &planner{db: db, metrics: newMetrics(nil), planned: func() {}, now: time.Now}
	var undecided *postgres.UndecidedError
	if err := p.step(t.Context()); !errors.As(err, &undecided) || undecided.Item.Binding != "broken" {
		t.Errorf("the step ends with %v, want the first item without a verdict", err)
	}
	counts, _, err := db.Counts(t.Context(), nil)
	must(err)
	states := map[work.ItemState]int{}
	for _, n := range counts {
		states[n.State] += n.N
	}
	if states[work.ItemPlanned] != 12 || states[work.ItemSkipped] != 1 {
		t.Errorf("states %v; want the good one planned behind the twelve", states)
	}
	if err := p.step(t.Context()); err != nil {
		t.Errorf("the next step ends with %v: what was put off is not due yet", err)
	}
}
