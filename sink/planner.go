package sink

import (
	"context"
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
func (p *planner) step(ctx context.Context) error {
	for {
		var v work.Verdict
		any, err := p.db.PlanNext(ctx, func(t *postgres.Planning) (_ work.Verdict, err error) {
			v, err = plan.Decide(p.now(), t.Due, t)
			return v, err
		})
		if err != nil || !any {
			return err
		}
		p.metrics.planned.WithLabelValues(string(v.Item.State)).Inc()
		if len(v.Operations) > 0 {
			p.planned()
		}
	}
}
