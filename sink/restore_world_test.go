package sink

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/binding"
)

// restorable are the tables that a restore puts back.
var restorable = []string{"entities", "bookmarks", "sync_items", "operations", "xrefs"}

// backup copies what the database holds. The returned function puts the copies in the place
// of the tables, as a restore does, even under a stage that runs.
func (w *world) backup() (restore func()) {
	w.t.Helper()
	var copies, puts strings.Builder
	for _, table := range restorable {
		fmt.Fprintf(&copies, "CREATE TABLE backup_%s (LIKE %[1]s INCLUDING ALL); INSERT INTO backup_%[1]s OVERRIDING SYSTEM VALUE SELECT * FROM %[1]s; ", table)
		fmt.Fprintf(&puts, "DROP TABLE %s CASCADE; ALTER TABLE backup_%[1]s RENAME TO %[1]s; ", table)
	}
	// The audit trail is a table for each month: what is in it is put back, and not the tables.
	copies.WriteString(`SELECT setval(pg_get_serial_sequence('backup_operations', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM backup_operations));
		CREATE TABLE backup_audit AS SELECT * FROM audit`)
	puts.WriteString(`SET session_replication_role = replica; DELETE FROM audit; INSERT INTO audit OVERRIDING SYSTEM VALUE SELECT * FROM backup_audit;
		SELECT setval(pg_get_serial_sequence('audit', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM audit))`)
	w.sql(copies.String())
	return func() { w.sql(puts.String()) }
}

// trailIsKept waits until Kafka knows how far the audit trail goes.
func (w *world) trailIsKept() {
	w.t.Helper()
	w.until("the end of the audit trail is kept", func() bool {
		state, err := w.topics.ReadSourceState(w.t.Context(), w.names, "")
		w.must(err)
		last, err := w.db.TrailEnd(w.t.Context())
		w.must(err)
		return last > 0 && state.Trail.Last == last
	})
}

// forgetTrail has the topics know nothing of the audit trail.
func (w *world) forgetTrail() {
	w.t.Helper()
	record, err := topic.TrailRecord(change.Trail{})
	w.must(err)
	w.produce(w.names.Offsets(), 0, record)
}

// lock keeps everything from being sent, unlock ends it.
func (w *world) lock()   { w.sql("UPDATE bindings SET not_before = now() + interval '1 hour'") }
func (w *world) unlock() { w.sql("UPDATE bindings SET not_before = now()") }

// restores is how often a restore was noticed.
func (w *world) restores() int { return strings.Count(w.logs.String(), "database older than") }

// rebuild is a rebuild of the world's binding, not begun.
func (w *world) rebuild() (r *Rebuild, done func()) {
	w.t.Helper()
	client, done, err := binding.OpenBusiness(w.t.Context(), w.config.Sage, w.db, w.db, "shop-uk")
	w.must(err)
	return &Rebuild{DB: w.db, Client: client, Binding: "shop-uk", Progress: func(string) {}}, done
}

// rebuilt runs a rebuild to its end.
func (w *world) rebuilt() RebuildReport {
	w.t.Helper()
	r, done := w.rebuild()
	defer done()
	report, err := r.Run(w.t.Context())
	w.must(err)
	return report
}

// fingerprint is all that a rebuild writes, as text.
func (w *world) fingerprint() string {
	w.t.Helper()
	conn, err := pgx.Connect(w.t.Context(), w.dsn)
	w.must(err)
	defer conn.Close(w.t.Context())
	var all []string
	for _, table := range []string{"sync_items", "operations", "xrefs", "audit", "bindings", "left_in_sage", "entities", "restores", "business_leases"} {
		var digest string
		w.must(conn.QueryRow(w.t.Context(), fmt.Sprintf("SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM %s t", table)).Scan(&digest))
		all = append(all, table+" "+digest)
	}
	return strings.Join(all, "\n")
}

// value is the one value of a query, as text.
func (w *world) value(query string) (text string) {
	w.t.Helper()
	conn, err := pgx.Connect(w.t.Context(), w.dsn)
	w.must(err)
	defer conn.Close(w.t.Context())
	w.must(conn.QueryRow(w.t.Context(), "SELECT ("+query+")::text").Scan(&text))
	return text
}

// trail lists some events of the audit trail, each with its entity.
func (w *world) trail(events ...string) (all []string) {
	w.t.Helper()
	conn, err := pgx.Connect(w.t.Context(), w.dsn)
	w.must(err)
	defer conn.Close(w.t.Context())
	rows, err := conn.Query(w.t.Context(), "SELECT event || ' ' || entity FROM audit WHERE event = ANY($1) ORDER BY id", events)
	w.must(err)
	all, err = pgx.CollectRows(rows, pgx.RowTo[string])
	w.must(err)
	return all
}
