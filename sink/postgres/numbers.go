package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

// mostNumbers bounds what is read of a shop whose stores all count alike.
const mostNumbers = 10_000

// NumbersOfSeveralStores lists the documents of a source, made at a time or later, whose
// number a document of another store has too, by number and store. Of a store's documents
// under one number it lists the last.
func (db *DB) NumbersOfSeveralStores(ctx context.Context, source string, since time.Time) ([]work.NumberedDocument, error) {
	rows, err := db.pool.Query(ctx, `
		WITH documents AS (
			SELECT kind, upper(btrim(body->>'increment_id')) AS number, website_id, store_id, (body->>'created_at') AS created_at FROM entities
			WHERE source = $1 AND order_id IS NOT NULL AND store_id IS NOT NULL AND NOT deleted AND body->>'created_at' >= $2)
		SELECT kind, number, website_id, store_id, max(created_at) AS created_at FROM documents
		WHERE (kind, number) IN (SELECT kind, number FROM documents WHERE number <> '' GROUP BY kind, number HAVING count(DISTINCT store_id) > 1)
		GROUP BY kind, number, website_id, store_id ORDER BY kind, number, store_id LIMIT $3`,
		source, since.UTC().Format(time.RFC3339), mostNumbers)
	if err != nil {
		return nil, fmt.Errorf("compare numbers: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[work.NumberedDocument])
	if err != nil {
		return nil, fmt.Errorf("compare numbers: %w", err)
	}
	return all, nil
}
