package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

// restored and asked are the conditions under which nothing is sent for a binding b.
const (
	restored = `EXISTS (SELECT FROM restores r WHERE r.noticed_at > b.rebuilt_at)`
	asked    = `b.rebuild_wanted_at > b.rebuilt_at`
	closed   = `(` + asked + ` OR ` + restored + `)`
)

// CloseDelivery keeps everything from being sent for a binding until EndRebuild is told of a
// rebuild that began now or later. began is now, by the database's clock.
func (db *DB) CloseDelivery(ctx context.Context, binding string) (began time.Time, err error) {
	err = db.tx(ctx, func(tx pgx.Tx) error {
		var before bool
		err := tx.QueryRow(ctx, `
			UPDATE bindings n SET rebuild_wanted_at = now() FROM (SELECT `+closed+` AS closed FROM bindings b WHERE name = $1 FOR UPDATE) b
			WHERE n.name = $1 RETURNING now(), b.closed`, binding).Scan(&began, &before)
		if errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("binding %s: %w", binding, work.ErrNoBinding)
		}
		if err != nil || before {
			return err
		}
		return audit(ctx, tx, auditEntry{Binding: binding, Event: "delivery closed"})
	})
	if err != nil {
		return began, fmt.Errorf("close delivery: %w", err)
	}
	return began, nil
}

// NoteRebuilding keeps how far the rebuild of a binding is, for people.
func (db *DB) NoteRebuilding(ctx context.Context, binding, progress string) error {
	_, err := db.pool.Exec(ctx, `UPDATE bindings SET rebuilding = $2 WHERE name = $1`, binding, progress)
	if err != nil {
		return fmt.Errorf("note how far the rebuild is: %w", err)
	}
	return nil
}

// LastRestore is how long ago it was noticed last that the database was restored; ok is false
// where it never was.
func (db *DB) LastRestore(ctx context.Context) (ago time.Duration, ok bool, err error) {
	var since *time.Duration
	err = db.pool.QueryRow(ctx, `SELECT clock_timestamp() - max(noticed_at) FROM restores`).Scan(&since)
	if err != nil {
		return 0, false, fmt.Errorf("read when the database was restored: %w", err)
	}
	if since == nil {
		return 0, false, nil
	}
	return *since, true, nil
}

// ReadTo is how far a partition was read, records or not, and how far a database had read it
// that is lost.
func (db *DB) ReadTo(ctx context.Context, name string, partition int) (to, before int64, err error) {
	err = db.pool.QueryRow(ctx, `SELECT greatest(next_offset, read_to), read_before FROM bookmarks WHERE topic = $1 AND partition = $2`, name, partition).Scan(&to, &before)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, 0, fmt.Errorf("read how far %s/%d was read: %w", name, partition, err)
	}
	return to, before, nil
}

// NoteReadTo keeps that a partition has no record from its bookmark up to an offset.
func (db *DB) NoteReadTo(ctx context.Context, name string, partition int, to int64) error {
	_, err := db.pool.Exec(ctx, `UPDATE bookmarks SET read_to = greatest(read_to, $3) WHERE topic = $1 AND partition = $2`, name, partition, to)
	if err != nil {
		return fmt.Errorf("note how far %s/%d was read: %w", name, partition, err)
	}
	return nil
}

