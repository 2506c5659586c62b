package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// The audit trail has a table for each month, so that one that is no longer kept goes at once and
// as a whole. A month is named audit_2026_11.

// monthsAhead is how many months after the present one have their table already: a sink that does
// not run for so long, or may not make tables, keeps nothing from being written down.
const monthsAhead = 2

// monthLock names the lock under which months are made and dropped: "m2_month" in ASCII.
const monthLock = 0x6d325f6d6f6e7468

// A month is one of the audit trail's tables.
type month struct {
	Name       string
	Begins     time.Time
	Attached   bool
	Unfinished bool // somebody began to detach it and has not ended
}

func (m month) ends() time.Time { return m.Begins.AddDate(0, 1, 0) }

// KeepMonths makes the audit trail's tables of this month and the next ones, by the database's
// clock. Nobody who writes waits for it: a table is made apart and then attached.
func (db *DB) KeepMonths(ctx context.Context) error {
	err := db.tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, monthLock); err != nil {
			return err
		}
		var now time.Time
		if err := tx.QueryRow(ctx, `SELECT now()`).Scan(&now); err != nil {
			return err
		}
		for n := range monthsAhead + 1 {
			first := time.Date(now.UTC().Year(), now.UTC().Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
			if err := makeMonth(ctx, tx, first); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("make the months of the audit trail: run mage2sage migrate as the owner of the tables: %w", err)
	}
	return nil
}

// nameOf is the table of a month.
func nameOf(first time.Time) string { return first.Format("audit_2006_01") }

func makeMonth(ctx context.Context, tx pgx.Tx, first time.Time) error {
	name := nameOf(first)
	var there bool
	if err := tx.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, name).Scan(&there); err != nil || there {
		return err
	}
	// A row trigger comes with the attaching; one of a statement does not.
	_, err := tx.Exec(ctx, strings.NewReplacer("MONTH", name, "BEGIN", first.Format(time.RFC3339), "END", first.AddDate(0, 1, 0).Format(time.RFC3339)).Replace(`
		CREATE TABLE MONTH (LIKE audit INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES);
		CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON MONTH FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
		ALTER TABLE audit ATTACH PARTITION MONTH FOR VALUES FROM ('BEGIN') TO ('END')`))
	return err
}

// OldMonths lists the months of the audit trail that end before a time, with how many entries each
// has. The one with the trail's last entry is none of them, however old: its number says whether
// the database was restored.
func (db *DB) OldMonths(ctx context.Context, before time.Time) (names []string, entries int, err error) {
	all, err := db.oldMonths(ctx, before)
	if err != nil {
		return nil, 0, fmt.Errorf("list old months of the audit trail: %w", err)
	}
	for _, m := range all {
		var n int
		if err := db.pool.QueryRow(ctx, `SELECT count(*) FROM `+m.Name).Scan(&n); err != nil {
			return nil, 0, fmt.Errorf("count the entries of %s: %w", m.Name, err)
		}
		names, entries = append(names, m.Name), entries+n
	}
	return names, entries, nil
}

func (db *DB) oldMonths(ctx context.Context, before time.Time) (old []month, err error) {
	rows, err := db.pool.Query(ctx, `
		SELECT c.relname AS name, to_timestamp(substr(c.relname, 7) || '_01', 'YYYY_MM_DD') AS begins, i.inhrelid IS NOT NULL AS attached, coalesce(i.inhdetachpending, false) AS unfinished
		FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = 'audit'::regclass
		WHERE c.relkind = 'r' AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'audit'::regclass) AND c.relname ~ '^audit_[0-9]{4}_[0-9]{2}$' ORDER BY c.relname`)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[month])
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.ends().After(before) {
			continue
		}
		var later bool
		if err := db.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM audit WHERE at >= $1)`, m.ends()).Scan(&later); err != nil {
			return nil, err
		}
		if later || !m.Attached {
			old = append(old, m)
		}
	}
	return old, nil
}

// ErrMonthsInUse is returned while somebody reads the audit trail for long, as a backup does.
var ErrMonthsInUse = errors.New("old months of the audit trail are in use, as by a backup: they go another time")

// DropMonths drops the months of OldMonths. Nobody who writes waits for it: Postgres detaches a
// table only when whoever may use it has ended, and lets others write meanwhile. What a process
// that died has left in the middle is ended. The error is ErrMonthsInUse where one takes longer than
// within.
func (db *DB) DropMonths(ctx context.Context, before time.Time, within time.Duration) (dropped []string, err error) {
	old, err := db.oldMonths(ctx, before)
	if err != nil {
		return nil, fmt.Errorf("list old months of the audit trail: %w", err)
	}
	for _, m := range old {
		bounded, cancel := context.WithTimeout(ctx, within)
		err := db.dropMonth(bounded, m)
		late := bounded.Err() != nil && ctx.Err() == nil
		cancel()
		if late {
			return dropped, ErrMonthsInUse
		}
		if err != nil {
			return dropped, fmt.Errorf("drop %s: %w", m.Name, err)
		}
		dropped = append(dropped, m.Name)
	}
	return dropped, nil
}

func (db *DB) dropMonth(ctx context.Context, m month) error {
	how := "CONCURRENTLY"
	if m.Unfinished {
		how = "FINALIZE"
	}
	if m.Attached {
		if _, err := db.pool.Exec(ctx, `ALTER TABLE audit DETACH PARTITION `+m.Name+` `+how); err != nil {
			return err
		}
	}
	return db.tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DROP TABLE `+m.Name); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{Event: "audit month dropped", Detail: map[string]string{"month": m.Name}})
	})
}
