package snapshot

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// presentRows is how many rows are asked for at once.
const presentRows = 1000

// A Key is a primary key: the value of each column, a number or a text, in the key's order.
type Key []any

// String tells keys of one table apart.
func (k Key) String() string {
	var all []string
	for _, value := range k {
		all = append(all, fmt.Sprint(value))
	}
	return strings.Join(all, keySeparator)
}

// First is the JSON of the first column.
func (k Key) First() string {
	if text, ok := k[0].(string); ok {
		return string(row.AppendString(nil, []byte(text)))
	}
	return fmt.Sprint(k[0])
}

const keySeparator = "\x00"

// ReadKey reads the primary key of a record's key: {"product_id":7,"website_id":1}.
func ReadKey(pk json.RawMessage) (k Key, err error) {
	d := json.NewDecoder(bytes.NewReader(pk))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.Join(errNoKey, err)
	}
	for d.More() {
		if _, err := d.Token(); err != nil {
			return nil, errors.Join(errNoKey, err)
		}
		value, err := d.Token()
		if err != nil {
			return nil, errors.Join(errNoKey, err)
		}
		switch v := value.(type) {
		case string:
			k = append(k, v)
		case json.Number:
			n, err := number(v.String())
			if err != nil {
				return nil, errors.Join(errNoKey, err)
			}
			k = append(k, n)
		default:
			return nil, errNoKey
		}
	}
	if len(k) == 0 {
		return nil, errNoKey
	}
	return k, nil
}

// number is one that a key column holds: an integer, with a sign or not.
func number(text string) (any, error) {
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return n, nil
	}
	return strconv.ParseInt(text, 10, 64)
}

var errNoKey = errors.New("this is no primary key")

// A Presence is what a table has of a row.
type Presence struct {
	Row bool
	// Orphan is the parent's id in the row when the table has the row and not its parent.
	Orphan uint64
}

// Present tells what a table has of some primary keys, by their String, in a read view that
// has all that the log held before a place; without such views, by a read that waits for who
// has locked them. A key of other columns than the table's is in none, and neither is a row
// that the table's filter keeps because no list has it.
func Present(ctx context.Context, source Source, t magento.Table, keys []Key, after position.From) (present map[string]Presence, err error) {
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
	return presentAmong(ctx, source, conn, t, keys)
}

// presentAmong asks for some rows after the other.
func presentAmong(ctx context.Context, source Source, conn *sql.Conn, t magento.Table, keys []Key) (present map[string]Presence, err error) {
	present = map[string]Presence{}
	for some := range slices.Chunk(fitting(keys, t.PK), presentRows) {
		query := presenceQuery(source, t, len(some))
		err = granted(ctx, source, conn, func() error { return presentOf(ctx, conn, query, some, present) })
		if err != nil {
			return nil, fmt.Errorf("look for rows of %s: %w", t.Name, err)
		}
	}
	return present, nil
}

// presenceQuery asks for n rows: what they hang on, whether that is a root or a parent that
// has one, and their primary keys.
func presenceQuery(source Source, t magento.Table, n int) string {
	hangs, placed, join := "0", "1", listed(source, t).join("t")
	if r := t.Root; r.Parent != "" {
		hangs, placed = "t."+quote(r.Column), "p."+quote(r.ParentRoot)+" IS NOT NULL"
		join += fmt.Sprintf(" LEFT JOIN %s p ON p.%s = t.%s", source.Qualified(r.Parent), quote(r.ParentKey), quote(r.Column))
	}
	return fmt.Sprintf("SELECT %s, %s, %s FROM %s t%s WHERE %s%s",
		hangs, placed, quoted("t", t.PK), source.Qualified(t.Name), join, oneOf(t.PK, n), source.LocksToSee())
}

// oneOf compares a key with n others. A composite key is spelled out, because MariaDB uses no
// index for rows in an IN.
func oneOf(pk []string, n int) string {
	if len(pk) == 1 {
		return "t." + quote(pk[0]) + " IN (?" + strings.Repeat(",?", n-1) + ")"
	}
	one := strings.Join(mapped(pk, func(c string) string { return "t." + quote(c) + " = ?" }), " AND ")
	return one + strings.Repeat(" OR "+one, n-1)
}

// fitting are the keys of as many columns as a primary key has: a shop's may have changed.
func fitting(keys []Key, pk []string) []Key {
	return slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return len(k) != len(pk) })
}

func arguments(keys []Key) (args []any) {
	for _, k := range keys {
		args = append(args, k...)
	}
	return args
}

func presentOf(ctx context.Context, conn *sql.Conn, query string, keys []Key, into map[string]Presence) error {
	rows, err := conn.QueryContext(ctx, query, arguments(keys)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var hangs sql.Null[uint64]
		var placed bool
		texts := make([]string, len(keys[0]))
		if err := rows.Scan(append([]any{&hangs, &placed}, pointers(texts)...)...); err != nil {
			return err
		}
		p := Presence{Row: true}
		if !placed {
			p.Orphan = hangs.V
		}
		into[strings.Join(texts, keySeparator)] = p
	}
	return rows.Err()
}
