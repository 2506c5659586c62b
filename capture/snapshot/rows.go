package snapshot

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
)

// Rows reads the rows of some primary keys in a view that has all that the log held before
// a place, and says how far the log had come, at the most; without such views, by a read that
// waits for who has locked them.
func Rows(ctx context.Context, views Source, layout *row.Layout, ids []uint64, after position.From) (rows map[uint64]row.Image, at position.Position, err error) {
	conn, err := views.Conn(ctx)
	if err != nil {
		return nil, at, fmt.Errorf("connect to read rows of %s: %w", layout.Table.Name, err)
	}
	defer conn.Close()
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	proved := views.LocksToSee() == ""
	if proved {
		if at, err = views.OpenView(ctx, conn, after); err != nil {
			return nil, at, err
		}
	}
	rows = map[uint64]row.Image{}
	for some := range slices.Chunk(ids, presentRows) {
		if err := granted(ctx, views, conn, func() error { return rowsOf(ctx, views, conn, layout, some, rows) }); err != nil {
			return nil, at, fmt.Errorf("read rows of %s: %w", layout.Table.Name, err)
		}
	}
	if !proved { // what was read is in the log by now
		at, err = views.OpenView(ctx, conn, after)
	}
	return rows, at, err
}

func rowsOf(ctx context.Context, views Source, conn *sql.Conn, layout *row.Layout, ids []uint64, into map[uint64]row.Image) error {
	names := make([]string, len(layout.Columns))
	for i, c := range layout.Columns {
		names[i] = selected(quote(c.Name), c.Kind == row.Float)
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	found, err := conn.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %s IN (?%s)%s",
		strings.Join(names, ", "), views.Qualified(layout.Table.Name), quote(layout.Table.PK[0]), strings.Repeat(",?", len(ids)-1), views.LocksToSee()), args...)
	if err != nil {
		return err
	}
	defer found.Close()
	raw, values := make([]sql.RawBytes, len(names)), make([][]byte, len(names))
	for at := pointers(raw); found.Next(); {
		if err := found.Scan(at...); err != nil {
			return err
		}
		for i := range raw {
			values[i] = raw[i]
		}
		img := keep(layout, values).Image
		id, err := strconv.ParseUint(string(img.PK), 10, 64)
		if err != nil {
			return err
		}
		into[id] = img
	}
	return found.Err()
}
