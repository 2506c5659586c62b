package snapshot

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A Listed is a table that lists which rows of another one are read: those whose Child it has
// in Key, which is its primary key. It is joined, and no subquery: a locking read locks its
// rows as well, so that it sees all that is in the log.
type Listed struct {
	Table string // quoted
	Key   string
	Child string
}

// listed is the list that a table's filter wants; nil where it wants none.
func listed(source Source, t magento.Table) *Listed {
	if t.Filter != magento.NegotiatedCarts {
		return nil
	}
	return &Listed{Table: source.Qualified(magento.NegotiableTable), Key: magento.NegotiableKey, Child: t.FilterColumn}
}

// join is its part of a FROM, behind a table under an alias; "" for nil.
func (l *Listed) join(alias string) string {
	if l == nil {
		return ""
	}
	return " JOIN " + l.Table + " AS l ON l." + quote(l.Key) + " = " + alias + "." + quote(l.Child)
}

// Negotiated are the carts whose price is negotiated, in a view that has all that the log held
// before a place, and how far the log had come, at the most; without such views, by a read that
// waits for who has locked them.
func Negotiated(ctx context.Context, source Source, after position.From) (carts []uint64, at position.Position, err error) {
	conn, err := source.Conn(ctx)
	if err != nil {
		return nil, at, fmt.Errorf("connect to list negotiated carts: %w", err)
	}
	defer conn.Close()
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	proved := source.LocksToSee() == ""
	if proved {
		if at, err = source.OpenView(ctx, conn, after); err != nil {
			return nil, at, err
		}
	}
	for last, more := uint64(0), true; more; {
		var some []uint64
		err := granted(ctx, source, conn, func() (err error) { some, err = negotiatedBehind(ctx, source, conn, last); return err })
		if err != nil {
			return nil, at, fmt.Errorf("list negotiated carts: %w", err)
		}
		carts = append(carts, some...)
		if more = len(some) == presentRows; more {
			last = some[len(some)-1]
		}
	}
	if !proved { // what was read is in the log by now
		at, err = source.OpenView(ctx, conn, after)
	}
	return carts, at, err
}

// negotiatedBehind are the next ones behind a number.
func negotiatedBehind(ctx context.Context, source Source, conn *sql.Conn, last uint64) (carts []uint64, err error) {
	key := quote(magento.NegotiableKey)
	rows, err := conn.QueryContext(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %s > ? ORDER BY %s LIMIT %d%s",
		key, source.Qualified(magento.NegotiableTable), key, key, presentRows, source.LocksToSee()), last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id uint64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		carts = append(carts, id)
	}
	return carts, rows.Err()
}
