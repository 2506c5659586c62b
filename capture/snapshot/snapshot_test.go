package snapshot

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

func TestACompositeKeyIsComparedColumnByColumn(t *testing.T) {
	r := Range{Table: "`d`.`t`", Columns: []string{"a", "b", "x"}, PK: []string{"a", "b"}, After: []string{"1", "2"}, Until: []string{"8", "9"}, Limit: 5}
	query, args := r.query()
	want := "SELECT c.`a`, c.`b`, c.`x` FROM `d`.`t` AS c WHERE (c.`a` > ? OR (c.`a` = ? AND c.`b` > ?)) AND (c.`a` < ? OR (c.`a` = ? AND c.`b` <= ?)) ORDER BY c.`a`, c.`b` LIMIT 5"
	if query != want {
		t.Errorf("query\n%s\nwant\n%s", query, want)
	}
	if got := fmt.Sprint(args); got != "[1 1 2 8 8 9]" {
		t.Errorf("arguments %s", got)
	}
}

// database is an empty one on the test server.
func database(t *testing.T) (*sql.DB, string) {
	t.Helper()
	c, err := mysql.ParseDSN(servers.MariaDBForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	c.InterpolateParams = true
	db, err := sql.Open("mysql", c.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("snapshot_%x", rand.Uint32())
	exec(t, db, "CREATE DATABASE "+name)
	t.Cleanup(func() { exec(t, db, "DROP DATABASE "+name); db.Close() })
	return db, name
}

func exec(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.Exec(query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// always accepts any view.
func always(string, uint64) bool { return true }

// chunks reads a table to its end and lists each chunk's first column.
func chunks(t *testing.T, db *sql.DB, r Range) (all []string) {
	t.Helper()
	for {
		var rows []string
		c, err := Read(t.Context(), db, r, always, func(v [][]byte) error {
			text := "NULL"
			if v[len(v)-1] != nil {
				text = string(v[len(v)-1])
			}
			rows = append(rows, string(v[0])+":"+text)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Join(rows, " "))
		if c.Done {
			return all
		}
		r.After, r.Until = c.Last, c.Until
	}
}

func TestRangesCoverATableOnceUpToTheKeyThatWasItsLast(t *testing.T) {
	db, name := database(t)
	exec(t, db, "CREATE TABLE "+name+".t (a int unsigned PRIMARY KEY, p int, x varchar(5))")
	exec(t, db, "CREATE TABLE "+name+".parent (id int PRIMARY KEY, root int)")
	exec(t, db, "INSERT INTO "+name+".parent VALUES (1, 100)")
	r := Range{Table: name + ".t", Columns: []string{"a", "p", "x"}, PK: []string{"a"}, Limit: 2}
	if got := chunks(t, db, r); !slices.Equal(got, []string{""}) {
		t.Errorf("an empty table gives %q", got)
	}
	exec(t, db, "INSERT INTO "+name+".t VALUES (0,1,'a'), (5,1,NULL), (9,2,''), (4294967295,1,'z')")
	if got, want := chunks(t, db, r), []string{"0:a 5:NULL", "9: 4294967295:z"}; !slices.Equal(got, want) {
		t.Errorf("chunks %q, want %q", got, want)
	}
	r.Parent = &Parent{Table: name + ".parent", PK: "id", Child: "p", Column: "root"}
	if got, want := chunks(t, db, r), []string{"0:100 5:100", "9:NULL 4294967295:100"}; !slices.Equal(got, want) {
		t.Errorf("with their parent's column %q, want %q", got, want)
	}
	r.Until = []string{"5"}
	if got, want := chunks(t, db, r), []string{"0:100 5:100"}; !slices.Equal(got, want) {
		t.Errorf("up to 5 %q, want %q", got, want)
	}
}

func TestAViewThatIsTooOldIsGivenBackAndTakenAgain(t *testing.T) {
	db, name := database(t)
	exec(t, db, "CREATE TABLE "+name+".t (a int PRIMARY KEY)")
	asked := 0
	c, err := Read(t.Context(), db, Range{Table: name + ".t", Columns: []string{"a"}, PK: []string{"a"}, Limit: 10},
		func(file string, pos uint64) bool {
			if asked++; asked == 2 { // written after the view that is refused
				exec(t, db, "INSERT INTO "+name+".t VALUES (1)")
			}
			return asked == 3
		}, func([][]byte) error { return nil })
	if err != nil || asked != 3 || c.Rows != 1 || c.File == "" || c.Pos == 0 {
		t.Errorf("chunk %+v after %d views, %v; want the row that only the third view sees", c, asked, err)
	}
}
