package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

const rateColumns = `r.allowed, r.ceiling, r.booked_until, r.frozen_until, r.throttled_at, r.throttled_by, r.day, r.calls`

// ChangeRate has change alter the call rate of an app, or of one of its businesses, in a
// transaction that no other one can be in meanwhile. The time that it is told is Postgres's, which
// is the same for all processes.
func (db *DB) ChangeRate(ctx context.Context, app, business string, change func(r *work.CallRate, now time.Time)) error {
	err := db.tx(ctx, func(tx pgx.Tx) error {
		r, now, err := lockRate(ctx, tx, app, business)
		if err != nil {
			return err
		}
		change(&r, now)
		_, err = tx.Exec(ctx, `
			UPDATE call_rates SET allowed = $3, ceiling = $4, booked_until = $5, frozen_until = $6, throttled_at = $7, throttled_by = $8, day = $9, calls = $10
			WHERE app = $1 AND business = $2`,
			app, business, r.Allowed, r.Ceiling, r.BookedUntil, r.FrozenUntil, r.ThrottledAt, r.ThrottledBy, r.Day, r.Calls)
		return err
	})
	if err != nil {
		return fmt.Errorf("change call rate: %w", err)
	}
	return nil
}

// rateIdle is how long a process may keep a rate locked that hangs meanwhile: all others wait for it
// with each of their calls.
const rateIdle = "3s"

// lockRate reads a rate and the time, and makes one where there is none.
func lockRate(ctx context.Context, tx pgx.Tx, app, business string) (r work.CallRate, now time.Time, err error) {
	type timed struct {
		work.CallRate
		Now  time.Time
		Idle string
	}
	read := func() (timed, error) {
		rows, err := tx.Query(ctx, `SELECT `+rateColumns+`, clock_timestamp() AS now, set_config('`+idleTimeout+`', $3, true) AS idle
			FROM call_rates r WHERE app = $1 AND business = $2 FOR UPDATE`, app, business, rateIdle)
		if err != nil {
			return timed{}, err
		}
		return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[timed])
	}
	found, err := read()
	if errors.Is(err, pgx.ErrNoRows) {
		if _, err = tx.Exec(ctx, `INSERT INTO call_rates (app, business) VALUES ($1, $2) ON CONFLICT DO NOTHING`, app, business); err == nil {
			found, err = read()
		}
	}
	return found.CallRate, found.Now, err
}

// CallRates reads the call rates of an app, by business, with that of the app itself as "", and
// Postgres's time.
func (db *DB) CallRates(ctx context.Context, app string) (rates map[string]work.CallRate, now time.Time, err error) {
	type named struct {
		Business string
		Now      time.Time
		work.CallRate
	}
	rows, err := db.pool.Query(ctx, `SELECT r.business, clock_timestamp() AS now, `+rateColumns+` FROM call_rates r WHERE app = $1`, app)
	if err != nil {
		return nil, now, fmt.Errorf("read call rates: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[named])
	if err != nil {
		return nil, now, fmt.Errorf("read call rates: %w", err)
	}
	rates = map[string]work.CallRate{}
	for _, one := range all {
		rates[one.Business], now = one.CallRate, one.Now
	}
	return rates, now, nil
}
