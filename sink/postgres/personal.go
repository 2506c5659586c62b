package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// settledItem is the condition of a sync item i of which nothing is to come: it is posted and
// paid, void, or left out. $1 is the time before which it has to have been so.
const settledItem = `(` + settledState + ` AND i.updated_at < $1 AND i.plan_due_at IS NULL)`

// settledState is the same, since whenever.
const settledState = `(i.state = 'posted' AND i.payment IN ('paid', 'void') OR i.state = 'skipped')`

// settledEntity is the condition of an entity e whose person no plan needs any more: it is settled in
// each binding of its source that is not purged, and its source has one. A customer's own data, and the
// documents of the newest order, stay as long as the shop has the customer: the contact in Sage is
// compared with them.
const settledEntity = `EXISTS (SELECT FROM bindings b WHERE b.source = e.source)
	AND NOT EXISTS (
		SELECT FROM bindings b LEFT JOIN sync_items i ON i.binding = b.name AND i.id = e.id
		WHERE b.source = e.source AND b.state <> 'purged' AND (i.id IS NULL OR NOT ` + settledItem + `))
	AND (e.kind <> 'customer' OR e.deleted)
	AND NOT (e.kind <> 'customer' AND e.customer_id IS NOT NULL
		AND EXISTS (SELECT FROM entities c WHERE c.source = e.source AND c.id = 'customer:' || e.customer_id AND NOT c.deleted AND NOT c.without_person)
		AND e.order_id >= (SELECT max(n.order_id) FROM entities n WHERE n.source = e.source AND n.customer_id = e.customer_id AND n.order_id IS NOT NULL AND NOT n.deleted))`

// A PersonalCut says what is left of an entity, or of a call's body, without its person.
type PersonalCut struct {
	Entity func(canonical.ID, json.RawMessage) (json.RawMessage, error)
	Body   func(json.RawMessage) (json.RawMessage, error)
}

// A PersonalPlace is how far a sweep over what has personal data has come.
type PersonalPlace struct {
	Source    string
	Entity    canonical.ID
	Operation int64
	entities  bool // are done
}

// Personal is how much has personal data that no plan needs any more.
type Personal struct {
	Entities   int `json:"entities"`
	Operations int `json:"operations"`
}

// Personal counts what DropPersonal would change.
func (db *DB) Personal(ctx context.Context, before time.Time) (n Personal, err error) {
	err = db.pool.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM entities e WHERE NOT e.without_person AND `+settledEntity+`),
			(SELECT count(*) FROM operations o JOIN sync_items i ON i.binding = o.binding AND i.id = o.item WHERE `+settledOperation+`)`, before).Scan(&n.Entities, &n.Operations)
	if err != nil {
		return n, fmt.Errorf("count personal data: %w", err)
	}
	return n, nil
}

// settledOperation is the condition of an operation o, of the item i, whose body no plan and no call
// needs any more.
const settledOperation = `NOT o.without_person AND o.state IN ('confirmed', 'refused', 'cancelled') AND coalesce(o.ended_at, o.planned_at) < $1 AND ` + settledItem

// DropPersonal takes the person out of at most so many entities or calls that are settled since a
// time, from a place on; more is false at the end. What cannot be read is left as it is. They are looked
// for without a lock, because that may take long, and looked at again under one, so that nothing is taken in
// between the look and the cut.
func (db *DB) DropPersonal(ctx context.Context, before time.Time, at *PersonalPlace, limit int, cut PersonalCut) (n Personal, more bool, err error) {
	if !at.entities {
		n.Entities, at.entities, err = db.dropFromEntities(ctx, before, at, limit, cut)
		more = true
	} else {
		n.Operations, more, err = db.dropFromOperations(ctx, before, at, limit, cut)
	}
	if err != nil {
		return n, false, fmt.Errorf("drop personal data: %w", err)
	}
	return n, more, nil
}

func (db *DB) dropFromEntities(ctx context.Context, before time.Time, at *PersonalPlace, limit int, cut PersonalCut) (n int, done bool, err error) {
	type row struct {
		Source string
		ID     canonical.ID
		Body   json.RawMessage
	}
	rows, err := db.pool.Query(ctx, `
		SELECT e.source, e.id, '{}'::jsonb AS body FROM entities e
		WHERE NOT e.without_person AND (e.source, e.id) > ($2, $3) AND `+settledEntity+` ORDER BY e.source, e.id LIMIT $4`, before, at.Source, at.Entity, limit)
	if err != nil {
		return 0, false, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	if err != nil || len(found) == 0 {
		return 0, err == nil, err
	}
	var sources []string
	var ids []canonical.ID
	for _, e := range found {
		sources, ids = append(sources, e.Source), append(ids, e.ID)
	}
	err = db.tx(ctx, func(tx pgx.Tx) error {
		n = 0
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, eraseLock); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			SELECT e.source, e.id, e.body FROM entities e JOIN unnest($2::text[], $3::text[]) AS f (source, id) USING (source, id)
			WHERE NOT e.without_person AND `+settledEntity+` FOR UPDATE OF e`, before, sources, texts(ids))
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
		if err != nil {
			return err
		}
		for _, e := range all {
			body, err := cut.Entity(e.ID, e.Body)
			if err != nil {
				continue
			}
			if _, err := tx.Exec(ctx, `UPDATE entities SET body = $3, without_person = true WHERE source = $1 AND id = $2`, e.Source, e.ID, string(body)); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	at.Source, at.Entity = sources[len(sources)-1], ids[len(ids)-1]
	return n, len(found) < limit, err
}

func (db *DB) dropFromOperations(ctx context.Context, before time.Time, at *PersonalPlace, limit int, cut PersonalCut) (n int, more bool, err error) {
	const ended = `FROM operations o JOIN sync_items i ON i.binding = o.binding AND i.id = o.item WHERE ` + settledOperation
	rows, err := db.pool.Query(ctx, `SELECT o.id `+ended+` AND o.id > $2 ORDER BY o.id LIMIT $3`, before, at.Operation, limit)
	if err != nil {
		return 0, false, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(ids) == 0 {
		return 0, false, err
	}
	err = db.tx(ctx, func(tx pgx.Tx) error {
		n = 0
		rows, err := tx.Query(ctx, `SELECT o.id, o.body `+ended+` AND o.id = ANY($2) FOR UPDATE OF o`, before, ids)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, pgx.RowToStructByName[endedCall])
		if err != nil {
			return err
		}
		for _, o := range all {
			body, err := cut.Body(o.Body)
			if err != nil {
				continue
			}
			if _, err := tx.Exec(ctx, `UPDATE operations SET body = $2, without_person = true WHERE id = $1`, o.ID, string(body)); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	at.Operation = ids[len(ids)-1]
	return n, len(ids) == limit, err
}

// An endedCall is an operation that no call is made of any more.
type endedCall struct {
	ID   int64
	Body json.RawMessage
}
