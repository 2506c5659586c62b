package sink

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// housekeeping is the loop that makes room in Postgres for what comes, and lets go what is not kept.
const housekeeping = "keeping house in Postgres"

// houseEvery is how often the loop takes a step, each with one small batch; monthsEvery is how often
// it makes the audit trail's months, which are there long before they are written to.
const (
	houseEvery  = 5 * time.Second
	monthsEvery = time.Hour
	purgeEvery  = 24 * time.Hour
)

// A housekeeper makes the audit trail's months in time, and purges once a day, in batches.
type housekeeper struct {
	db        *postgres.DB
	retention work.Retention
	now       func() time.Time
	log       zerolog.Logger

	madeMonths, purged time.Time
	sweep              *Purge // that is under way
}

func (h *housekeeper) step(ctx context.Context) error {
	if h.now().Sub(h.madeMonths) >= monthsEvery {
		if err := h.db.KeepMonths(ctx); err != nil {
			return err
		}
		h.madeMonths = h.now()
	}
	if h.now().Sub(h.purged) < purgeEvery {
		return nil
	}
	if h.sweep == nil {
		h.sweep = &Purge{DB: h.db, Retention: h.retention, Now: h.now()}
	}
	more, err := h.sweep.Step(ctx)
	if errors.Is(err, postgres.ErrMonthsInUse) {
		h.log.Info().Str("reason", err.Error()).Msg("months of the audit trail put off")
		err = nil
	}
	if err != nil || more {
		return err
	}
	if done := h.sweep.Done; done.Any() {
		h.log.Info().Interface("purged", done.Counts()).Msg("what is not kept any more was purged")
	}
	h.purged, h.sweep = h.now(), nil
	return nil
}
