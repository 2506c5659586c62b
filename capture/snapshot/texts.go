package snapshot

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// texts calls each for each row of a query, with the text of every column, nil for NULL. They
// are valid until each returns. The rows are the driver's own: by way of database/sql, every
// value would be looked at and copied once more, and a snapshot reads them by the hundred
// million.
func texts(ctx context.Context, conn *sql.Conn, query string, args []any, each func(values [][]byte) error) error {
	return conn.Raw(func(c any) (err error) {
		asked, ok := c.(driver.QueryerContext)
		if !ok {
			return fmt.Errorf("a connection of the type %T asks nothing", c)
		}
		rows, err := asked.QueryContext(ctx, query, named(args))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		row := newTextRow(len(rows.Columns()))
		for {
			switch err := rows.Next(row.values); {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return err
			}
			if err := row.write(); err != nil {
				return err
			}
			if err := each(row.texts); err != nil {
				return err
			}
		}
	})
}

func named(args []any) []driver.NamedValue {
	all := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		all[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
	}
	return all
}

// A textRow is one row, as the driver has read it and as text.
type textRow struct {
	values  []driver.Value
	texts   [][]byte
	numbers []byte // that the driver has parsed, one after the other
}

func newTextRow(width int) *textRow {
	return &textRow{values: make([]driver.Value, width), texts: make([][]byte, width)}
}

// write makes texts of the values, as database/sql would.
func (r *textRow) write() error {
	r.numbers = r.numbers[:0]
	for i, value := range r.values {
		from := len(r.numbers)
		switch v := value.(type) {
		case nil:
			r.texts[i] = nil
			continue
		case []byte:
			r.texts[i] = v
			continue
		case int64:
			r.numbers = strconv.AppendInt(r.numbers, v, 10)
		case uint64:
			r.numbers = strconv.AppendUint(r.numbers, v, 10)
		case float32:
			r.numbers = strconv.AppendFloat(r.numbers, float64(v), 'g', -1, 32)
		case float64:
			r.numbers = strconv.AppendFloat(r.numbers, v, 'g', -1, 64)
		default:
			return fmt.Errorf("column %d is read as %T", i+1, v)
		}
		r.texts[i] = r.numbers[from:len(r.numbers):len(r.numbers)]
	}
	return nil
}
