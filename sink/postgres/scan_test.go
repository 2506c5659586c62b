package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// fill makes a shop that has been at work for years: so many invoices, posted and paid.
const fill = `
	INSERT INTO entities (source, id, kind, order_id, customer_id, generation, epoch, sequence, body, deleted)
		SELECT 'shop', 'invoice:' || n, 'invoice', n, n / 3, 1, 1, n, '{}', false FROM generate_series(1000, 999 + %[1]d) n;
	INSERT INTO sync_items (binding, id, kind, state, payment, plan_due_at, number, sage_id)
		SELECT 'b', 'invoice:' || n, 'invoice', 'posted', 'paid', NULL, n, 's' || n FROM generate_series(1000, 999 + %[1]d) n;
	INSERT INTO operations (binding, business, kind, entity, revision, item, idempotency_id, reference, reference_key, body, body_hash, policy_version, priority, state)
		SELECT 'b', 'biz', kind, 'invoice:' || n, 1, 'invoice:' || n, kind || n, n, n, '{}', '', 1, 1, 'confirmed'
		FROM generate_series(1000, 999 + %[1]d) n, unnest(ARRAY['create_invoice', 'create_payment']) kind;
	INSERT INTO xrefs (binding, type, entity, sage_id) SELECT 'b', 'sales_invoice', 'invoice:' || n, 's' || n FROM generate_series(1000, 999 + %[1]d) n;
	INSERT INTO audit (binding, entity, event) SELECT 'b', 'invoice:' || n, 'operation confirmed' FROM generate_series(1000, 999 + %[1]d) n`

// large are the tables that grow with the shop.
const large = `('entities', 'sync_items', 'operations', 'xrefs', to_char(now(), '"audit_"YYYY_MM'))`

// What the sink does again and again, and what status asks, reads no table from its
// beginning to its end, and of the indexes only the one that status counts by, once: Postgres
// says how it reads.
func TestWhatIsDoneAgainAndAgainReadsNoTableAsAWhole(t *testing.T) {
	t.Parallel()
	const invoices = 10_000
	s, dsn := open(t)
	filled(t, dsn, invoices)
	exec(t, dsn, "SELECT pg_stat_reset()")
	everyday(t, s)
	s.Close() // a connection tells what it has counted when it ends, a moment later
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	const counted = `SELECT count(*) >= 4 FROM pg_stat_user_tables WHERE idx_scan > 0 AND relname IN ` + large
	for deadline, told := time.Now().Add(10*time.Second), false; !told; time.Sleep(10 * time.Millisecond) {
		if err := conn.QueryRow(t.Context(), counted).Scan(&told); err != nil || time.Now().After(deadline) {
			t.Fatalf("Postgres has not counted: %v", err)
		}
	}
	rows, err := conn.Query(t.Context(), `
		SELECT relname, seq_tup_read FROM pg_stat_user_tables WHERE seq_scan > 0 AND relname IN `+large+`
		UNION ALL SELECT indexrelname, idx_tup_read FROM pg_stat_user_indexes WHERE relname IN `+large+`
		AND idx_tup_read > CASE indexrelname WHEN 'sync_items_counts' THEN $1 * 3 / 2 ELSE $1 / 2 END`, invoices)
	if err != nil {
		t.Fatal(err)
	}
	var name string
	var read int
	if _, err := pgx.ForEachRow(rows, []any{&name, &read}, func() error {
		t.Errorf("%d rows were read of %s, which is all of it", read, name)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func filled(t testing.TB, dsn string, invoices int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, statement := range []string{fmt.Sprintf(fill, invoices), "VACUUM ANALYZE"} {
		if err := conn.PgConn().Exec(t.Context(), statement).Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// everyday takes an invoice from its record to its payment, and asks what status asks.
func everyday(t *testing.T, s *postgres.DB) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	put(t, s, "invoice:1", "invoice:2", "customer:1")
	planDue(t, s, func(p *postgres.Planning) (work.Verdict, error) {
		readAll(t, p)
		v := as(work.ItemWaiting, func(v *work.Verdict) { v.Item.WaitsFor, v.WakeWaiting = "invoice:5", true })(p)
		v.Operations, v.Cancel = []work.Operation{createOf(p.Item.ID)}, work.CancelledWithItem()
		return v, nil
	})
	_, err := s.Businesses(t.Context())
	must(err)
	_, err = s.Recover(t.Context(), "biz", time.Minute)
	must(err)
	o := claim(t, s)
	must(s.RecordResult(t.Context(), work.CallResult{Operation: o, State: work.Confirmed, SageID: "s1", Xref: work.XrefChange{Type: work.XrefInvoice, New: true},
		Posted: &work.Posting{State: work.ItemPosted}, Payment: work.Unpaid}))
	_, _, err = s.Counts(t.Context(), []canonical.Kind{canonical.KindCustomer})
	must(err)
	_, err = s.OldestUnposted(t.Context(), []canonical.Kind{canonical.KindCustomer})
	must(err)
	_, err = s.Items(t.Context(), postgres.ItemFilter{State: work.ItemParked})
	must(err)
	_, err = s.ToPlan(t.Context())
	must(err)
	_, err = s.TrailEnd(t.Context())
	must(err)
}

func createOf(id canonical.ID) work.Operation {
	return work.Operation{OperationKey: work.OperationKey{Kind: work.CreateInvoice, Entity: string(id)}, Revision: 1, IdempotencyID: string(id),
		Reference: string(id), Body: json.RawMessage(`{}`), Priority: work.PriorityDocument}
}

// readAll reads whatever a plan can read.
func readAll(t *testing.T, p *postgres.Planning) {
	t.Helper()
	for _, err := range []error{
		second(p.History(work.OperationKey{Kind: work.CreateContact, Entity: "customer:9"})), second(p.Entity("customer:9")),
		second(p.Holder(work.CreateInvoice, "123")), second(p.Items([]canonical.ID{"invoice:1001"})), second(p.Xrefs(work.XrefInvoice, "invoice:1001")),
		second(p.CreditMemos(5)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := p.NewestDocument(5); err != nil {
		t.Fatal(err)
	}
}

func second[T any](_ T, err error) error { return err }
