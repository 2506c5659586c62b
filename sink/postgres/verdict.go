package postgres

import (
	"encoding/json"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// apply queues the statements that write a verdict.
func (p *Planning) apply(b *pgx.Batch, v work.Verdict) error {
	*p.outcome = v.Item
	p.cancel(b, v.Cancel)
	for _, o := range v.Operations {
		p.putOperation(b, o)
	}
	p.writeItem(b, v)
	p.planToo(b, v.PlanToo)
	unchanged := v.Item.State == p.Item.State && v.Item.Reason == p.Item.Reason
	if unchanged && !v.WakeWaiting {
		return nil
	}
	b.Queue(wakeWaiting, p.Binding.Name, p.Item.ID)
	if unchanged {
		return nil
	}
	return queueAudit(b, auditEntry{Binding: p.Binding.Name, Entity: string(p.Item.ID), Event: "item " + string(v.Item.State),
		Detail: map[string]string{"reason": string(v.Item.Reason)}})
}

// cancel ends operations of these kinds that were planned for the item and never sent.
func (p *Planning) cancel(b *pgx.Batch, kinds []work.OperationKind) {
	if len(kinds) == 0 {
		return
	}
	b.Queue(`
		UPDATE operations SET state = 'cancelled', ended_at = now()
		WHERE binding = $1 AND item = $2 AND state = 'planned' AND NOT was_in_doubt AND kind = ANY($3)`, p.Binding.Name, p.Item.ID, texts(kinds))
}

// putOperation makes an operation or replaces one of the same revision that was never
// sent. What is under way or ended stays as it is.
func (p *Planning) putOperation(b *pgx.Batch, o work.Operation) {
	if o.SentDigests == nil {
		o.SentDigests = json.RawMessage(`{}`)
	}
	b.Queue(`
		INSERT INTO operations AS o (binding, business, kind, entity, currency, revision, item, idempotency_id, reference, reference_key, target, body, body_hash,
			sent_digests, total, tax, policy_version, priority)
		VALUES (@binding, @business, @kind, @entity, @currency, @revision, @item, @idempotency_id, @reference, @reference_key, @target, @body, @body_hash,
			@sent_digests, @total::numeric, @tax::numeric, @policy_version, @priority)
		ON CONFLICT (binding, kind, entity, currency, revision) DO UPDATE SET
			state = 'planned', item = excluded.item, idempotency_id = excluded.idempotency_id, reference = excluded.reference, reference_key = excluded.reference_key,
			target = excluded.target, body = excluded.body, body_hash = excluded.body_hash, sent_digests = excluded.sent_digests, total = excluded.total,
			tax = excluded.tax, policy_version = excluded.policy_version, ended_at = NULL, without_person = false
		WHERE o.state IN ('planned', 'cancelled') AND NOT o.was_in_doubt`,
		pgx.NamedArgs{
			"binding": p.Binding.Name, "business": p.Binding.Business, "kind": o.Kind, "entity": o.Entity, "currency": o.Currency,
			"revision": o.Revision, "item": p.Item.ID, "idempotency_id": o.IdempotencyID, "reference": o.Reference, "reference_key": work.ReferenceKey(o.Reference), "target": o.Target,
			"body": string(o.Body), "body_hash": o.BodyHash, "sent_digests": string(o.SentDigests), "total": numeric(o.Total), "tax": numeric(o.Tax),
			"policy_version": p.Binding.PolicyVersion, "priority": o.Priority,
		})
}

// writeItem writes the item down, and plans one that begins to wait a second time: what it
// waits for may have been recorded between the first plan's look and this transaction's end,
// when nothing could see that it waits. What the verdict itself has planned cannot.
func (p *Planning) writeItem(b *pgx.Batch, v work.Verdict) {
	i := v.Item
	makes := slices.ContainsFunc(v.Operations, func(o work.Operation) bool { return o.Entity == i.WaitsFor })
	beginsToWait := i.WaitsFor != "" && i.WaitsFor != p.Item.WaitsFor && !makes
	b.Queue(`
		UPDATE sync_items SET state = @state, payment = @payment, reason = @reason, hint = @hint, waits_for = @waits_for, waiting_since = @waiting_since,
			number = @number, currency = @currency, magento_total = @magento_total::numeric, accounting_date = @accounting_date, updated_at = now(),
			plan_due_at = CASE WHEN @at_once::boolean THEN now() WHEN @again::interval = '0'::interval THEN NULL ELSE now() + @again::interval END
		WHERE binding = @binding AND id = @id`,
		pgx.NamedArgs{
			"binding": p.Item.Binding, "id": p.Item.ID, "state": i.State, "payment": i.Payment, "reason": i.Reason, "hint": i.Hint,
			"waits_for": i.WaitsFor, "waiting_since": i.WaitingSince, "number": i.Number, "currency": i.Currency,
			"magento_total": numeric(i.MagentoTotal), "accounting_date": i.AccountingDate, "again": v.PlanAgainIn, "at_once": beginsToWait,
		})
}

// planToo schedules another item of the binding; "" is none.
func (p *Planning) planToo(b *pgx.Batch, id canonical.ID) {
	if id == "" {
		return
	}
	b.Queue(`UPDATE sync_items SET plan_due_at = now() WHERE binding = $1 AND id = $2`, p.Binding.Name, id)
}

// wakeWaiting schedules whatever waits for an entity of a binding.
const wakeWaiting = `UPDATE sync_items SET plan_due_at = now() WHERE binding = $1 AND waits_for = $2 AND waits_for <> ''`
