package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

// callable is the condition under which an operation's call may be made now.
const callable = `b.state IN ('connected', 'forbidden') AND b.not_before <= now() AND NOT ` + stopped + `
	AND o.business = $1 AND b.business = $1 AND o.not_before <= now()`

// Businesses lists the businesses for which a call is due, or was left behind by
// a process that died in the middle of it.
func (db *DB) Businesses(ctx context.Context) ([]work.Business, error) {
	rows, err := db.pool.Query(ctx, `
		SELECT b.business AS id, string_agg(b.name, ', ' ORDER BY b.name) AS bindings, max(b.resumed_at) AS resumed_at FROM bindings b
		WHERE b.business <> '' AND b.state IN ('connected', 'forbidden') AND b.not_before <= now() AND NOT `+stopped+` AND (
			EXISTS (SELECT FROM operations o WHERE o.business = b.business AND o.state = 'planned' AND o.not_before <= now())
			OR EXISTS (SELECT FROM operations o WHERE o.business = b.business AND o.state IN ('sending', 'in_doubt')
				AND (o.state = 'in_doubt' AND o.not_before <= now() OR o.state = 'sending' AND o.deadline < now())))
		GROUP BY b.business ORDER BY b.business`)
	if err != nil {
		return nil, fmt.Errorf("list businesses: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[work.Business])
}

// Recover puts in doubt what was being sent when its sender died: the call may
// have reached Sage, and its effect may still be on the way. It is called by the
// holder of the lease, so no live process is still making such a call. wait is how long
// Sage may still be at work on them, and its lists not show what it made.
func (db *DB) Recover(ctx context.Context, business string, wait time.Duration) (int, error) {
	tag, err := db.pool.Exec(ctx, `
		UPDATE operations o SET state = 'in_doubt', was_in_doubt = true, not_before = o.deadline + $2::interval
		WHERE o.business = $1 AND o.state = 'sending' AND o.deadline < now()`, business, wait)
	if err != nil {
		return 0, fmt.Errorf("recover: %w", err)
	}
	return int(tag.RowsAffected()), nil
}

// dueAtOnce is how many planned operations are looked at in one query. It is how many calls
// an operation with a higher priority may have to wait for.
const dueAtOnce = 16

// Next looks at the operations that are due, in the order of their calls: one that is in
// doubt alone, else the next planned ones: payments, then documents and their contacts in
// order, then changes of contacts. Kinds that are held back are passed over. It returns
// none when nothing is due.
func (db *DB) Next(ctx context.Context, business string, held ...work.OperationKind) (due []work.Operation, err error) {
	b := &pgx.Batch{}
	for _, query := range []string{
		`o.state = 'in_doubt' ORDER BY o.id LIMIT 1`,
		fmt.Sprintf(`o.state = 'planned' ORDER BY o.priority, o.id LIMIT %d`, dueAtOnce),
	} {
		b.Queue(`
			SELECT `+operationColumns+` FROM operations o JOIN bindings b ON b.name = o.binding
			WHERE `+callable+` AND NOT o.kind = ANY(coalesce($2, '{}'::text[])) AND `+query, business, held).Query(func(rows pgx.Rows) error {
			found, err := pgx.CollectRows(rows, pgx.RowToStructByName[work.Operation])
			if len(due) == 0 {
				due = found
			}
			return err
		})
	}
	if err := db.pool.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("next operation: %w", err)
	}
	return due, nil
}

// Claim writes down that an operation is about to be sent, and commits that before
// the caller touches a socket: whatever happens afterwards, it is known that the
// call may have left. timeout is how long the call may take. ok is false when the
// operation is not callable any more.
func (db *DB) Claim(ctx context.Context, l work.Lease, id int64, timeout time.Duration) (o work.Operation, ok bool, err error) {
	err = again(func() (err error) {
		o, err = oneOperation(db.pool.Query(ctx, `
			WITH lease AS (`+prolongLease+`)
			UPDATE operations o SET state = 'sending', attempt = o.attempt + 1, fence_token = o.fence_token + 1, sent_at = now(), deadline = now() + $5::interval,
				first_sent_at = coalesce(o.first_sent_at, now()), refused = false
			FROM bindings b, lease WHERE b.name = o.binding AND o.id = $4 AND o.state IN ('planned', 'in_doubt') AND `+callable+`
			RETURNING `+operationColumns, l.Business, l.Owner, l.TTL, id, timeout))
		return err
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		err = db.holds(ctx, l)
	case err == nil:
		ok = true
	}
	if err != nil {
		return o, false, fmt.Errorf("claim operation: %w", err)
	}
	return o, ok, nil
}
