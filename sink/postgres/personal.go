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
// time, from a place on; more is false at the end. What cannot be read is left as it is.
func (db *DB) DropPersonal(ctx context.Context, before time.Time, at *PersonalPlace, limit int, cut PersonalCut) (n Personal, more bool, err error) {
	err = db.tx(ctx, func(tx pgx.Tx) (err error) {
		n, more = Personal{}, true
		if err := lockOutPlanning(ctx, tx); err != nil {
			return err
		}
		if !at.entities {
			n.Entities, at.entities, err = dropFromEntities(ctx, tx, before, at, limit, cut)
			return err
		}
		n.Operations, more, err = dropFromOperations(ctx, tx, before, at, limit, cut)
		return err
	})
	if err != nil {
		return n, false, fmt.Errorf("drop personal data: %w", err)
	}
	return n, more, nil
}

func dropFromEntities(ctx context.Context, tx pgx.Tx, before time.Time, at *PersonalPlace, limit int, cut PersonalCut) (n int, done bool, err error) {
	rows, err := tx.Query(ctx, `
		SELECT e.source, e.id, e.body FROM entities e
		WHERE NOT e.without_person AND (e.source, e.id) > ($2, $3) AND `+settledEntity+` ORDER BY e.source, e.id LIMIT $4 FOR UPDATE OF e SKIP LOCKED`,
		before, at.Source, at.Entity, limit)
	if err != nil {
		return 0, false, err
	}
	type row struct {
		Source string
		ID     canonical.ID
		Body   json.RawMessage
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	if err != nil {
		return 0, false, err
	}
	for _, e := range all {
		at.Source, at.Entity = e.Source, e.ID
		body, err := cut.Entity(e.ID, e.Body)
		if err != nil {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE entities SET body = $3, without_person = true WHERE source = $1 AND id = $2`, e.Source, e.ID, string(body)); err != nil {
			return n, false, err
		}
		n++
	}
	return n, len(all) < limit, nil
}

func dropFromOperations(ctx context.Context, tx pgx.Tx, before time.Time, at *PersonalPlace, limit int, cut PersonalCut) (n int, more bool, err error) {
	rows, err := tx.Query(ctx, `
		SELECT o.id, o.body FROM operations o JOIN sync_items i ON i.binding = o.binding AND i.id = o.item
		WHERE o.id > $2 AND `+settledOperation+` ORDER BY o.id LIMIT $3 FOR UPDATE OF o SKIP LOCKED`, before, at.Operation, limit)
	if err != nil {
		return 0, false, err
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[endedCall])
	if err != nil {
		return 0, false, err
	}
	for _, o := range all {
		at.Operation = o.ID
		body, err := cut.Body(o.Body)
		if err != nil {
			continue
		}
		if _, err := tx.Exec(ctx, `UPDATE operations SET body = $2, without_person = true WHERE id = $1`, o.ID, string(body)); err != nil {
			return n, false, err
		}
		n++
	}
	return n, len(all) == limit, nil
}

// An endedCall is an operation that no call is made of any more.
type endedCall struct {
	ID   int64
	Body json.RawMessage
}
