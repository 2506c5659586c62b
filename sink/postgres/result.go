package postgres

import (
	"context"
	"fmt"
	"maps"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

// RecordResult writes down what came of a call: operation, xref, item, audit and the
// wake-up of whatever waits for it, in one transaction and one round trip. Plans go on
// meanwhile, as none of them touches an operation that is under way. An answer that comes
// after the operation was recovered and sent again is still written down, and no plan is made
// meanwhile.
func (db *DB) RecordResult(ctx context.Context, r work.CallResult) error {
	err := db.atOnce(ctx, func(b *pgx.Batch) error {
		b.Queue(`SELECT operation_is_under_way($1, $2)`, r.Operation.ID, r.Operation.FenceToken)
		return recordResult(b, r)
	})
	if hasCode(err, notUnderWay) {
		err = db.tx(ctx, func(tx pgx.Tx) error {
			if err := lockOutPlanning(ctx, tx); err != nil {
				return err
			}
			return sendIn(ctx, tx, func(b *pgx.Batch) error { return recordLate(b, r) })
		})
	}
	if err != nil {
		return fmt.Errorf("record result of operation %d: %w", r.Operation.ID, err)
	}
	return nil
}

// notUnderWay is the code by which operation_is_under_way ends a transaction.
const notUnderWay = "MS001"

// recordResult queues the statements that write a result down, in their order. Those after
// writeXref find out by themselves whether the xref is ours.
func recordResult(b *pgx.Batch, r work.CallResult) error {
	xref := xrefOf(r)
	if r.State == work.Confirmed {
		endForbidden(b, r.Operation.Binding)
		writeXref(b, r)
		confirmItem(b, r, xref)
	}
	moveOperation(b, r, xref)
	if r.State == work.Planned || r.State == work.InDoubt && r.Uncounted {
		return nil
	}
	wakeAll(b, r.Operation)
	return auditResult(b, r, xref)
}

// recordLate is recordResult for an operation that may have been given up, and the next one
// be planned.
func recordLate(b *pgx.Batch, r work.CallResult) error {
	if err := recordResult(b, r); err != nil {
		return err
	}
	if r.State == work.Confirmed && r.Xref.New {
		cancelSecond(b, r, xrefOf(r))
	}
	return nil
}

// An xrefTaken says whether a confirmation is one: what exists in Sage may neither be
// forgotten nor be counted twice. An operation whose xref is taken is parked.
type xrefTaken struct {
	ours string // the condition under which the xref is the operation's, in SQL
	args pgx.NamedArgs
}

func xrefOf(r work.CallResult) xrefTaken {
	if r.State != work.Confirmed || !r.Xref.New {
		return xrefTaken{ours: "true"}
	}
	o := r.Operation
	return xrefTaken{
		`EXISTS (SELECT FROM xrefs WHERE binding = @xref_binding AND type = @xref_type AND entity = @xref_entity AND currency = @xref_currency AND sage_id = @xref_id)`,
		pgx.NamedArgs{"xref_binding": o.Binding, "xref_type": r.Xref.Type, "xref_entity": o.Entity, "xref_currency": o.Currency, "xref_id": r.SageID},
	}
}

// with adds the arguments of the condition to those of a statement that contains it.
func (x xrefTaken) with(args pgx.NamedArgs) pgx.NamedArgs {
	maps.Copy(args, x.args)
	return args
}

// taken is the result of an operation whose xref is taken.
func taken(r work.CallResult) work.CallResult {
	r.State, r.Reason, r.Hint = work.Parked, string(r.OnCollision.Reason), r.OnCollision.Hint
	return r
}

// moveOperation moves the operation on. Only an answer to the newest claim may put it
// back or into doubt. A confirmation ends it whatever has become of it since; what was
// confirmed stays confirmed.
func moveOperation(b *pgx.Batch, r work.CallResult, xref xrefTaken) {
	uncounted := 0
	if r.Uncounted {
		uncounted = 1
	}
	b.Queue(`
		UPDATE operations o SET
			state = CASE WHEN r.state = 'planned' AND was_in_doubt THEN 'in_doubt' ELSE r.state END,
			was_in_doubt = was_in_doubt OR r.state = 'in_doubt', attempt = attempt - @uncounted, not_before = now() + @wait::interval,
			refused = @refused, reason = r.reason, hint = r.hint, source_field = @source_field, sage_id = @sage_id,
			ended_at = CASE WHEN r.state IN ('confirmed', 'refused', 'parked') THEN now() END
		FROM (SELECT CASE WHEN x.ours THEN @state ELSE @taken_state END AS state, CASE WHEN x.ours THEN @reason ELSE @taken_reason END AS reason,
			CASE WHEN x.ours THEN @hint ELSE @taken_hint END AS hint FROM (SELECT `+xref.ours+` AS ours) x) r
		WHERE o.id = @id AND (o.state = 'sending' AND fence_token = @fence_token OR r.state = 'confirmed' AND o.state <> 'confirmed')`,
		xref.with(pgx.NamedArgs{
			"id": r.Operation.ID, "fence_token": r.Operation.FenceToken, "uncounted": uncounted, "wait": r.Wait, "refused": r.Refused,
			"state": r.State, "reason": r.Reason, "hint": r.Hint, "source_field": r.SourceField, "sage_id": r.SageID,
			"taken_state": taken(r).State, "taken_reason": taken(r).Reason, "taken_hint": taken(r).Hint,
		}))
}

// cancelSecond ends the plan to make what was made: an answer can come after its call was
// given up, and a correction was planned.
func cancelSecond(b *pgx.Batch, r work.CallResult, xref xrefTaken) {
	o := r.Operation
	b.Queue(`
		UPDATE operations SET state = 'cancelled', ended_at = now()
		WHERE binding = @binding AND kind = @kind AND entity = @entity AND currency = @currency AND id <> @id AND state = 'planned' AND NOT was_in_doubt AND `+xref.ours,
		xref.with(pgx.NamedArgs{"binding": o.Binding, "kind": o.Kind, "entity": o.Entity, "currency": o.Currency, "id": o.ID}))
}

// writeXref writes the xref of a confirmed operation, unless it is taken.
func writeXref(b *pgx.Batch, r work.CallResult) {
	o := r.Operation
	if !r.Xref.New {
		b.Queue(`UPDATE xrefs SET sent_digests = sent_digests || $5::jsonb WHERE binding = $1 AND type = $2 AND entity = $3 AND currency = $4`,
			o.Binding, r.Xref.Type, o.Entity, o.Currency, string(o.SentDigests))
		return
	}
	b.Queue(`
		INSERT INTO xrefs (binding, type, entity, currency, sage_id, reference, sent_digests) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT DO NOTHING`, o.Binding, r.Xref.Type, o.Entity, o.Currency, r.SageID, o.Reference, string(o.SentDigests))
}

// endForbidden notes that Sage lets the user in again.
func endForbidden(b *pgx.Batch, binding string) {
	b.Queue(`UPDATE bindings SET state = 'connected', hint = '' WHERE name = $1 AND state = 'forbidden'`, binding)
}

// confirmItem writes what a confirmation makes of its item. An answer that was written
// down before changes nothing: the item may have been paid since.
func confirmItem(b *pgx.Batch, r work.CallResult, xref xrefTaken) {
	o := r.Operation
	if p := r.Posted; p != nil {
		b.Queue(`
			UPDATE sync_items SET state = @state, reason = @reason, hint = @hint, payment = @payment, waits_for = '', sage_id = @sage_id,
				sage_number = @sage_number, sage_total = @sage_total::numeric, sage_contact_id = @sage_contact_id, sent_digest = @sent_digest, updated_at = now(),
				plan_due_at = now()
			WHERE binding = @binding AND id = @id AND sage_id <> @sage_id AND `+xref.ours,
			xref.with(pgx.NamedArgs{
				"binding": o.Binding, "id": o.Entity, "state": p.State, "reason": p.Reason, "hint": p.Hint, "payment": r.Payment, "sage_id": r.SageID,
				"sage_number": p.SageNumber, "sage_total": numeric(r.Total), "sage_contact_id": p.SageContactID, "sent_digest": p.SentDigest,
			}))
		return
	}
	if r.Payment == "" && !r.Mismatch.Found() {
		return
	}
	b.Queue(`
		UPDATE sync_items SET payment = CASE WHEN @payment = '' THEN payment ELSE @payment END, updated_at = now(), plan_due_at = now(),
			state = CASE WHEN @reason = '' THEN state ELSE 'parked' END, reason = CASE WHEN @reason = '' THEN reason ELSE @reason END,
			hint = CASE WHEN @reason = '' THEN hint ELSE @hint END
		WHERE binding = @binding AND id = @id AND `+xref.ours,
		xref.with(pgx.NamedArgs{"binding": o.Binding, "id": o.Entity, "payment": r.Payment, "reason": r.Mismatch.Reason, "hint": r.Mismatch.Hint}))
}

// wakeAll schedules the item that asked for the operation, whatever waits for what it
// made, and a contact's own customer. What the same transaction has scheduled is due now
// already.
func wakeAll(b *pgx.Batch, o work.Operation) {
	const wake = `UPDATE sync_items SET plan_due_at = now() WHERE binding = $1 AND id = $2 AND plan_due_at IS DISTINCT FROM now()`
	b.Queue(wake, o.Binding, o.Entity)
	if string(o.Item) != o.Entity {
		b.Queue(wake, o.Binding, o.Item)
	}
	b.Queue(wakeWaiting, o.Binding, o.Entity)
}

func auditResult(b *pgx.Batch, r work.CallResult, xref xrefTaken) error {
	as, asTaken := auditOf(r), auditOf(taken(r))
	detail, err := as.detail()
	if err != nil {
		return err
	}
	takenDetail, err := asTaken.detail()
	if err != nil {
		return err
	}
	b.Queue(`
		INSERT INTO audit (binding, entity, event, detail)
		SELECT @binding, @entity, CASE WHEN x.ours THEN @event ELSE @taken_event END, CASE WHEN x.ours THEN @detail::jsonb ELSE @taken_detail::jsonb END
		FROM (SELECT `+xref.ours+` AS ours) x`,
		xref.with(pgx.NamedArgs{"binding": as.Binding, "entity": as.Entity, "event": as.Event, "taken_event": asTaken.Event, "detail": detail, "taken_detail": takenDetail}))
	return nil
}

func auditOf(r work.CallResult) auditEntry {
	o := r.Operation
	d := map[string]string{"operation": string(o.Kind), "idempotency_id": o.IdempotencyID, "revision": strconv.Itoa(o.Revision), "body_hash": o.BodyHash}
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
	return auditEntry{Binding: o.Binding, Entity: o.Entity, Event: "operation " + string(r.State), Detail: d}
}
