package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

// ofBinding are the tables that know something of what a binding has in Sage, in the order in which
// they are emptied: what leads to the others goes last.
var ofBinding = []string{"left_in_sage", "duplicates", "xrefs", "operations", "sync_items", "oauth_tokens", "oauth_refreshes"}

// purgeable is the condition of a binding whose rows go: a person has disconnected it before $1, or
// they have begun to go.
const purgeable = `(b.state = 'disconnected' AND b.disconnected_at < $1 OR b.state = 'purged')`

// A BindingRows is how much is kept of a binding, by table; tables without a row are left out.
type BindingRows struct {
	Binding string         `json:"binding"`
	Tables  map[string]int `json:"tables"`
}

// Purgeable lists the bindings that were disconnected before a time, or one of them, with what goes of
// each. One of which nothing is left is not listed.
func (db *DB) Purgeable(ctx context.Context, before time.Time, only string) (all []BindingRows, err error) {
	names, err := db.purgeableNames(ctx, before, only)
	if err != nil {
		return nil, fmt.Errorf("list what is to be purged: %w", err)
	}
	for _, name := range names {
		rows := BindingRows{Binding: name, Tables: map[string]int{}}
		for _, table := range ofBinding {
			var n int
			if err := db.pool.QueryRow(ctx, `SELECT count(*) FROM `+table+` WHERE binding = $1`, name).Scan(&n); err != nil {
				return nil, fmt.Errorf("count %s: %w", table, err)
			}
			if n > 0 {
				rows.Tables[table] = n
			}
		}
		if len(rows.Tables) > 0 {
			all = append(all, rows)
		}
	}
	return all, nil
}

func (db *DB) purgeableNames(ctx context.Context, before time.Time, only string) ([]string, error) {
	rows, err := db.pool.Query(ctx, `SELECT name FROM bindings b WHERE `+purgeable+` AND ($2 = '' OR name = $2) ORDER BY name`, before, only)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// PurgeDisconnected deletes at most so many rows of a binding that was disconnected before a time;
// gone is how many went, 0 once nothing is left. With its first row the binding is closed for good:
// what it has in Sage is not known any more, so that nothing may ever be sent for it again.
func (db *DB) PurgeDisconnected(ctx context.Context, before time.Time, only string, limit int) (gone int, err error) {
	names, err := db.purgeableNames(ctx, before, only)
	if err != nil {
		return 0, fmt.Errorf("list what is to be purged: %w", err)
	}
	for _, name := range names {
		if gone, err = db.purgeBinding(ctx, name, before, limit); gone > 0 || err != nil {
			return gone, err
		}
	}
	return 0, nil
}

func (db *DB) purgeBinding(ctx context.Context, name string, before time.Time, limit int) (gone int, err error) {
	err = db.tx(ctx, func(tx pgx.Tx) error {
		gone = 0
		if err := lockOutPlanning(ctx, tx); err != nil {
			return err
		}
		var state work.BindingState
		// Locked, it cannot be connected meanwhile.
		if err := tx.QueryRow(ctx, `SELECT state FROM bindings b WHERE name = $2 AND `+purgeable+` FOR UPDATE`, before, name).Scan(&state); err != nil {
			return err
		}
		if state != work.Purged {
			if err := closeForGood(ctx, tx, name); err != nil {
				return err
			}
		}
		for _, table := range ofBinding {
			tag, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE ctid = ANY(ARRAY(SELECT ctid FROM `+table+` WHERE binding = $1 LIMIT $2))`, name, limit)
			if err != nil {
				return err
			}
			if gone = int(tag.RowsAffected()); gone > 0 {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("purge binding %s: %w", name, err)
	}
	return gone, nil
}

func closeForGood(ctx context.Context, tx pgx.Tx, name string) error {
	_, err := tx.Exec(ctx, `
		UPDATE bindings SET state = 'purged', hint = 'what it knew of Sage was deleted on ' || to_char(now(), 'YYYY-MM-DD') || ': import a binding of another name, with its own sync_since'
		WHERE name = $1`, name)
	if err != nil {
		return err
	}
	return audit(ctx, tx, auditEntry{Binding: name, Event: "binding purged", Detail: map[string]string{"tables": strings.Join(ofBinding, " ")}})
}
