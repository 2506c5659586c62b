package postgres

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

// RecordResult writes down what came of a call: operation, xref, item, audit and the
// wake-up of whatever waits for it, in one transaction. An answer that comes after the
// operation was recovered and sent again is still written down.
func (db *DB) RecordResult(ctx context.Context, r work.CallResult) error {
	err := db.tx(ctx, func(tx pgx.Tx) error { return recordResult(ctx, tx, r) })
	if err != nil {
		return fmt.Errorf("record result of operation %d: %w", r.Operation.ID, err)
	}
	return nil
}

func recordResult(ctx context.Context, tx pgx.Tx, r work.CallResult) error {
	if err := lockOutPlanning(ctx, tx); err != nil {
		return err
	}
	if r.State == work.Confirmed {
		if err := endForbidden(ctx, tx, r.Operation.Binding); err != nil {
			return err
		}
		ours, err := writeXref(ctx, tx, r)
		if err != nil {
			return err
		}
		if !ours {
			// What exists in Sage may neither be forgotten nor be counted twice.
			r.State, r.Reason, r.Hint = work.Parked, string(r.OnCollision.Reason), r.OnCollision.Hint
		} else if err := confirmItem(ctx, tx, r); err != nil {
			return err
		}
	}
	if err := moveOperation(ctx, tx, r); err != nil {
		return err
	}
	if err := cancelSecond(ctx, tx, r); err != nil {
		return err
	}
	if r.State == work.Planned || r.State == work.InDoubt && r.Uncounted {
		return nil
	}
	if err := wakeAll(ctx, tx, r.Operation); err != nil {
		return err
	}
	return audit(ctx, tx, auditEntry{Binding: r.Operation.Binding, Entity: r.Operation.Entity, Event: "operation " + string(r.State), Detail: auditDetail(r)})
}

func auditDetail(r work.CallResult) map[string]string {
	d := map[string]string{"operation": string(r.Operation.Kind), "idempotency_id": r.Operation.IdempotencyID,
		"revision": strconv.Itoa(r.Operation.Revision), "body_hash": r.Operation.BodyHash}
	mismatch := r.Mismatch.Hint
	if r.Posted != nil {
		mismatch = r.Posted.Hint
	}
	for k, v := range map[string]string{"sage_id": r.SageID, "reason": r.Reason, "mismatch": mismatch} {
		if v != "" {
			d[k] = v
		}
	}
	if r.Total != nil {
		d["sage_total"] = r.Total.String()
	}
	return d
}

// moveOperation moves the operation on. Only an answer to the newest claim may put it
// back or into doubt. A confirmation ends it whatever has become of it since; what was
// confirmed stays confirmed.
func moveOperation(ctx context.Context, tx pgx.Tx, r work.CallResult) error {
	uncounted := 0
	if r.Uncounted {
		uncounted = 1
	}
	_, err := tx.Exec(ctx, `
		UPDATE operations SET
			state = CASE WHEN @state = 'planned' AND was_in_doubt THEN 'in_doubt' ELSE @state END,
			was_in_doubt = was_in_doubt OR @state = 'in_doubt', attempt = attempt - @uncounted, not_before = now() + @wait::interval,
			refused = @refused, reason = @reason, hint = @hint, source_field = @source_field, sage_id = @sage_id,
			ended_at = CASE WHEN @state IN ('confirmed', 'refused', 'parked') THEN now() END
		WHERE id = @id AND (state = 'sending' AND fence_token = @fence_token OR @state = 'confirmed' AND state <> 'confirmed')`,
		pgx.NamedArgs{
			"id": r.Operation.ID, "fence_token": r.Operation.FenceToken, "state": r.State, "uncounted": uncounted, "wait": r.Wait, "refused": r.Refused,
			"reason": r.Reason, "hint": r.Hint, "source_field": r.SourceField, "sage_id": r.SageID,
		})
	return err
}

