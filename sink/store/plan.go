package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// A Planning is a locked document on its way to a verdict.
type Planning struct {
	Binding  Binding
	Document Document
	Entity   json.RawMessage // the entity's newest state

	tx  pgx.Tx
	ctx context.Context
}

// A Verdict is what a plan comes to. Document's state, reason, what it waits for
// and its date replace those that it had.
type Verdict struct {
	Document   Document
	Operations []Operation   // to be made; one that is there already under the same revision is replaced unless it was sent
	Again      time.Duration // plan once more after that long; 0 is when something happens
	Cancel     bool          // cancel what was planned for the document and never sent
	Wake       bool          // plan again who waits for this entity, even if its own state stays
}

// PlanNext locks the document that is due longest, has decide look at it, and
// writes its verdict in the same transaction. It returns false when none is due.
func (s *Store) PlanNext(ctx context.Context, decide func(*Planning) (Verdict, error)) (planned bool, err error) {
	err = s.tx(ctx, func(tx pgx.Tx) error {
		if err := planning(ctx, tx); err != nil {
			return err
		}
		p := &Planning{tx: tx, ctx: ctx}
		planned, err = p.lock()
		if err != nil || !planned {
			return err
		}
		verdict, err := decide(p)
		if err != nil {
			return fmt.Errorf("binding %s: %s: %w", p.Document.Binding, p.Document.ID, err)
		}
		return p.apply(verdict)
	})
	if err != nil {
		return false, fmt.Errorf("plan: %w", err)
	}
	return planned, nil
}

// lock reads a due document with everything that belongs to it.
func (p *Planning) lock() (bool, error) {
	row := p.tx.QueryRow(p.ctx, `
		SELECT `+documentColumns+` FROM documents d WHERE plan_due_at <= now()
		ORDER BY plan_due_at, length(id), id LIMIT 1 FOR UPDATE SKIP LOCKED`)
	var err error
	p.Document, err = scanDocument(row)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	row = p.tx.QueryRow(p.ctx, `
		SELECT e.body, `+bindingColumns+` FROM bindings b JOIN entities e ON e.source = b.source AND e.id = $2
		WHERE b.name = $1`, p.Document.Binding, p.Document.ID)
	return true, row.Scan(append([]any{&p.Entity}, p.Binding.fields()...)...)
}

// History returns every operation that there was for a thing, oldest revision
// first.
func (p *Planning) History(t Thing) ([]Operation, error) {
	rows, err := p.tx.Query(p.ctx, `
		SELECT `+operationColumns+` FROM operations o
		WHERE o.binding = $1 AND o.kind = $2 AND o.entity = $3 AND o.currency = $4 ORDER BY o.revision`,
		p.Binding.Name, t.Kind, t.Entity, t.Currency)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Operation, error) { return scanOperation(row) })
}

// Other returns another entity of the same source, nil when it never arrived.
func (p *Planning) Other(id canonical.ID) (json.RawMessage, error) {
	var body json.RawMessage
	err := p.tx.QueryRow(p.ctx, `SELECT body FROM entities WHERE source = $1 AND id = $2`, p.Binding.Source, id).Scan(&body)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return body, err
}

// Siblings returns the documents of other entities in the same binding.
func (p *Planning) Siblings(ids []canonical.ID) (map[canonical.ID]Document, error) {
	found := map[canonical.ID]Document{}
	if len(ids) == 0 {
		return found, nil
	}
	rows, err := p.tx.Query(p.ctx, `SELECT `+documentColumns+` FROM documents d WHERE binding = $1 AND id = ANY($2)`, p.Binding.Name, ids)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Document, error) { return scanDocument(row) })
	for _, d := range all {
		found[d.ID] = d
	}
	return found, err
}

// An Xref is a thing that stands in Sage.
type Xref struct {
	Type      string // contact sales_invoice sales_credit_note contact_payment
	Entity    string
	Currency  string
	SageID    string
	Reference string
	Facts     json.RawMessage
}

