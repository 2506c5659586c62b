package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// A Settlement is the answer to a call, or that there was none.
type Settlement struct {
	Operation   Operation
	State       OperationState // Confirmed, Refused, InDoubt, Parked; Planned puts it back
	Wait        time.Duration  // before it may be sent again
	Uncounted   bool           // the attempt was none: Sage asked for patience, or nothing left
	Reason      string
	Hint        string
	SourceField string

	// Of a confirmed operation.
	XrefType string // contact sales_invoice sales_credit_note contact_payment; "" for changes
	SageID   string
	Number   string        // Sage's own
	Total    *money.Amount // as Sage computed it, nil for contacts
	Contact  string        // Sage's id of the contact
	Payment  string        // Paid or Unpaid
	// Mismatch parks the document: Sage made something else of it than predicted.
	Mismatch string
}

// Settle writes down an answer: operation, xref, document, audit and whoever waits
// for it, in one transaction. An answer that comes after the operation was
// recovered and sent again is still written down.
func (s *Store) Settle(ctx context.Context, a Settlement) error {
	err := s.tx(ctx, func(tx pgx.Tx) error {
		if err := changing(ctx, tx); err != nil {
			return err
		}
		if a.State == Confirmed {
			if err := confirm(ctx, tx, &a); err != nil {
				return err
			}
		}
		if err := settleOperation(ctx, tx, a); err != nil {
			return err
		}
		if a.State == Planned || a.State == InDoubt && a.Uncounted {
			return nil
		}
		if err := wakeAll(ctx, tx, a); err != nil {
			return err
		}
		return note(ctx, tx, Note{Binding: a.Operation.Binding, Entity: a.Operation.Entity, Event: "operation " + string(a.State), Detail: a.detail()})
	})
	if err != nil {
		return fmt.Errorf("settle operation %d: %w", a.Operation.ID, err)
	}
	return nil
}

func (a Settlement) detail() map[string]string {
	d := map[string]string{"operation": string(a.Operation.Kind), "idempotency_id": a.Operation.IdempotencyID,
		"revision": strconv.Itoa(a.Operation.Revision), "body_hash": a.Operation.BodyHash}
	for k, v := range map[string]string{"sage_id": a.SageID, "reason": a.Reason, "mismatch": a.Mismatch} {
		if v != "" {
			d[k] = v
		}
	}
	if a.Total != nil {
		d["sage_total"] = a.Total.String()
	}
	return d
}

// settleOperation moves the operation on. Only an answer of the newest claim may
// put it back or into doubt; what was confirmed stays confirmed.
func settleOperation(ctx context.Context, tx pgx.Tx, a Settlement) error {
	uncounted := 0
	if a.Uncounted {
		uncounted = 1
	}
	_, err := tx.Exec(ctx, `
		UPDATE operations SET
			state = CASE WHEN $2 = 'planned' AND doubted THEN 'in_doubt' ELSE $2 END,
			doubted = doubted OR $2 = 'in_doubt', attempt = attempt - $3, not_before = now() + $4::interval,
			reason = $5, hint = $6, source_field = $7, sage_id = $8,
			settled_at = CASE WHEN $2 IN ('confirmed', 'refused', 'parked') THEN now() END
		WHERE id = $1 AND (state = 'sending' AND claims = $9 OR $2 = 'confirmed' AND state IN ('sending', 'in_doubt', 'parked'))`,
		a.Operation.ID, a.State, uncounted, a.Wait, a.Reason, a.Hint, a.SourceField, a.SageID, a.Operation.Claims)
	return err
}

// confirm writes the xref and the document. When the xref is taken, by another id
// for the same thing or by another thing for the same id, the operation is parked
// instead: nothing that exists in Sage may be forgotten or counted twice.
func confirm(ctx context.Context, tx pgx.Tx, a *Settlement) error {
	o := a.Operation
	_, err := tx.Exec(ctx, `UPDATE bindings SET state = 'connected', hint = '' WHERE name = $1 AND state = 'forbidden'`, o.Binding)
	if err != nil {
		return err
	}
	if a.XrefType == "" {
		_, err := tx.Exec(ctx, `UPDATE xrefs SET facts = facts || $4::jsonb WHERE binding = $1 AND type = 'contact' AND entity = $2 AND currency = $3`,
			o.Binding, o.Entity, o.Currency, string(o.Facts))
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO xrefs (binding, type, entity, currency, sage_id, reference, facts) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT DO NOTHING`, o.Binding, a.XrefType, o.Entity, o.Currency, a.SageID, o.Reference, string(o.Facts))
	if err != nil {
		return err
	}
	var ours bool
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM xrefs WHERE binding = $1 AND type = $2 AND entity = $3 AND currency = $4 AND sage_id = $5)`,
		o.Binding, a.XrefType, o.Entity, o.Currency, a.SageID).Scan(&ours)
	if err != nil {
		return err
	}
	if !ours {
		a.State, a.Reason = Parked, "xref_collision"
		a.Hint = "Sage answered with an id that belongs to something else: compare sage_id " + a.SageID + " with the audit trail"
		return nil
	}
	return confirmDocument(ctx, tx, *a)
}

func confirmDocument(ctx context.Context, tx pgx.Tx, a Settlement) error {
	o := a.Operation
	switch a.XrefType {
	case "sales_invoice", "sales_credit_note":
		state, reason := DocumentPosted, ""
		if a.Mismatch != "" {
			state, reason = DocumentParked, "total_mismatch"
		}
		_, err := tx.Exec(ctx, `
			UPDATE documents SET state = $3, reason = $4, hint = $5, payment = $6, waits_for = '', sage_id = $7, sage_number = $8,
				sage_total = $9::numeric, contact = $10, facts = coalesce($11::jsonb ->> 'money', ''), updated_at = now()
			WHERE binding = $1 AND id = $2`,
			o.Binding, o.Entity, state, reason, a.Mismatch, a.Payment, a.SageID, a.Number, text(a.Total), a.Contact, string(o.Facts))
		return err
	case "contact_payment":
		_, err := tx.Exec(ctx, `UPDATE documents SET payment = 'paid', updated_at = now() WHERE binding = $1 AND id = $2`, o.Binding, o.Entity)
		return err
	}
	return nil
}

// wakeAll has the document planned that asked for the operation, whoever waits for
// what it made, and a contact's own customer.
func wakeAll(ctx context.Context, tx pgx.Tx, a Settlement) error {
	o := a.Operation
	_, err := tx.Exec(ctx, `UPDATE documents SET plan_due_at = now() WHERE binding = $1 AND id IN ($2, $3)`, o.Binding, o.Entity, o.Document)
	if err != nil {
		return err
	}
	return wake(ctx, tx, o.Binding, o.Entity)
}
