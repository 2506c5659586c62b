package sink

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// A shop is a doubtWorld whose buyers have planted names, addresses and so on. It remembers what it has
// written, as a topic does.
type shop struct {
	*doubtWorld
	topic []postgres.Entity
}

func newShop(t *testing.T) *shop { return &shop{doubtWorld: newDoubtWorldOf(t, simulator.Options{})} }

// buyer is a person of whom everything is planted; id 0 is a guest.
func buyer(id uint64, name string) canonical.Contact {
	return canonical.Contact{
		MagentoID: id, Email: name + "@planted.test", Prefix: "Planted", FirstName: "Planted" + name, LastName: "Plantedlast", Company: "Planted Ltd", Phone: "0555 planted",
		VATNumber: "", CreatedAt: "2026-01-01T10:00:00Z", Addresses: []canonical.Address{},
	}
}

func sale(n uint64, c canonical.Contact) *canonical.Invoice {
	i := paid(invoiceOf(n, c))
	a := canonical.Address{Kind: "billing", FirstName: "Planted", LastName: "Person", Company: "Planted Ltd", Street: []string{"1 Planted Street"}, City: "Plantedtown", Postcode: "PL1 1AN", CountryID: "GB", Telephone: "0555 planted"}
	b := a
	b.Kind, b.FirstName = "shipping", "Plantedneighbour"
	i.BillingAddress, i.ShippingAddress, i.PONumber, i.CompanyName = &a, &b, "PO planted", "Planted Ltd"
	return i
}

// write keeps entities as intake does, each with a newer version.
func (s *shop) write(entities ...canonical.Entity) {
	s.t.Helper()
	for _, e := range entities {
		s.version++
		h := e.Head()
		h.Version, h.OccurredAt = change.Version{Epoch: 1, Sequence: s.version}, "2026-01-31T12:00:00Z"
		value, err := json.Marshal(e)
		s.must(err)
		row, _, err := entityOf(e.ID().Kind(), topic.Record{Value: value})
		s.must(err)
		s.topic = append(s.topic, row)
		s.keep(row)
	}
}

func (s *shop) keep(e postgres.Entity) {
	s.t.Helper()
	_, err := s.db.Put(s.t.Context(), []postgres.Entity{e}, postgres.PartitionMark{Topic: string(e.ID), ReadAgain: true})
	s.must(err)
}

// replay has every record read again.
func (s *shop) replay() {
	s.t.Helper()
	for _, e := range s.topic {
		s.keep(e)
	}
	s.rest()
}

// rest turns until nothing is left to do.
func (s *shop) rest() {
	s.t.Helper()
	s.turnUntil("all is at rest", func() bool { idle, err := s.db.Idle(s.t.Context()); s.must(err); return idle })
}

// purged purges at a time so many days from now.
func (s *shop) purged(days int) Purged {
	s.t.Helper()
	p := &Purge{DB: s.db, Retention: work.DefaultRetention(), Now: time.Now().AddDate(0, 0, days)}
	planned, err := p.Plan(s.t.Context())
	s.must(err)
	done, err := p.Run(s.t.Context())
	s.must(err)
	if planned.PersonalData != done.PersonalData {
		s.t.Errorf("%+v was planned, and %+v was done", planned, done)
	}
	return done
}

// planted lists where a word stands in any text or JSON of any table, as table.column of which row.
func (w *world) planted(word string) (all []string) {
	w.t.Helper()
	conn, err := pgx.Connect(w.t.Context(), w.dsn)
	w.must(err)
	defer conn.Close(w.t.Context())
	rows, err := conn.Query(w.t.Context(), `
		SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
		WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type IN ('text', 'json', 'jsonb', 'bytea', 'ARRAY', 'character varying') ORDER BY 1, 2`)
	w.must(err)
	type column struct{ Table, Column string }
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[column])
	w.must(err)
	if len(columns) < 40 {
		w.t.Fatalf("%d columns: the search does not look", len(columns))
	}
	for _, c := range columns {
		rows, err := conn.Query(w.t.Context(), fmt.Sprintf(`SELECT left(t::text, 60) FROM %s t WHERE %q::text ILIKE '%%' || $1 || '%%'`, c.Table, c.Column), word)
		w.must(err)
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		w.must(err)
		for _, row := range found {
			all = append(all, c.Table+"."+c.Column+" of "+row)
		}
	}
	return all
}

