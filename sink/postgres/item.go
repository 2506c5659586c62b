package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

const itemColumns = `i.binding, i.id, i.state, i.payment, i.reason, i.hint, i.waits_for, i.waiting_since, i.number, i.currency,
	i.magento_total, i.sage_total, i.sage_id, i.sage_number, i.sage_contact_id, i.accounting_date, i.sent_digest`

// An ItemFilter chooses sync items; empty fields choose all.
type ItemFilter struct {
	Binding string
	State   work.ItemState
	Reason  string
	// Quiet kinds are listed only when they are parked.
	Quiet []canonical.Kind
	Limit int // 0 is 1000
}

// defaultLimit keeps a list without a limit from filling a terminal, or memory.
const defaultLimit = 1000

// Items lists sync items, newest change first.
func (db *DB) Items(ctx context.Context, f ItemFilter) ([]work.SyncItem, error) {
	if f.Limit == 0 {
		f.Limit = defaultLimit
	}
	few := "" // the condition of an index: of a million documents nearly all are posted
	if slices.Contains([]work.ItemState{work.ItemPlanned, work.ItemWaiting, work.ItemParked}, f.State) {
		few = ` AND state IN ('planned', 'waiting', 'parked')`
	}
	rows, err := db.pool.Query(ctx, `
		SELECT `+itemColumns+` FROM sync_items i
		WHERE (NOT kind = ANY($5) OR state = 'parked') AND ($1 = '' OR binding = $1) AND ($2 = '' OR state = $2) AND ($3 = '' OR reason = $3)`+few+`
		ORDER BY updated_at DESC, id LIMIT $4`, f.Binding, f.State, f.Reason, f.Limit, texts(f.Quiet))
	if err != nil {
		return nil, fmt.Errorf("list sync items: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[work.SyncItem])
	if err != nil {
		return nil, fmt.Errorf("list sync items: %w", err)
	}
	return all, nil
}

// texts is a list as an array parameter, never NULL.
func texts[T ~string](all []T) []string {
	out := make([]string, len(all))
	for n, s := range all {
		out[n] = string(s)
	}
	return out
}

// A Count is how many sync items of a binding share kind, state, payment and reason.
type Count struct {
	Binding string
	Kind    canonical.Kind
	State   work.ItemState
	Payment work.PaymentState
	Reason  work.Reason
	N       int
}

// Counts counts sync items, those of quiet kinds only where they are parked, and apart
// from them the operations in doubt.
func (db *DB) Counts(ctx context.Context, quiet []canonical.Kind) (all []Count, inDoubt int, err error) {
	rows, err := db.pool.Query(ctx, `
		SELECT binding, kind, state, payment, reason, count(*) AS n FROM sync_items WHERE NOT kind = ANY($1) OR state = 'parked'
		GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`, texts(quiet))
	if err != nil {
		return nil, 0, fmt.Errorf("count sync items: %w", err)
	}
	all, err = pgx.CollectRows(rows, pgx.RowToStructByName[Count])
	if err != nil {
		return nil, 0, fmt.Errorf("count sync items: %w", err)
	}
	err = db.pool.QueryRow(ctx, `SELECT count(*) FROM operations WHERE state = 'in_doubt'`).Scan(&inDoubt)
	if err != nil {
		return nil, 0, fmt.Errorf("count operations: %w", err)
	}
	return all, inDoubt, nil
}

// OldestUnposted is when the oldest entity was taken in that is planned, waiting or
// parked, of quiet kinds only where it is parked; nil when there is none.
func (db *DB) OldestUnposted(ctx context.Context, quiet []canonical.Kind) (oldest *time.Time, err error) {
	err = db.pool.QueryRow(ctx, `
		SELECT min(e.taken_at) FROM sync_items i JOIN bindings b ON b.name = i.binding JOIN entities e ON e.source = b.source AND e.id = i.id
		WHERE i.state IN ('planned', 'waiting', 'parked') AND (NOT i.kind = ANY($1) OR i.state = 'parked')`, texts(quiet)).Scan(&oldest)
	if err != nil {
		return nil, fmt.Errorf("find the oldest unposted: %w", err)
	}
	return oldest, nil
}

// ToPlan counts the entities that are to be planned now.
func (db *DB) ToPlan(ctx context.Context) (n int, err error) {
	// As planning does, so that its two indexes serve.
	err = db.pool.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM sync_items WHERE plan_due_at <= now() AND kind <> 'customer')
			+ (SELECT count(*) FROM sync_items WHERE plan_due_at <= now() AND kind = 'customer')`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count what is to be planned: %w", err)
	}
	return n, nil
}

// Idle reports whether nothing is to be planned and no call is to be made.
func (db *DB) Idle(ctx context.Context) (idle bool, err error) {
	err = db.pool.QueryRow(ctx, `
		SELECT NOT EXISTS (SELECT FROM sync_items WHERE plan_due_at IS NOT NULL)
			AND NOT EXISTS (SELECT FROM operations WHERE state IN ('planned', 'sending', 'in_doubt'))`).Scan(&idle)
	if err != nil {
		return false, fmt.Errorf("look for work: %w", err)
	}
	return idle, nil
}
