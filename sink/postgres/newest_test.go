package postgres_test

import (
	"encoding/json"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

func TestTheNewestDocumentIsThatOfTheNewestOrderThatIsThere(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	bought := func(id canonical.ID, customer, order uint64, deleted bool) postgres.Entity {
		return postgres.Entity{Source: "shop", ID: id, CustomerID: customer, OrderID: order, Deleted: deleted, Version: change.Version{Epoch: 1, Sequence: 1},
			Body: json.RawMessage(`{"is":"` + id + `"}`)}
	}
	other := bought("invoice:99", 5, 99, false)
	other.Source = "another"
	for _, source := range [][]postgres.Entity{{
		bought("customer:5", 5, 0, false), bought("invoice:1", 5, 2, false), bought("creditmemo:7", 5, 10, false), bought("invoice:3", 5, 9, false),
		bought("invoice:4", 5, 11, true), bought("invoice:5", 6, 12, false), bought("invoice:6", 0, 13, false),
	}, {other}} {
		if _, err := s.Put(t.Context(), source, place); err != nil {
			t.Fatal(err)
		}
	}
	asked := false
	if _, err := s.PlanNext(t.Context(), func(p *postgres.Planning) (work.Verdict, error) {
		asked = true
		for customer, want := range map[uint64]canonical.ID{5: "creditmemo:7", 6: "invoice:5", 7: ""} {
			id, body, err := p.NewestDocument(customer)
			if err != nil || id != want || (want == "") != (body == nil) {
				t.Errorf("of customer %d: %q with %s, %v; want %q", customer, id, body, err, want)
			}
		}
		return as(work.ItemSkipped)(p), nil
	}); err != nil || !asked {
		t.Fatal(err, asked)
	}
}

func TestAVerdictPlansAnotherItemToo(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	put(t, s, "customer:5", "customer:6")
	planned(t, s, as(work.ItemSkipped))
	put(t, s, "invoice:1")
	got := planned(t, s, func(p *postgres.Planning) work.Verdict {
		v := as(work.ItemSkipped)(p)
		if p.Item.ID == "invoice:1" {
			v.PlanToo = "customer:5"
		}
		return v
	})
	if len(got) != 2 || got[0] != "invoice:1" || got[1] != "customer:5" {
		t.Errorf("planned %v, want the invoice and then the customer that it names", got)
	}
}
