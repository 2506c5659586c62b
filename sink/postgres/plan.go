package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A Planning is a locked sync item on its way to a verdict. Its methods read what a plan
// may depend on, in the transaction that will write the verdict.
type Planning struct {
	work.Due

	tx    pgx.Tx
	ctx   context.Context
	dueAt time.Time

	outcome *work.SyncItem // what apply has written; shared with the copy inside a savepoint
}

// Outcome is the item as it was written: by the verdict, or parked where Postgres did not
// take that. It counts once PlanNext has returned without an error.
func (p *Planning) Outcome() work.SyncItem { return *p.outcome }

// An UndecidedError is returned for an item that has no verdict. It was put off, so the
// next one may be planned.
type UndecidedError struct {
	Item work.SyncItem
	Err  error
}

func (e *UndecidedError) Error() string {
	return fmt.Sprintf("plan: binding %s: %s: %v", e.Item.Binding, e.Item.ID, e.Err)
}

func (e *UndecidedError) Unwrap() error { return e.Err }

// PlanNext locks the sync item that is due longest, asks decide for a verdict, and writes
// it in the same transaction. It returns false when none is due. An item that decide has
// no verdict for is put off, so that it does not keep the others from being planned, and
// an UndecidedError is returned.
func (db *DB) PlanNext(ctx context.Context, decide func(*Planning) (work.Verdict, error)) (planned bool, err error) {
	var undecided *UndecidedError
	var p *Planning
	err = db.tx(ctx, func(tx pgx.Tx) error {
		undecided = nil
		if err := lockForPlanning(ctx, tx); err != nil {
			return err
		}
		p = &Planning{tx: tx, ctx: ctx, outcome: &work.SyncItem{}}
		planned, err = p.lock()
		if err != nil || !planned {
			return err
		}
		err = p.plan(decide)
		if isAboutData(err) {
			return p.park(parkedForData(err))
		}
		errors.As(err, &undecided)
		return err
	})
	if undecided != nil && ctx.Err() == nil {
		if err = db.putPlanOff(ctx, p); err == nil {
			return true, undecided
		}
	}
	if err != nil {
		return false, fmt.Errorf("plan: %w", err)
	}
	return planned, nil
}

// plan asks for the verdict and writes it, or leaves the transaction as it was.
func (p *Planning) plan(decide func(*Planning) (work.Verdict, error)) error {
	return pgx.BeginFunc(p.ctx, p.tx, func(savepoint pgx.Tx) error {
		inside := *p
		inside.tx = savepoint
		verdict, err := decide(&inside)
		if err != nil && !isAboutData(err) {
			return &UndecidedError{p.Item, err}
		}
		if err != nil {
			return err
		}
		return inside.apply(verdict)
	})
}

// park gives an item the verdict that a person must look, with nothing of the values that
// Postgres refused.
func (p *Planning) park(why work.ParkReason) error {
	parked := p.Item
	parked.State, parked.Reason, parked.Hint, parked.WaitsFor, parked.WaitingSince = work.ItemParked, why.Reason, why.Hint, "", nil
	return p.apply(work.Verdict{Item: parked, Cancel: work.CancelledWithItem()})
}

// undecidedWait is how long an item without a verdict waits before it is planned again. A
// person has to act; a minute keeps the log short and heals soon.
const undecidedWait = time.Minute

// putPlanOff leaves an item alone that became due again in between: what is new about it
// may be what it lacked.
func (db *DB) putPlanOff(ctx context.Context, p *Planning) error {
	_, err := db.pool.Exec(ctx, `
		UPDATE sync_items SET plan_due_at = now() + $3::interval WHERE binding = $1 AND id = $2 AND plan_due_at = $4`,
		p.Item.Binding, p.Item.ID, undecidedWait, p.dueAt)
	return err
}

// A dueItem is an item with the time at which it became due.
type dueItem struct {
	work.SyncItem
	PlanDueAt time.Time
}

// next locks the item that is to be planned next. Documents go before customers: a shop can
// change all of its customers at once, and no document waits for their plans. Items that
// became due at the same time go by the length of their id and then by the id, which for ids
// such as invoice:9 and invoice:10 is the order of their numbers: older documents first.
func (p *Planning) next() (due dueItem, err error) {
	for _, kinds := range []string{`kind <> 'customer'`, `kind = 'customer'`} {
		var rows pgx.Rows
		rows, err = p.tx.Query(p.ctx, `
			SELECT `+itemColumns+`, i.plan_due_at FROM sync_items i WHERE plan_due_at <= now() AND `+kinds+`
			ORDER BY plan_due_at, length(id), id LIMIT 1 FOR UPDATE SKIP LOCKED`)
		if err != nil {
			return due, err
		}
		if due, err = pgx.CollectOneRow(rows, pgx.RowToStructByName[dueItem]); !errors.Is(err, pgx.ErrNoRows) {
			return due, err
		}
	}
	return due, err
}

