package sink

import (
	"context"
	"time"

	"github.com/mage2sage/mage2sage/sink/postgres"
)

// housekeeping is the loop that makes room in Postgres for what comes.
const housekeeping = "keeping house in Postgres"

// houseEvery is how often the loop looks, and shows that it lives; monthsEvery is how often it
// makes the audit trail's months, which are there long before they are written to.
const (
	houseEvery  = 5 * time.Second
	monthsEvery = time.Hour
)

// A housekeeper makes the audit trail's months in time.
type housekeeper struct {
	db  *postgres.DB
	now func() time.Time

	madeMonths time.Time
}

func (h *housekeeper) step(ctx context.Context) error {
	if h.now().Sub(h.madeMonths) < monthsEvery {
		return nil
	}
	if err := h.db.KeepMonths(ctx); err != nil {
		return err
	}
	h.madeMonths = h.now()
	return nil
}
