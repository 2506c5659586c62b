package snapshot

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// readBoth reads the rows of a query by texts and by database/sql.
func readBoth(t *testing.T, conn *sql.Conn, query string, args ...any) (ours, theirs [][][]byte) {
	t.Helper()
	err := texts(t.Context(), conn, query, args, func(values [][]byte) error {
		var row [][]byte
		for _, v := range values {
			row = append(row, bytes.Clone(v))
		}
		ours = append(ours, row)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := conn.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		row := make([][]byte, len(names))
		if err := rows.Scan(pointers(row)...); err != nil {
			t.Fatal(err)
		}
		theirs = append(theirs, row)
	}
	return ours, theirs
}

func TestARowOfTheDriverReadsAsByDatabaseSQL(t *testing.T) {
	conn := textConn(t)
	for name, columns := range map[string]string{
		"integers": "-7, CAST(18446744073709551615 AS UNSIGNED), 0, CAST(-9223372036854775808 AS SIGNED)",
		"decimals": "CAST(-12.3400 AS DECIMAL(12,4)), 0.10",
		"floats":   "1.5e0, 1e300, -0.1e0, 1e-7",
		"texts":    "'', 'a', REPEAT('x', 70000), NULL, 'Ü'",
		"times":    "CAST('2026-01-31 12:00:00' AS DATETIME), CAST('2026-01-31' AS DATE), CAST('12:00:00.5' AS TIME(1))",
		"bytes":    "X'00ff', CAST('{\"a\":1}' AS CHAR)",
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := readBoth(t, conn, "SELECT "+columns+", ? UNION ALL SELECT "+columns+", ?", "a", "b")
			if len(ours) != 2 || len(theirs) != 2 {
				t.Fatalf("%d and %d rows, want 2", len(ours), len(theirs))
			}
			for i := range ours {
				for j := range ours[i] {
					if !bytes.Equal(ours[i][j], theirs[i][j]) || (ours[i][j] == nil) != (theirs[i][j] == nil) {
						t.Errorf("row %d, column %d: %.40q, want %.40q", i, j, ours[i][j], theirs[i][j])
					}
				}
			}
		})
	}
}

func TestAConnectionCanBeUsedAgainWhenNotAllRowsWereRead(t *testing.T) {
	conn := textConn(t)
	enough := errors.New("enough")
	for range 3 {
		err := texts(t.Context(), conn, "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3", nil, func([][]byte) error { return enough })
		if !errors.Is(err, enough) {
			t.Fatal(err)
		}
	}
	if err := conn.PingContext(t.Context()); err != nil {
		t.Error(err)
	}
	if err := texts(t.Context(), conn, "SELECT nothing", nil, nil); err == nil {
		t.Error("what the server refuses is no error")
	}
	if err := conn.PingContext(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAReadEndsWithItsContext(t *testing.T) {
	conn := textConn(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := texts(ctx, conn, "SELECT SLEEP(60)", nil, func([][]byte) error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want that its time is over", err)
	}
}

// A scripted driver answers every query with some rows of one column, and then an error.
type scripted struct {
	values []driver.Value
	err    error
}

func (s *scripted) Connect(context.Context) (driver.Conn, error) { return s, nil }
func (s *scripted) Driver() driver.Driver                        { return nil }
func (s *scripted) Prepare(string) (driver.Stmt, error)          { return nil, errors.ErrUnsupported }
func (s *scripted) Begin() (driver.Tx, error)                    { return nil, errors.ErrUnsupported }
func (s *scripted) Close() error                                 { return nil }
func (s *scripted) Columns() []string                            { return []string{"a"} }

func (s *scripted) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return s, nil
}

func (s *scripted) Next(row []driver.Value) error {
	if len(s.values) == 0 {
		return s.err
	}
	row[0], s.values = s.values[0], s.values[1:]
	return nil
}

func TestAReadThatBreaksOffIsNoTablesEnd(t *testing.T) {
	away := errors.New("the server has gone away")
	for name, c := range map[string]struct {
		script scripted
		rows   int
		says   string // "" is the end
	}{
		"all rows":                   {scripted{[]driver.Value{int64(1), nil}, io.EOF}, 2, ""},
		"an error behind a row":      {scripted{[]driver.Value{int64(1)}, away}, 1, "gone away"},
		"an error before any":        {scripted{nil, away}, 0, "gone away"},
		"a value of an unknown type": {scripted{[]driver.Value{int64(1), time.Time{}}, io.EOF}, 1, "column 1 is read as time.Time"},
	} {
		t.Run(name, func(t *testing.T) {
			db := sql.OpenDB(&c.script)
			defer db.Close()
			conn, err := db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			rows := 0
			err = texts(t.Context(), conn, "SELECT a FROM t", nil, func([][]byte) error { rows++; return nil })
			if rows != c.rows || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%d rows and %v, want %d and %q", rows, err, c.rows, c.says)
			}
		})
	}
}

func textConn(t *testing.T) *sql.Conn {
	t.Helper()
	db, err := sql.Open("mysql", servers.SourceForTest(t)+"?interpolateParams=true&collation=utf8mb4_general_ci")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestTheLastKeyIsThatOfTheRowAtWhichAReadStopped(t *testing.T) {
	conn := textConn(t)
	run := func(statement string) {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	table := "texts_" + strings.ToLower(rand.Text())
	run("CREATE DATABASE " + table)
	t.Cleanup(func() { _, _ = conn.ExecContext(context.WithoutCancel(t.Context()), "DROP DATABASE "+table) })
	run("CREATE TABLE " + table + ".t (k VARCHAR(20) PRIMARY KEY, v TEXT)")
	for n := range 20 {
		run(fmt.Sprintf("INSERT INTO %s.t VALUES ('key %02d', REPEAT('x', 20000))", table, n))
	}
	r := Range{Table: table + ".t", Columns: []string{"v", "k"}, PK: []string{"k"}, Until: []string{"key 99"}, Limit: 100}
	enough := errors.New("enough")
	var c Chunk
	err := read(t.Context(), conn, r, &c, func([][]byte) error {
		if c.Rows == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || !slices.Equal(c.Last, []string{"key 02"}) {
		t.Errorf("the last key is %q (%v), want that of the third row", c.Last, err)
	}
}
