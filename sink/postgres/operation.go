package postgres

import (
	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

const operationColumns = `o.id, o.binding, o.kind, o.entity, o.currency, o.revision, o.item, o.idempotency_id, o.reference, o.target,
	o.body, o.body_hash, o.sent_digests, o.total, o.tax, o.policy_version, o.priority, o.state, o.was_in_doubt, o.attempt, o.fence_token,
	o.first_sent_at, o.reason, o.source_field, o.sage_id, o.hint, o.sent_at, o.refused, o.settled_as,
	NOT o.not_in_sage AND EXISTS (SELECT FROM left_in_sage l WHERE l.binding = o.binding AND l.kind = o.kind
		AND (l.reference_key = o.reference_key OR o.kind = 'allocate_credit_note')) AS history_lost`

// oneOperation reads the one row of a query of operationColumns; pgx.ErrNoRows when there
// is none.
func oneOperation(rows pgx.Rows, err error) (work.Operation, error) {
	if err != nil {
		return work.Operation{}, err
	}
	return pgx.CollectOneRow(rows, pgx.RowToStructByName[work.Operation])
}
