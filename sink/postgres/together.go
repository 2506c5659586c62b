package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// ErrPlanApart is returned where one of several items has no verdict, or one that Postgres
// does not take: nothing was written, and PlanNext finds out which it is.
var ErrPlanApart = errors.New("one of the items that were to be planned together has to be planned alone")

// PlanTogether is PlanNext for as many items as most, one after the other in one transaction:
// each plan reads what those before it have written. It returns those that were planned, none
// where none is due, and ErrPlanApart.
func (db *DB) PlanTogether(ctx context.Context, most int, decide func(*Planning) (work.Verdict, error)) (all []*Planning, err error) {
	if due, err := db.anyDue(ctx); err != nil || !due { // without the lock, that keeps results of calls out
		return nil, err
	}
	apart := false
	err = db.txLocked(ctx, lockForPlanning, func(tx pgx.Tx) (err error) {
		q := &queue{tx: tx}
		if all, err = lock(ctx, q, most); err != nil {
			return err
		}
		if err = planAll(ctx, q, all, decide); err != nil {
			var undecided *UndecidedError
			apart = errors.As(err, &undecided) || isAboutData(err)
		}
		return err
	})
	switch {
	case err != nil && apart && ctx.Err() == nil:
		return nil, ErrPlanApart
	case err != nil:
		return nil, fmt.Errorf("plan: %w", err)
	}
	return all, nil
}

func planAll(ctx context.Context, q *queue, all []*Planning, decide func(*Planning) (work.Verdict, error)) error {
	known, err := readHistories(ctx, q, all)
	if err != nil {
		return err
	}
	for _, p := range all {
		p.histories = known
		if p.verdict, err = decide(p); err != nil {
			return &UndecidedError{p.Item, err}
		}
		if err := p.apply(p.verdict); err != nil {
			return err
		}
	}
	return q.send(ctx)
}

// anyDue reports whether an item is to be planned now.
func (db *DB) anyDue(ctx context.Context) (due bool, err error) {
	err = db.pool.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM sync_items WHERE plan_due_at <= now() AND kind <> 'customer')
			OR EXISTS (SELECT FROM sync_items WHERE plan_due_at <= now() AND kind = 'customer')`).Scan(&due)
	if err != nil {
		return false, fmt.Errorf("look for what is to be planned: %w", err)
	}
	return due, nil
}

// histories are all operations of some entities, as they stand in the transaction that reads
// them. What is about to change is forgotten, and read anew where somebody asks.
type histories map[entityIn]map[work.OperationKey]work.History

type entityIn struct{ binding, entity string }

// readHistories reads what was done for the items themselves, which every plan asks for.
func readHistories(ctx context.Context, q *queue, all []*Planning) (histories, error) {
	known := histories{}
	of := map[string][]canonical.ID{}
	for _, p := range all {
		known[entityIn{p.Binding.Name, string(p.Item.ID)}] = map[work.OperationKey]work.History{}
		of[p.Binding.Name] = append(of[p.Binding.Name], p.Item.ID)
	}
	for binding, ids := range of {
		found, err := collect(ctx, q, pgx.RowToStructByName[work.Operation], `
			SELECT `+operationColumns+` FROM operations o WHERE o.binding = $1 AND o.entity = ANY($2) AND o.kind = ANY($3) ORDER BY o.revision`, binding, ids, allKinds())
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			h := known[entityIn{binding, o.Entity}]
			h[o.OperationKey] = append(h[o.OperationKey], o)
		}
	}
	return known, nil
}

// allKinds names every kind, so that the index is used that begins with binding and kind.
func allKinds() (all []work.OperationKind) {
	for _, info := range work.Kinds() {
		all = append(all, info.Kind)
	}
	return all
}

func (h histories) of(binding string, key work.OperationKey) (work.History, bool) {
	all, known := h[entityIn{binding, key.Entity}]
	return all[key], known
}

func (h histories) forget(binding, entity string) { delete(h, entityIn{binding, entity}) }

func (h histories) forgetAll() { clear(h) }
