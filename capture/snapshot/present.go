package snapshot

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// presentRows is how many rows are asked for at once.
const presentRows = 1000

// A Presence is what a table has of a row.
type Presence struct {
	Row bool
	// Orphan is the parent's id in the row when the table has the row and not its parent.
	Orphan uint64
}

// Present tells what a table has of some primary keys, in a read view that has all that the
// log held before a place; without such views, by a read that waits for who has locked them.
func Present(ctx context.Context, source Source, t magento.Table, ids []uint64, after position.From) (present map[uint64]Presence, err error) {
	conn, err := source.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to look for rows of %s: %w", t.Name, err)
	}
	defer conn.Close()
	if source.LocksToSee() == "" {
		if _, err := source.OpenView(ctx, conn, after); err != nil {
			return nil, err
		}
		defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	}
	return presentAmong(ctx, source, conn, t, ids)
}

// presentAmong asks for some rows after the other.
func presentAmong(ctx context.Context, source Source, conn *sql.Conn, t magento.Table, ids []uint64) (present map[uint64]Presence, err error) {
	present = map[uint64]Presence{}
	for some := range slices.Chunk(ids, presentRows) {
		query := presenceQuery(source, t, len(some))
		err = granted(ctx, source, conn, func() error { return presentOf(ctx, conn, query, some, present) })
		if err != nil {
			return nil, fmt.Errorf("look for rows of %s: %w", t.Name, err)
		}
	}
	return present, nil
}

// presenceQuery asks for n rows: their primary keys, what they hang on, and whether that is
// a root or a parent that has one.
func presenceQuery(source Source, t magento.Table, n int) string {
	hangs, placed, join := "0", "1", ""
	if parent, has := magento.ByName(t.Root.Parent); has {
		hangs, placed = "t.`"+t.Root.Column+"`", "p.`"+parent.Root.Column+"` IS NOT NULL"
		join = fmt.Sprintf(" LEFT JOIN %s p ON p.`%s` = t.`%s`", source.Qualified(parent.Name), parent.PK[0], t.Root.Column)
	}
	return fmt.Sprintf("SELECT t.`%s`, %s, %s FROM %s t%s WHERE t.`%s` IN (?%s)%s",
		t.PK[0], hangs, placed, source.Qualified(t.Name), join, t.PK[0], strings.Repeat(",?", n-1), source.LocksToSee())
}

func presentOf(ctx context.Context, conn *sql.Conn, query string, ids []uint64, into map[uint64]Presence) error {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	rows, err := conn.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id uint64
		var hangs sql.Null[uint64]
		var placed bool
		if err := rows.Scan(&id, &hangs, &placed); err != nil {
			return err
		}
		p := Presence{Row: true}
		if !placed {
			p.Orphan = hangs.V
		}
		into[id] = p
	}
	return rows.Err()
}
