package sink

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/crash"
	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A planner plans every sync item that is due, several in one transaction: what their plans read
// and the verdicts that they write, with the items locked.
type planner struct {
	db       *postgres.DB
	metrics  *metrics
	log      zerolog.Logger
	planned  func() // an operation may be due
	planning func() // told whenever items were planned; nil when nobody asks
	now      func() time.Time
}

// step plans what is due, and rings for operations once they are committed.
// Items without a verdict are passed over, and the first of them is returned once all
// others are planned.
func (p *planner) step(ctx context.Context) (undecided error) {
	for {
		planned, err := p.db.PlanDue(ctx, func(t *postgres.Planning) (work.Verdict, error) {
			return plan.Decide(p.now(), t.Due, t)
		})
		operations := 0
		for _, one := range planned {
			p.report(one.Before, one.After)
			p.metrics.planned.WithLabelValues(string(one.After.State)).Inc()
			operations += one.Operations
		}
		if len(planned) > 0 {
			crash.At(crash.SinkPlanned)
			if p.planning != nil {
				p.planning()
			}
		}
		if operations > 0 {
			p.planned()
		}
		var passedOver *postgres.UndecidedError
		switch {
		case errors.As(err, &passedOver):
			undecided = cmp.Or(undecided, err)
		case err != nil || len(planned) == 0:
			return cmp.Or(err, undecided)
		}
	}
}

// report logs that an item is parked now, once for each reason.
func (p *planner) report(before, now work.SyncItem) {
	if now.State != work.ItemParked || before.State == work.ItemParked && before.Reason == now.Reason {
		return
	}
	p.log.Warn().Str("binding", now.Binding).Str("entity", string(now.ID)).Str("reason", string(now.Reason)).Str("hint", now.Hint).Msg("document parked")
}