// cancelSecond ends the plan to make what was made: an answer can come after its call was
// given up, and a correction was planned.
func cancelSecond(ctx context.Context, tx pgx.Tx, r work.CallResult) error {
	if r.State != work.Confirmed || !r.Xref.New {
		return nil
	}
	o := r.Operation
	_, err := tx.Exec(ctx, `
		UPDATE operations SET state = 'cancelled', ended_at = now()
		WHERE binding = $1 AND kind = $2 AND entity = $3 AND currency = $4 AND id <> $5 AND state = 'planned' AND NOT was_in_doubt`,
		o.Binding, o.Kind, o.Entity, o.Currency, o.ID)
	return err
}

// writeXref writes the xref of a confirmed operation. ours is false when it is taken: by
// another id for the same object, or by another object for the same id.
func writeXref(ctx context.Context, tx pgx.Tx, r work.CallResult) (ours bool, err error) {
	o := r.Operation
	if !r.Xref.New {
		_, err := tx.Exec(ctx, `UPDATE xrefs SET sent_digests = sent_digests || $5::jsonb WHERE binding = $1 AND type = $2 AND entity = $3 AND currency = $4`,
			o.Binding, r.Xref.Type, o.Entity, o.Currency, string(o.SentDigests))
		return true, err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO xrefs (binding, type, entity, currency, sage_id, reference, sent_digests) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT DO NOTHING`, o.Binding, r.Xref.Type, o.Entity, o.Currency, r.SageID, o.Reference, string(o.SentDigests))
	if err != nil {
		return false, err
	}
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM xrefs WHERE binding = $1 AND type = $2 AND entity = $3 AND currency = $4 AND sage_id = $5)`,
		o.Binding, r.Xref.Type, o.Entity, o.Currency, r.SageID).Scan(&ours)
	return ours, err
}

// endForbidden notes that Sage lets the user in again.
func endForbidden(ctx context.Context, tx pgx.Tx, binding string) error {
	_, err := tx.Exec(ctx, `UPDATE bindings SET state = 'connected', hint = '' WHERE name = $1 AND state = 'forbidden'`, binding)
	return err
}

// confirmItem writes what a confirmation makes of its item. An answer that was written
// down before changes nothing: the item may have been paid since.
func confirmItem(ctx context.Context, tx pgx.Tx, r work.CallResult) error {
	o := r.Operation
	if p := r.Posted; p != nil {
		_, err := tx.Exec(ctx, `
			UPDATE sync_items SET state = @state, reason = @reason, hint = @hint, payment = @payment, waits_for = '', sage_id = @sage_id,
				sage_number = @sage_number, sage_total = @sage_total::numeric, sage_contact_id = @sage_contact_id, sent_digest = @sent_digest, updated_at = now()
			WHERE binding = @binding AND id = @id AND sage_id <> @sage_id`,
			pgx.NamedArgs{
				"binding": o.Binding, "id": o.Entity, "state": p.State, "reason": p.Reason, "hint": p.Hint, "payment": r.Payment, "sage_id": r.SageID,
				"sage_number": p.SageNumber, "sage_total": numeric(r.Total), "sage_contact_id": p.SageContactID, "sent_digest": p.SentDigest,
			})
		return err
	}
	if r.Payment == "" && !r.Mismatch.Found() {
		return nil
	}
	_, err := tx.Exec(ctx, `
		UPDATE sync_items SET payment = CASE WHEN $3 = '' THEN payment ELSE $3 END, updated_at = now(), state = CASE WHEN $4 = '' THEN state ELSE 'parked' END,
			reason = CASE WHEN $4 = '' THEN reason ELSE $4 END, hint = CASE WHEN $4 = '' THEN hint ELSE $5 END
		WHERE binding = $1 AND id = $2`, o.Binding, o.Entity, r.Payment, r.Mismatch.Reason, r.Mismatch.Hint)
	return err
}

// wakeAll schedules the item that asked for the operation, whatever waits for what it
// made, and a contact's own customer.
func wakeAll(ctx context.Context, tx pgx.Tx, o work.Operation) error {
	_, err := tx.Exec(ctx, `UPDATE sync_items SET plan_due_at = now() WHERE binding = $1 AND id IN ($2, $3)`, o.Binding, o.Entity, o.Item)
	if err != nil {
		return err
	}
	return wakeWaiting(ctx, tx, o.Binding, o.Entity)
}
