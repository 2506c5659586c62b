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

// A planner plans every sync item that is due. What a plan reads and the verdict that it
// writes are one transaction, with the item locked.
type planner struct {
	db       *postgres.DB
	metrics  *metrics
	log      zerolog.Logger
	planned  func() // an operation may be due
	planning func() // told of each item that was planned; nil when nobody asks
	now      func() time.Time
}

// planTogether is how many items are planned in one transaction. Results of calls wait for
// it, so that it is no more than what makes its beginning and its end cheap.
const planTogether = 8

// step plans what is due, and rings for an operation once it is committed.
// Items without a verdict are passed over, and the first of them is returned once all
// others are planned.
func (p *planner) step(ctx context.Context) (undecided error) {
	for apart := 0; ; {
		var planned []*postgres.Planning
		var err error
		if apart == 0 {
			planned, err = p.db.PlanTogether(ctx, planTogether, p.decide)
		} else {
			apart--
			planned, err = p.planNext(ctx)
		}
		var passedOver *postgres.UndecidedError
		switch {
		case errors.Is(err, postgres.ErrPlanApart):
			apart = planTogether
			continue
		case errors.As(err, &passedOver):
			undecided = cmp.Or(undecided, err)
			continue
		case err != nil || len(planned) == 0:
			return cmp.Or(err, undecided)
		}
		p.took(planned)
	}
}

func (p *planner) decide(t *postgres.Planning) (work.Verdict, error) {
	return plan.Decide(p.now(), t.Due, t)
}

// planNext plans one item alone.
func (p *planner) planNext(ctx context.Context) (planned []*postgres.Planning, err error) {
	any, err := p.db.PlanNext(ctx, func(t *postgres.Planning) (work.Verdict, error) {
		planned = []*postgres.Planning{t}
		return p.decide(t)
	})
	if err != nil || !any {
		return nil, err
	}
	return planned, nil
}

// took says what was planned, and rings once for all of it.
func (p *planner) took(planned []*postgres.Planning) {
	if p.planning != nil {
		p.planning()
	}
	crash.At(crash.SinkPlanned)
	ring := false
	for _, t := range planned {
		p.report(t.Item, t.Outcome())
		p.metrics.planned.WithLabelValues(string(t.Outcome().State)).Inc()
		ring = ring || t.Asks()
	}
	if ring {
		p.planned()
	}
}

// report logs that an item is parked now, once for each reason.
func (p *planner) report(before, now work.SyncItem) {
	if now.State != work.ItemParked || before.State == work.ItemParked && before.Reason == now.Reason {
		return
	}
	p.log.Warn().Str("binding", now.Binding).Str("entity", string(now.ID)).Str("reason", string(now.Reason)).Str("hint", now.Hint).Msg("document parked")
}
