package snapshot

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
)

// Rows reads the rows of some primary keys, by their String, in a view that has all that the
// log held before a place, and says how far the log had come, at the most; without such views,
// by a read that waits for who has locked them. Rows that no list has, where there is one, are
// none.
func Rows(ctx context.Context, views Source, layout *row.Layout, keys []Key, after position.From) (rows map[string]row.Image, at position.Position, err error) {
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
	rows = map[string]row.Image{}
	for some := range slices.Chunk(fitting(keys, layout.Table.PK), presentRows) {
		if err := granted(ctx, views, conn, func() error { return rowsOf(ctx, views, conn, layout, some, rows) }); err != nil {
			return nil, at, fmt.Errorf("read rows of %s: %w", layout.Table.Name, err)
		}
	}
	if !proved { // what was read is in the log by now
		at, err = views.OpenView(ctx, conn, after)
	}
	return rows, at, err
}

func rowsOf(ctx context.Context, views Source, conn *sql.Conn, layout *row.Layout, keys []Key, into map[string]row.Image) error {
	names, columns := make([]string, len(layout.Columns)), make([]string, len(layout.Columns))
	for i, c := range layout.Columns {
		names[i], columns[i] = c.Name, selected("t."+quote(c.Name), c.Kind == row.Float)
	}
	found, err := conn.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s t%s WHERE %s%s",
		strings.Join(columns, ", "), views.Qualified(layout.Table.Name), listed(views, layout.Table).join("t"), oneOf(layout.Table.PK, len(keys)), views.LocksToSee()), arguments(keys)...)
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
		var key []string
		for _, name := range layout.Table.PK {
			key = append(key, string(values[slices.Index(names, name)]))
		}
		_, into[strings.Join(key, keySeparator)] = layout.AppendSelected(nil, values)
	}
	return found.Err()
}
