package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

// plansAtOnce is how many items are planned in one transaction. Results of calls wait for it:
// so many take a few milliseconds.
const plansAtOnce = 16

// A Decide finds the verdict on an item.
type Decide = func(*Planning) (work.Verdict, error)

// A Planned is an item that was planned.
type Planned struct {
	Before, After work.SyncItem
	Operations    int // that the verdict asks for
}

// PlanDue plans the sync items that are due longest, and returns none when none is due. Several
// are planned in one transaction, and what their decisions read is asked together: the outcome
// is that of PlanNext for one after the other. Where one of them has no verdict, or Postgres
// refuses its data, they are planned by PlanNext: all that have a verdict are planned then, and
// the error is the first UndecidedError.
func (db *DB) PlanDue(ctx context.Context, decide Decide) (planned []Planned, err error) {
	due := 0
	err = db.tx(ctx, func(tx pgx.Tx) (err error) {
		planned, due, err = db.planTogether(ctx, tx, decide)
		return err
	})
	if err == nil || due == 0 || ctx.Err() != nil {
		return planned, err
	}
	return db.planOneByOne(ctx, due, decide)
}

func (db *DB) planOneByOne(ctx context.Context, due int, decide Decide) (planned []Planned, undecided error) {
	for range due {
		var p *Planning
		operations := 0
		any, err := db.PlanNext(ctx, func(next *Planning) (v work.Verdict, err error) {
			p = next
			v, err = decide(next)
			operations = len(v.Operations)
			return v, err
		})
		var passedOver *UndecidedError
		switch {
		case errors.As(err, &passedOver):
			undecided = cmp.Or(undecided, err)
		case err != nil:
			return planned, err
		case !any:
			return planned, undecided
		default:
			planned = append(planned, Planned{p.Item, p.Outcome(), operations})
		}
	}
	return planned, undecided
}

// planTogether plans what is due inside a transaction, and counts it even when that fails. A
// decision that a verdict before it may have overtaken is made again after that is written.
func (db *DB) planTogether(ctx context.Context, tx pgx.Tx, decide Decide) (planned []Planned, due int, err error) {
	if err := db.lockForPlanning(ctx, tx); err != nil {
		return nil, 0, fmt.Errorf("plan: %w", err)
	}
	items, err := lockDue(ctx, tx, plansAtOnce)
	if err != nil {
		return nil, 0, fmt.Errorf("plan: %w", err)
	}
	if err := readTogether(ctx, tx, items); err != nil {
		return nil, len(items), err
	}
	for rest := items; len(rest) > 0; {
		decided, err := decideTogether(ctx, tx, rest, decide)
		if err != nil {
			return nil, len(items), err
		}
		b := &pgx.Batch{}
		rest = nil
		for i, d := range decided {
			if slices.ContainsFunc(decided[:i], d.isOvertakenBy) {
				rest = append(rest, d.Planning)
				continue
			}
			if err := d.apply(b, d.verdict); err != nil {
				return nil, len(items), err
			}
			planned = append(planned, Planned{d.Item, d.Outcome(), len(d.verdict.Operations)})
		}
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return nil, len(items), err
		}
	}
	return planned, len(items), nil
}

// readTogether reads what belongs to each item.
func readTogether(ctx context.Context, tx pgx.Tx, items []*Planning) error {
	bindings, bodies := map[string]work.Binding{}, &pgx.Batch{}
	for _, p := range items {
		if err := p.readBinding(ctx, tx, bindings); err != nil {
			return err
		}
		q := p.body()
		bodies.Queue(q.sql, q.args...).Query(q.take)
	}
	return tx.SendBatch(ctx, bodies).Close()
}

// A decision is a verdict that was found without those of the others.
type decision struct {
	*Planning
	verdict work.Verdict
}

// decideTogether makes decisions side by side. Each goes on until its next question; then all
// questions are asked in one round trip.
func decideTogether(ctx context.Context, tx pgx.Tx, items []*Planning, decide Decide) ([]decision, error) {
	decided, errs := make([]decision, len(items)), make([]error, len(items))
	var questions []func() (*question, bool)
	for i, p := range items {
		next, stop := iter.Pull(func(yield func(*question) bool) {
			p.asked, p.ask = sight{}, func(q *question) error {
				if !yield(q) {
					return context.Canceled // another decision has failed
				}
				return nil
			}
			decided[i].Planning = p
			decided[i].verdict, errs[i] = decide(p)
		})
		defer stop()
		questions = append(questions, next)
	}
	for {
		b := &pgx.Batch{}
		for _, next := range questions {
			if q, more := next(); more {
				b.Queue(q.sql, q.args...).Query(q.take)
			}
		}
		if b.Len() == 0 {
			return decided, errors.Join(errs...)
		}
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return nil, err
		}
	}
}
