package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// An execer takes a statement: a transaction at once, a queue for later.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// A queue keeps statements of a transaction until they are sent, all in one go: each way to
// the server costs more than most statements. Whatever is read through it is read after them.
type queue struct {
	tx      pgx.Tx
	pending pgx.Batch
}

// Exec queues a statement. That it fails is said by send, and its tag says nothing.
func (q *queue) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	q.pending.Queue(sql, args...)
	return pgconn.CommandTag{}, nil
}

// read queues a query, whose rows take is given when it is sent.
func (q *queue) read(take func(pgx.Rows) error, sql string, args ...any) {
	q.pending.Queue(sql, args...).Query(take)
}

// send sends what is queued, and returns the first error. The transaction is of no use
// after one.
func (q *queue) send(ctx context.Context) error {
	if q.pending.Len() == 0 {
		return nil
	}
	sent := q.pending
	q.pending = pgx.Batch{}
	return q.tx.SendBatch(ctx, &sent).Close()
}

// collect sends what is queued and then a query, and returns its rows.
func collect[T any](ctx context.Context, q *queue, row pgx.RowToFunc[T], sql string, args ...any) (all []T, err error) {
	q.read(func(rows pgx.Rows) (err error) {
		all, err = pgx.CollectRows(rows, row)
		return err
	}, sql, args...)
	return all, q.send(ctx)
}