// Xrefs returns what stands in Sage of an entity, in every currency.
func (p *Planning) Xrefs(kind, entity string) ([]Xref, error) {
	rows, err := p.tx.Query(p.ctx, `
		SELECT type, entity, currency, sage_id, reference, facts FROM xrefs WHERE binding = $1 AND type = $2 AND entity = $3 ORDER BY currency`,
		p.Binding.Name, kind, entity)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Xref])
}

// apply writes a verdict.
func (p *Planning) apply(v Verdict) error {
	if v.Cancel {
		_, err := p.tx.Exec(p.ctx, `
			UPDATE operations SET state = 'cancelled', settled_at = now()
			WHERE binding = $1 AND document = $2 AND state = 'planned' AND NOT doubted AND kind <> 'create_contact'`, p.Binding.Name, p.Document.ID)
		if err != nil {
			return err
		}
	}
	for _, o := range v.Operations {
		if err := p.putOperation(o); err != nil {
			return err
		}
	}
	if err := p.writeDocument(v); err != nil {
		return err
	}
	unchanged := v.Document.State == p.Document.State && v.Document.Reason == p.Document.Reason
	if unchanged && !v.Wake {
		return nil
	}
	if err := wake(p.ctx, p.tx, p.Binding.Name, string(p.Document.ID)); err != nil {
		return err
	}
	if unchanged {
		return nil
	}
	return note(p.ctx, p.tx, Note{Binding: p.Binding.Name, Entity: string(p.Document.ID), Event: "document " + string(v.Document.State),
		Detail: map[string]string{"reason": v.Document.Reason}})
}

// putOperation makes an operation or replaces one of the same revision that never
// left. What is under way or settled stays as it is.
func (p *Planning) putOperation(o Operation) error {
	if o.Facts == nil {
		o.Facts = json.RawMessage(`{}`)
	}
	_, err := p.tx.Exec(p.ctx, `
		INSERT INTO operations AS o (binding, business, kind, entity, currency, revision, document, idempotency_id, reference, target, body, body_hash,
			facts, total, tax, policy_version, priority)
		VALUES ($1, $17, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::numeric, $14::numeric, $15, $16)
		ON CONFLICT (binding, kind, entity, currency, revision) DO UPDATE SET
			state = 'planned', document = excluded.document, idempotency_id = excluded.idempotency_id, reference = excluded.reference,
			target = excluded.target, body = excluded.body, body_hash = excluded.body_hash, facts = excluded.facts, total = excluded.total,
			tax = excluded.tax, policy_version = excluded.policy_version, settled_at = NULL
		WHERE o.state IN ('planned', 'cancelled') AND NOT o.doubted`,
		p.Binding.Name, o.Kind, o.Entity, o.Currency, o.Revision, p.Document.ID, o.IdempotencyID, o.Reference, o.Target, string(o.Body), o.BodyHash,
		string(o.Facts), text(o.Total), text(o.Tax), p.Binding.PolicyVersion, o.Priority, p.Binding.Business)
	return err
}

func (p *Planning) writeDocument(v Verdict) error {
	d := v.Document
	_, err := p.tx.Exec(p.ctx, `
		UPDATE documents SET state = $3, payment = $4, reason = $5, hint = $6, waits_for = $7, waiting_since = $8, number = $9, currency = $10,
			magento_total = $11::numeric, dated = $12, updated_at = now(),
			plan_due_at = CASE WHEN $13::interval = '0'::interval THEN NULL ELSE now() + $13::interval END
		WHERE binding = $1 AND id = $2`,
		p.Document.Binding, p.Document.ID, d.State, d.Payment, d.Reason, d.Hint, d.WaitsFor, d.WaitingSince, d.Number, d.Currency,
		text(d.MagentoTotal), d.Dated, v.Again)
	return err
}

// wake has everything planned again that waits for an entity.
func wake(ctx context.Context, tx pgx.Tx, binding, entity string) error {
	_, err := tx.Exec(ctx, `UPDATE documents SET plan_due_at = now() WHERE binding = $1 AND waits_for = $2 AND waits_for <> ''`, binding, entity)
	return err
}