// items is all that was decided, as text.
func (s *shop) items() string {
	return s.value(`SELECT string_agg(concat_ws(' ', id, state, payment, reason, hint, waits_for, number, sage_id, sage_number, sage_total, sage_contact_id, accounting_date, sent_digest), E'\n' ORDER BY id) FROM sync_items`)
}

// TestWhoBoughtIsForgottenOnceASaleIsSettled plants what says who bought, and looks for it in every column.
func TestWhoBoughtIsForgottenOnceASaleIsSettled(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	guest, second, gone, living := buyer(0, "grace"), buyer(0, "bea"), buyer(1003, "carl"), buyer(1004, "dora")
	deleted := customerOf(gone)
	s.write(sale(1, guest), sale(2, second), creditOf(2, sale(2, second)), customerOf(gone), sale(3, gone), customerOf(living), sale(4, living), sale(5, living))
	s.rest()
	deleted.Deleted = true
	s.write(deleted)
	s.rest()
	for _, id := range []canonical.ID{"invoice:1", "invoice:2", "creditmemo:2", "invoice:3", "invoice:4", "invoice:5"} {
		if item := s.item(id); item.State != work.ItemPosted || item.Payment != work.Paid {
			t.Fatalf("%s is %s %s %s: %s", id, item.State, item.Payment, item.Reason, item.Hint)
		}
	}
	if done := s.purged(29); done.Any() {
		t.Errorf("%+v went before the period has ended", done)
	}
	before := len(s.planted("planted"))
	done := s.purged(31)
	if done.PersonalData.Entities != 6 || done.PersonalData.Operations < 12 || before < 15 {
		t.Errorf("%+v of %d places, want four sales, a memo and the customer who is deleted", done.PersonalData, before)
	}
	for _, place := range s.planted("planted") {
		if !strings.Contains(place, "customer:1004") && !strings.Contains(place, "invoice:5") {
			t.Errorf("left: %s", place)
		}
	}
	if n := len(s.planted("planted")); n != 2 {
		t.Errorf("%d places are left, want the customer whom the shop has, and the newest sale", n)
	}

	decided := s.items()
	s.sql("UPDATE sync_items SET plan_due_at = now()")
	s.rest()
	if now := s.items(); now != decided {
		t.Errorf("planned once more, items are %s\nand were %s", now, decided)
	}

	// A refund comes years later, and all topics are read again.
	s.write(creditOf(9, sale(1, guest)))
	s.rest()
	if item := s.item("creditmemo:9"); item.State != work.ItemPosted || item.Payment != work.Paid || item.SageContactID != s.item("invoice:1").SageContactID {
		t.Errorf("the refund is %s %s %s: %s", item.State, item.Payment, item.Reason, item.Hint)
	}
	writes, items := s.sim.Calls().Writes, s.items()
	s.replay()
	if n := s.sim.Calls().Writes; n != writes {
		t.Errorf("reading all topics again made %d calls", n-writes)
	}
	if now := s.items(); now != items {
		t.Errorf("items are %s\nand were %s", now, items)
	}
	s.purged(31)
	if n := len(s.planted("planted")); n != 2 {
		t.Errorf("after a replay %v are left", s.planted("planted"))
	}
	older := s.topic[0]
	older.Version = change.Version{Epoch: 1, Sequence: 0}
	if taken, err := s.db.Put(t.Context(), []postgres.Entity{older}, postgres.PartitionMark{Topic: "older"}); err != nil || taken.New != 0 || len(taken.SetAside) != 0 {
		t.Errorf("%+v, %v: an older version is no news, and nobody knows what it said otherwise", taken, err)
	}
	s.replay()
	s.another() // a policy plans what is not posted and paid
	s.rest()
	if n := s.sim.Calls().Writes; n != writes {
		t.Errorf("a new policy made %d calls of what is settled", n-writes)
	}
}

func TestWhatIsOpenKeepsWhoBought(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	open := sale(1, buyer(0, "grace"))
	open.State, open.Payment = canonical.Open, nil
	unmapped := sale(2, buyer(0, "bea"))
	unmapped.Lines[0].TaxPercent = "17.50"
	s.write(open, unmapped)
	s.rest()
	if done := s.purged(31); done.Any() || s.item("invoice:2").State != work.ItemParked {
		t.Errorf("%+v went of what is unpaid, and of what is %s", done, s.item("invoice:2").State)
	}
	if places := s.planted("PO planted"); len(places) < 2 || !slices.ContainsFunc(places, func(p string) bool { return strings.HasPrefix(p, "operations.body") }) {
		t.Errorf("left: %v", places)
	}
}
