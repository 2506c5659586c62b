package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

// Settle writes down what a person says of an operation that is parked or in doubt. With
// Sage's id of what it made, that object is read and adopted; with "" it is not in Sage,
// and its call is made again as if it had never been made. The error wraps
// work.ErrNotOpen where there is no such operation.
func (db *DB) Settle(ctx context.Context, operation int64, sageID string) (o work.Operation, err error) {
	err = db.tx(ctx, func(tx pgx.Tx) error {
		if err := lockOutPlanning(ctx, tx); err != nil {
			return err
		}
		o, err = oneOperation(tx.Query(ctx, `
			UPDATE operations o SET state = CASE WHEN $2 = '' THEN 'planned' ELSE 'in_doubt' END, was_in_doubt = $2 <> '', settled_as = $2, not_in_sage = $2 = '',
				refused = false, reason = '', hint = '', source_field = '', not_before = now(), ended_at = NULL,
				first_sent_at = CASE WHEN $2 <> '' THEN o.first_sent_at END
			WHERE o.id = $1 AND o.state IN ('parked', 'in_doubt') RETURNING `+operationColumns, operation, sageID))
		if errors.Is(err, pgx.ErrNoRows) {
			return work.ErrNotOpen
		}
		if err != nil {
			return err
		}
		if err := sendIn(ctx, tx, func(b *pgx.Batch) error { wakeAll(b, o); return nil }); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{Binding: o.Binding, Entity: o.Entity, Event: "operation settled by a person",
			Detail: map[string]string{"operation": string(o.Kind), "idempotency_id": o.IdempotencyID, "sage_id": sageID}})
	})
	if err != nil {
		return o, fmt.Errorf("settle operation %d: %w", operation, err)
	}
	return o, nil
}
