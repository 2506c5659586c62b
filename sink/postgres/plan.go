package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

// A Planning is a locked sync item on its way to a verdict. Its methods read what a plan
// may depend on, in the transaction that will write the verdict.
type Planning struct {
	work.Due

	ask   func(*question) error
	asked sight
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
		if err := db.lockForPlanning(ctx, tx); err != nil {
			return err
		}
		due, err := lockDue(ctx, tx, 1)
		if planned = len(due) > 0; err != nil || !planned {
			return err
		}
		p = due[0]
		if err := readTogether(ctx, tx, due); err != nil {
			return err
		}
		err = p.plan(ctx, tx, decide)
		if isAboutData(err) {
			return p.park(ctx, tx, parkedForData(err))
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
func (p *Planning) plan(ctx context.Context, tx pgx.Tx, decide func(*Planning) (work.Verdict, error)) error {
	return pgx.BeginFunc(ctx, tx, func(savepoint pgx.Tx) error {
		inside := *p
		inside.ask = func(q *question) error { return q.answer(savepoint.Query(ctx, q.sql, q.args...)) }
		verdict, err := decide(&inside)
		if err != nil && !isAboutData(err) {
			return &UndecidedError{p.Item, err}
		}
		if err != nil {
			return err
		}
		return sendIn(ctx, savepoint, func(b *pgx.Batch) error { return p.apply(b, verdict) })
	})
}

// park gives an item the verdict that a person must look, with nothing of the values that
// Postgres refused.
func (p *Planning) park(ctx context.Context, tx pgx.Tx, why work.ParkReason) error {
	parked := p.Item
	parked.State, parked.Reason, parked.Hint, parked.WaitsFor, parked.WaitingSince = work.ItemParked, why.Reason, why.Hint, "", nil
	v := work.Verdict{Item: parked, Cancel: work.CancelledWithItem()}
	return sendIn(ctx, tx, func(b *pgx.Batch) error { return p.apply(b, v) })
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

// lockDue locks the items that are to be planned next, so many at most. Documents go before
// customers: a shop can change all of its customers at once, and no document waits for their
// plans. Items that became due at the same time go by the length of their id and then by the
// id, which for ids such as invoice:9 and invoice:10 is the order of their numbers: older
// documents first.
func lockDue(ctx context.Context, tx pgx.Tx, limit int) (due []*Planning, err error) {
	for _, kinds := range []string{`kind <> 'customer'`, `kind = 'customer'`} {
		rows, err := tx.Query(ctx, `
			SELECT `+itemColumns+`, i.plan_due_at FROM sync_items i WHERE plan_due_at <= now() AND `+kinds+`
			ORDER BY plan_due_at, length(id), id LIMIT $1 FOR UPDATE SKIP LOCKED`, limit)
		if err != nil {
			return nil, err
		}
		found, err := pgx.CollectRows(rows, pgx.RowToStructByName[dueItem])
		for _, f := range found {
			due = append(due, &Planning{Due: work.Due{Item: f.SyncItem}, dueAt: f.PlanDueAt, outcome: &work.SyncItem{}})
		}
		if err != nil || len(due) > 0 {
			return due, err
		}
	}
	return nil, nil
}

// readBinding reads the item's binding, unless that is at hand.
func (p *Planning) readBinding(ctx context.Context, tx pgx.Tx, known map[string]work.Binding) (err error) {
	var found bool
	if p.Binding, found = known[p.Item.Binding]; found {
		return nil
	}
	if p.Binding, err = bindingNamed(ctx, tx, p.Item.Binding); err != nil {
		return fmt.Errorf("read binding: %w", err)
	}
	known[p.Item.Binding] = p.Binding
	return nil
}
