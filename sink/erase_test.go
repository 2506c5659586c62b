package sink

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

func (s *shop) erase(r EraseRequest, planned bool) postgres.Erasure {
	s.t.Helper()
	r.Source = "shop"
	e, err := Erase(s.t.Context(), s.db, r, planned)
	s.must(err)
	return e
}

// TestAPersonIsErasedAndNothingBringsTheDataBack erases a customer whom the shop still has, and looks for what was
// planted in every column; all topics are read again afterwards.
func TestAPersonIsErasedAndNothingBringsTheDataBack(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]EraseRequest{
		"by the customer's id":            {Customer: 1004},
		"by the address, as it was typed": {Email: " Dora@PLANTED.test "},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			dora, other := buyer(1004, "dora"), buyer(0, "grace")
			asGuest := dora
			asGuest.MagentoID = 0
			s.write(customerOf(dora), sale(1, dora), sale(2, asGuest), sale(3, other), creditOf(1, sale(1, dora)))
			s.rest()
			s.noted("invoice:1", "planteddora wanted it so")
			planned := s.erase(r, true)
			if len(s.planted("planteddora")) == 0 {
				t.Fatal("a plan has erased")
			}
			done := s.erase(r, false)
			if done.Entities != 4 || done.Operations < 6 || done.AuditEntries != 1 || len(done.Open) != 0 || len(done.Contacts) != 2 || planned.Entities != done.Entities || planned.Operations != done.Operations {
				t.Errorf("%+v, and %+v was planned; want the customer, two sales and a memo, and two contacts in Sage", done, planned)
			}
			left := func() []string { return slices.Concat(s.planted("planteddora"), s.planted("dora@planted")) }
			if all := left(); len(all) != 0 {
				t.Errorf("left: %v", all)
			}
			if len(s.planted("plantedgrace")) == 0 {
				t.Error("somebody else was erased too")
			}
			writes, items := s.sim.Calls().Writes, s.items()
			s.replay()
			if all := left(); len(all) != 0 {
				t.Errorf("reading the topics again has brought back: %v", all)
			}
			s.sql("UPDATE sync_items SET plan_due_at = now()")
			s.rest()
			if n := s.sim.Calls().Writes; n != writes || s.items() != items {
				t.Errorf("%d calls were made; items are %s\nand were %s", n-writes, s.items(), items)
			}
			s.anonymous(t, asGuest, left)
			s.buysAgain(t, dora)
		})
	}
}

// noted has a person have written something about a document that was settled.
func (s *shop) noted(id canonical.ID, note string) {
	s.t.Helper()
	s.sql(fmt.Sprintf(`UPDATE sync_items SET hint = '%[2]s' WHERE id = '%[1]s';
		INSERT INTO audit (binding, entity, event, detail) VALUES ('shop-uk', '%[1]s', 'document settled by a person', '{"note": "%[2]s", "by": "bea"}')`, id, note))
}

// anonymous has the shop take the buyer out of an order: the sale stays what it is.
func (s *shop) anonymous(t *testing.T, was canonical.Contact, left func() []string) {
	t.Helper()
	was.Email, was.FirstName, was.LastName, was.Company, was.Phone = "anonymous@shop.test", "Anonymous", "Anonymous", "", ""
	i := paid(invoiceOf(2, was))
	s.write(i)
	s.rest()
	if item := s.item("invoice:2"); item.State != work.ItemPosted {
		t.Errorf("made anonymous, the sale is %s %s: %s", item.State, item.Reason, item.Hint)
	}
	if all := left(); len(all) != 0 {
		t.Errorf("left: %v", all)
	}
}

// buysAgain has the person be a customer again after the erasure: that is kept, and posted whole.
func (s *shop) buysAgain(t *testing.T, c canonical.Contact) {
	t.Helper()
	i := sale(8, c)
	i.CreatedAt = "2036-01-31T12:00:00Z"
	s.write(i)
	s.rest()
	if item := s.item("invoice:8"); item.State != work.ItemPosted || item.SageContactID != s.item("invoice:1").SageContactID {
		t.Errorf("a sale after the erasure is %s %s: %s", item.State, item.Reason, item.Hint)
	}
	if len(s.planted("dora@planted")) == 0 {
		t.Error("a sale after the erasure has lost its buyer")
	}
}

func TestWhatIsOpenIsNotErased(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	dora := buyer(1004, "dora")
	open := sale(2, dora)
	open.State, open.Payment = canonical.Open, nil
	s.write(customerOf(dora), sale(1, dora), open)
	s.rest()
	done := s.erase(EraseRequest{Customer: 1004}, false)
	if !slices.Equal(done.Open, []canonical.ID{"invoice:2", "customer:1004"}) || done.Entities != 1 {
		t.Fatalf("%+v, want the open sale and its customer to stay", done)
	}
	for _, place := range s.planted("planteddora") {
		if strings.Contains(place, "invoice:1,") {
			t.Errorf("left: %s", place)
		}
	}
	s.replay()
	if !slices.ContainsFunc(s.planted("dora@planted"), func(p string) bool { return strings.HasPrefix(p, "entities.body") && strings.Contains(p, "invoice:2") }) {
		t.Error("reading the topics again has taken the buyer out of the open sale")
	}
	s.write(sale(2, dora)) // it is paid
	s.rest()
	if item := s.item("invoice:2"); item.Payment != work.Paid {
		t.Fatalf("the sale is %s %s: %s", item.State, item.Reason, item.Hint)
	}
	if done := s.erase(EraseRequest{Customer: 1004}, false); len(done.Open) != 0 || len(s.planted("planteddora")) != 0 {
		t.Errorf("%+v, left: %v", done, s.planted("planteddora"))
	}
}
