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

// detail is the entry's detail as JSON.
func (e auditEntry) detail() (string, error) {
	if e.Detail == nil {
		return "{}", nil
	}
	detail, err := json.Marshal(e.Detail)
	return string(detail), err
}

const insertAudit = `INSERT INTO audit (binding, entity, event, detail) VALUES ($1, $2, $3, $4)`

func audit(ctx context.Context, tx execer, e auditEntry) error {
	detail, err := e.detail()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertAudit, e.Binding, e.Entity, e.Event, detail)
	return err
}

// queueAudit is audit in a batch.
func queueAudit(b *pgx.Batch, e auditEntry) error {
	detail, err := e.detail()
	if err == nil {
		b.Queue(insertAudit, e.Binding, e.Entity, e.Event, detail)
	}
	return err
}
