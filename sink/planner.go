package sink

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A planner plans every sync item that is due. What a plan reads and the verdict that it
// writes are one transaction, with the item locked.
type planner struct {
	db      *postgres.DB
	metrics *metrics
	planned func() // an operation may be due
	now     func() time.Time
}

// step plans what is due, and rings for an operation once it is committed.
// Items without a verdict are passed over, and the first of them is returned once all
// others are planned.
func (p *planner) step(ctx context.Context) (undecided error) {
	for {
		var v work.Verdict
		any, err := p.db.PlanNext(ctx, func(t *postgres.Planning) (_ work.Verdict, err error) {
			v, err = plan.Decide(p.now(), t.Due, t)
			return v, err
		})
		var passedOver *postgres.UndecidedError
		switch {
		case errors.As(err, &passedOver):
			undecided = cmp.Or(undecided, err)
			continue
		case err != nil || !any:
			return cmp.Or(err, undecided)
		}
		p.metrics.planned.WithLabelValues(string(v.Item.State)).Inc()
		if len(v.Operations) > 0 {
			p.planned()
		}
	}
}
