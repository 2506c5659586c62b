package store

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"
)

// A Note is one entry of the audit trail. It holds ids, reasons and totals, never
// a name, an address or a token.
type Note struct {
	Binding string
	Entity  string
	Event   string // "operation confirmed"
	Detail  map[string]string
}

func note(ctx context.Context, tx pgx.Tx, n Note) error {
	detail, err := json.Marshal(n.Detail)
	if err != nil {
		return err
	}
	if n.Detail == nil {
		detail = []byte("{}")
	}
	_, err = tx.Exec(ctx, `INSERT INTO audit (binding, entity, event, detail) VALUES ($1, $2, $3, $4)`,
		n.Binding, n.Entity, n.Event, string(detail))
	return err
}