// lock reads the item that is due with everything that belongs to it.
func (p *Planning) lock() (bool, error) {
	due, err := p.next()
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	p.Item, p.dueAt = due.SyncItem, due.PlanDueAt
	if p.Binding, err = bindingNamed(p.ctx, p.tx, p.Item.Binding); err != nil {
		return false, fmt.Errorf("read binding: %w", err)
	}
	err = p.tx.QueryRow(p.ctx, `SELECT body, read_before, without_person FROM entities WHERE source = $1 AND id = $2`, p.Binding.Source, p.Item.ID).Scan(&p.Body, &p.ReadBefore, &p.WithoutPerson)
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("%s has no entity of source %s", p.Item.ID, p.Binding.Source)
	}
	return true, err
}

// History returns every operation that there was under a key, oldest revision first.
func (p *Planning) History(key work.OperationKey) (work.History, error) {
	rows, err := p.tx.Query(p.ctx, `
		SELECT `+operationColumns+` FROM operations o
		WHERE o.binding = $1 AND o.kind = $2 AND o.entity = $3 AND o.currency = $4 ORDER BY o.revision`,
		p.Binding.Name, key.Kind, key.Entity, key.Currency)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[work.Operation])
}

// Entity returns another entity of the same source, nil when it never arrived.
func (p *Planning) Entity(id canonical.ID) (json.RawMessage, error) {
	var body json.RawMessage
	err := p.tx.QueryRow(p.ctx, `SELECT body FROM entities WHERE source = $1 AND id = $2`, p.Binding.Source, id).Scan(&body)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return body, err
}

// NewestDocument returns an invoice or credit memo of the newest order that a registered
// customer has one of; "" and nil where there is none.
func (p *Planning) NewestDocument(customer uint64) (id canonical.ID, body json.RawMessage, err error) {
	err = p.tx.QueryRow(p.ctx, `
		SELECT id, body FROM entities WHERE source = $1 AND customer_id = $2::text::bigint AND order_id IS NOT NULL AND NOT deleted
		ORDER BY order_id DESC, id LIMIT 1`, p.Binding.Source, strconv.FormatUint(customer, 10)).Scan(&id, &body)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil, nil
	}
	return id, body, err
}

// CreditMemos returns the ids of an order's credit memos, oldest first.
func (p *Planning) CreditMemos(order uint64) (ids []canonical.ID, err error) {
	rows, err := p.tx.Query(p.ctx, `
		SELECT id FROM entities WHERE source = $1 AND order_id = $2::text::bigint AND kind = $3 ORDER BY length(id), id`,
		p.Binding.Source, strconv.FormatUint(order, 10), canonical.KindCreditMemo)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[canonical.ID])
}

// Holder returns who else in the business has a document's reference, in Sage or on the way
// there, in whatever spelling; nil where nobody has. PlanNext makes one plan after the
// other, so only one of two that ask can find a reference free.
func (p *Planning) Holder(kind work.OperationKind, reference string) (*work.Holder, error) {
	key := work.ReferenceKey(reference)
	if p.Binding.Business == "" || key == "" {
		return nil, nil
	}
	rows, err := p.tx.Query(p.ctx, `
		SELECT o.binding, o.entity, i.sage_number FROM operations o JOIN sync_items i ON i.binding = o.binding AND i.id = o.entity
		WHERE o.business = $1 AND o.kind = $2 AND o.reference_key = $3 AND (o.binding, o.entity) <> ($4, $5)
			AND o.state NOT IN ('refused', 'cancelled') ORDER BY o.id LIMIT 1`,
		p.Binding.Business, kind, key, p.Binding.Name, p.Item.ID)
	if err != nil {
		return nil, err
	}
	holder, err := pgx.CollectOneRow(rows, pgx.RowToAddrOfStructByName[work.Holder])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return holder, err
}

// Items returns the sync items of other entities in the same binding.
func (p *Planning) Items(ids []canonical.ID) (map[canonical.ID]work.SyncItem, error) {
	found := map[canonical.ID]work.SyncItem{}
	if len(ids) == 0 {
		return found, nil
	}
	rows, err := p.tx.Query(p.ctx, `SELECT `+itemColumns+` FROM sync_items i WHERE binding = $1 AND id = ANY($2)`, p.Binding.Name, ids)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[work.SyncItem])
	for _, item := range all {
		found[item.ID] = item
	}
	return found, err
}

// Xrefs returns the objects in Sage of an entity, in every currency.
func (p *Planning) Xrefs(t work.XrefType, entity string) ([]work.Xref, error) {
	rows, err := p.tx.Query(p.ctx, `
		SELECT type, entity, currency, sage_id, reference, sent_digests FROM xrefs WHERE binding = $1 AND type = $2 AND entity = $3 ORDER BY currency`,
		p.Binding.Name, t, entity)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[work.Xref])
}
