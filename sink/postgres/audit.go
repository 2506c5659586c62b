package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"
)

// An auditEntry is one entry of the audit trail. It holds ids, reasons and totals, never
// a name, an address or a token.
type auditEntry struct {
	Binding string
	Entity  string
	Event   string // "operation confirmed"
	Detail  map[string]string
}

func audit(ctx context.Context, tx pgx.Tx, e auditEntry) error {
	if e.Detail == nil {
		e.Detail = map[string]string{}
	}
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO audit (binding, entity, event, detail) VALUES ($1, $2, $3, $4)`,
		e.Binding, e.Entity, e.Event, string(detail))
	return err
}