// Candidates lists the operations of a binding that would make something, and never left as
// far as the books know; those too that a rebuild has parked, until a person decides.
func (db *DB) Candidates(ctx context.Context, binding string) ([]work.Candidate, error) {
	var kinds []work.OperationKind
	for _, info := range work.Kinds() {
		if info.Creates() {
			kinds = append(kinds, info.Kind)
		}
	}
	rows, err := db.pool.Query(ctx, `
		SELECT `+operationColumns+`, coalesce(i.number, '') AS number FROM operations o LEFT JOIN sync_items i ON i.binding = o.binding AND i.id = o.entity
		WHERE o.binding = $1 AND o.kind = ANY($2) AND `+untouched+` ORDER BY o.id`, binding, texts(kinds), string(work.NotAsInSage))
	if err != nil {
		return nil, fmt.Errorf("list what may stand in Sage: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[work.Candidate])
	if err != nil {
		return nil, fmt.Errorf("list what may stand in Sage: %w", err)
	}
	return all, nil
}

// untouched is the condition of an operation that never left and of which no person has decided;
// $3 is work.NotAsInSage.
const untouched = `NOT o.was_in_doubt AND NOT o.not_in_sage AND (o.state = 'planned' OR o.state = 'parked' AND o.reason = $3)`

// Adopt writes down what Sage's lists have for an operation: it is confirmed as something that
// stands there, which was booked on date, or parked. All of it is one transaction: xref, item,
// operation, audit. It never touches an operation that is under way, or that a person has decided;
// ok is false for those, and where the books have changed since. The error wraps
// work.ErrLeaseLost when another process has the business.
func (db *DB) Adopt(ctx context.Context, l work.Lease, r work.CallResult, date string) (ok bool, err error) {
	err = db.tx(ctx, func(tx pgx.Tx) error {
		if err := lockOutPlanning(ctx, tx); err != nil {
			return err
		}
		if err := prolong(ctx, tx, l); err != nil {
			return err
		}
		claimed, err := oneOperation(tx.Query(ctx, `
			UPDATE operations o SET state = 'sending', fence_token = o.fence_token + 1 WHERE o.id = $1 AND o.body_hash = $2 AND `+untouched+`
			RETURNING `+operationColumns, r.Operation.ID, r.Operation.BodyHash, string(work.NotAsInSage)))
		if ok = err == nil; errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		r.Operation.FenceToken = claimed.FenceToken
		if err := sendIn(ctx, tx, func(b *pgx.Batch) error { return recordLate(b, r) }); err != nil {
			return err
		}
		if r.State != work.Confirmed || r.Posted == nil || date == "" {
			return nil
		}
		_, err = tx.Exec(ctx, `UPDATE sync_items SET accounting_date = $3 WHERE binding = $1 AND id = $2 AND sage_id = $4`,
			r.Operation.Binding, r.Operation.Entity, date, r.SageID)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("adopt operation %d: %w", r.Operation.ID, err)
	}
	return ok, nil
}

// KnownInSage lists the ids of all that is known to belong to somebody at a business: xrefs, and
// documents that a person has settled.
func (db *DB) KnownInSage(ctx context.Context, business string) (map[string]bool, error) {
	rows, err := db.pool.Query(ctx, `
		SELECT x.sage_id FROM xrefs x JOIN bindings b ON b.name = x.binding WHERE b.business = $1
		UNION SELECT i.sage_id FROM sync_items i JOIN bindings b ON b.name = i.binding WHERE b.business = $1 AND i.sage_id <> ''`, business)
	if err != nil {
		return nil, fmt.Errorf("list what is known in Sage: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list what is known in Sage: %w", err)
	}
	known := map[string]bool{}
	for _, id := range ids {
		known[id] = true
	}
	return known, nil
}

// KnownDocuments lists the documents of a binding that have a number.
func (db *DB) KnownDocuments(ctx context.Context, binding string) ([]work.KnownDocument, error) {
	rows, err := db.pool.Query(ctx, `SELECT kind, number, state, reason FROM sync_items WHERE binding = $1 AND number <> ''`, binding)
	if err != nil {
		return nil, fmt.Errorf("list the documents of a binding: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[work.KnownDocument])
	if err != nil {
		return nil, fmt.Errorf("list the documents of a binding: %w", err)
	}
	return all, nil
}

// EndRebuild opens delivery again where nothing was noticed and nobody has asked since the
// rebuild began, and keeps what stands in Sage and belongs to nobody: an operation with such a
// reference has HistoryLost. The error wraps work.ErrLeaseLost when another process has the
// business.
func (db *DB) EndRebuild(ctx context.Context, l work.Lease, binding string, began time.Time, left []work.Standing) error {
	err := db.tx(ctx, func(tx pgx.Tx) error {
		if err := lockOutPlanning(ctx, tx); err != nil {
			return err
		}
		if err := prolong(ctx, tx, l); err != nil {
			return err
		}
		if err := keepLeft(ctx, tx, binding, left); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE bindings SET rebuilt_at = $2, rebuilding = '' WHERE name = $1`, binding, began); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{Binding: binding, Event: "rebuilt from Sage's lists", Detail: map[string]string{"left": fmt.Sprint(len(left))}})
	})
	if err != nil {
		return fmt.Errorf("end the rebuild: %w", err)
	}
	return nil
}

func keepLeft(ctx context.Context, tx pgx.Tx, binding string, left []work.Standing) error {
	if _, err := tx.Exec(ctx, `DELETE FROM left_in_sage WHERE binding = $1`, binding); err != nil {
		return err
	}
	var kinds, keys, ids []string
	for _, s := range left {
		kinds, keys, ids = append(kinds, string(s.Kind)), append(keys, work.ReferenceKey(s.Reference)), append(ids, s.SageID)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO left_in_sage (binding, kind, reference_key, sage_id)
		SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])`, binding, kinds, keys, ids)
	return err
}

// Rehearse gives do a database that is this one until do returns: nothing of what it writes stays.
// Meanwhile nothing is planned.
func (db *DB) Rehearse(ctx context.Context, do func(*DB) error) error {
	tx, err := db.pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("rehearse: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	return do(&DB{pool: tx, marks: db.marks, close: func() {}, rehearsal: true})
}
