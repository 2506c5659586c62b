package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

// A Standing is what is kept of a document that a person has settled: a digest of the sale
// as it is now, and the type of its object in Sage.
type Standing struct {
	Digest string
	Xref   work.XrefType
}

// SettleDocument writes down what a person says of a document. read gives what is kept of
// it. It returns what Settlement.Check says, and the error wraps work.ErrNoItem where there
// is no such document.
func (db *DB) SettleDocument(ctx context.Context, s work.Settlement, read func(json.RawMessage) (Standing, error)) error {
	err := db.tx(ctx, func(tx pgx.Tx) error {
		if err := lockOutPlanning(ctx, tx); err != nil {
			return err
		}
		item, err := lockedItem(ctx, tx, s)
		if err != nil {
			return err
		}
		// Locked, none of them can be claimed before this ends.
		rows, err := tx.Query(ctx, `SELECT `+operationColumns+` FROM operations o WHERE o.binding = $1 AND o.entity = $2 ORDER BY o.id FOR UPDATE`, s.Binding, s.ID)
		if err != nil {
			return err
		}
		own, err := pgx.CollectRows(rows, pgx.RowToStructByName[work.Operation])
		if err != nil {
			return err
		}
		if err := s.Check(item, own); err != nil {
			return err
		}
		if s.Outcome == work.SettledRetry {
			err = retryItem(ctx, tx, item)
		} else {
			err = writeSettlement(ctx, tx, s, item, read)
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, wakeWaiting, s.Binding, string(s.ID)); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{Binding: s.Binding, Entity: string(s.ID), Event: "document settled by a person", Detail: map[string]string{
			"outcome": string(s.Outcome), "before": string(item.State) + " " + string(item.Reason), "sage_id": s.SageID, "sage_id_before": item.SageID, "payment": string(s.Payment), "by": s.By, "note": s.Note}})
	})
	if err != nil {
		return fmt.Errorf("settle %s: %w", s.ID, err)
	}
	return nil
}

func lockedItem(ctx context.Context, tx pgx.Tx, s work.Settlement) (work.SyncItem, error) {
	rows, err := tx.Query(ctx, `SELECT `+itemColumns+` FROM sync_items i WHERE i.binding = $1 AND i.id = $2 FOR UPDATE`, s.Binding, s.ID)
	if err != nil {
		return work.SyncItem{}, err
	}
	item, err := pgx.CollectOneRow(rows, pgx.RowToStructByName[work.SyncItem])
	if errors.Is(err, pgx.ErrNoRows) {
		return item, work.ErrNoItem
	}
	return item, err
}

// retryItem plans an item again. What Sage has refused of it, or of what it waits for, may
// be made once more: no policy has that number.
func retryItem(ctx context.Context, tx pgx.Tx, item work.SyncItem) error {
	_, err := tx.Exec(ctx, `
		UPDATE operations SET policy_version = 0
		WHERE binding = $1 AND state = 'refused' AND (entity = $2 OR item = $2 OR entity = $3 AND $3 <> '')`, item.Binding, item.ID, item.WaitsFor)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE sync_items SET state = CASE WHEN sage_id = '' THEN 'planned' ELSE state END, reason = '', hint = '', waits_for = '', waiting_since = NULL,
			sent_digest = CASE WHEN sage_id = '' THEN '' ELSE sent_digest END, plan_due_at = now(), updated_at = now()
		WHERE binding = $1 AND id = $2`, item.Binding, item.ID)
	return err
}

// writeSettlement makes a document posted or skipped, with what it was when the person saw
// it: a change in Magento afterwards is for a person again.
func writeSettlement(ctx context.Context, tx pgx.Tx, s work.Settlement, item work.SyncItem, read func(json.RawMessage) (Standing, error)) error {
	var body json.RawMessage
	err := tx.QueryRow(ctx, `SELECT e.body FROM entities e JOIN bindings b ON b.source = e.source WHERE b.name = $1 AND e.id = $2`, s.Binding, s.ID).Scan(&body)
	if err != nil {
		return err
	}
	kept, err := read(body)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE operations SET state = 'cancelled', ended_at = now() WHERE binding = $1 AND entity = $2 AND state = 'planned' AND NOT was_in_doubt`, s.Binding, s.ID)
	if err != nil {
		return err
	}
	if s.Outcome == work.SettledPosted && s.SageID != item.SageID {
		if err := settleXref(ctx, tx, s, kept.Xref); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `
		UPDATE sync_items SET state = @outcome, reason = @reason, hint = @note, waits_for = '', waiting_since = NULL, sent_digest = @digest,
			payment = CASE WHEN @payment = '' THEN payment ELSE @payment END, plan_due_at = now(), updated_at = now(),
			sage_number = CASE WHEN sage_id = @sage_id THEN sage_number ELSE '' END, sage_total = CASE WHEN sage_id = @sage_id THEN sage_total END,
			sage_contact_id = CASE WHEN sage_id = @sage_id THEN sage_contact_id ELSE '' END, sage_id = @sage_id
		WHERE binding = @binding AND id = @id`,
		pgx.NamedArgs{"binding": s.Binding, "id": s.ID, "outcome": string(s.Outcome), "reason": settledReason[s.Outcome], "note": s.Note, "digest": kept.Digest,
			"payment": s.Payment, "sage_id": s.SageID})
	return err
}

// settledReason explains the state of an item that a person has settled.
var settledReason = map[work.SettledOutcome]work.Reason{work.SettledSkipped: work.SettledByHand}

// settleXref lets an object in Sage stand for the document, and no longer what stood for it
// before. An object of another document's is refused.
func settleXref(ctx context.Context, tx pgx.Tx, s work.Settlement, t work.XrefType) error {
	var other string
	err := tx.QueryRow(ctx, `SELECT entity FROM xrefs WHERE binding = $1 AND type = $2 AND sage_id = $3`, s.Binding, t, s.SageID).Scan(&other)
	if err == nil && other != string(s.ID) {
		return fmt.Errorf("%s in Sage is %s: give the id of another object", s.SageID, other)
	}
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO xrefs (binding, type, entity, sage_id) VALUES ($1, $2, $3, $4)
		ON CONFLICT (binding, type, entity, currency) DO UPDATE SET sage_id = excluded.sage_id, reference = '', made_at = now()`, s.Binding, t, s.ID, s.SageID)
	return err
}
