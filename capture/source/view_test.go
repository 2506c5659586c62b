package source

import (
	"context"
	"database/sql"
	"testing"

	"github.com/mage2sage/mage2sage/capture/position"
)

// oldViews gives real views and says of the first ones that they are too old.
type oldViews struct {
	dialect
	old, opened int
	before      func(n int)
}

func (v *oldViews) openView(ctx context.Context, conn *sql.Conn, after position.From) (position.Position, error) {
	v.opened++
	v.before(v.opened)
	at, err := v.dialect.openView(ctx, conn, after)
	if err == nil && v.opened <= v.old {
		err = errViewTooOld
	}
	return at, err
}

func TestAViewThatIsTooOldIsGivenBackAndTakenAgain(t *testing.T) {
	d := openForTest(t)
	name := "views_" + d.Name()
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name, "CREATE TABLE " + name + ".t (a int PRIMARY KEY)"} {
		if _, err := d.db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _, _ = d.db.Exec("DROP DATABASE " + name) })
	views := &oldViews{dialect: d.dialect, old: 2, before: func(n int) {
		if n == 3 { // after the views that are refused
			if _, err := d.db.Exec("INSERT INTO " + name + ".t VALUES (1)"); err != nil {
				t.Error(err)
			}
		}
	}}
	d.dialect = views
	conn, err := d.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if at, err := d.OpenView(t.Context(), conn, position.From{}); err != nil || at.File == "" {
		t.Fatalf("a view at %s, %v", at, err)
	}
	var rows int
	if err := conn.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+name+".t").Scan(&rows); err != nil || rows != 1 || views.opened != 3 {
		t.Errorf("%d rows after %d views, %v; want the row that only the third view sees", rows, views.opened, err)
	}
}

func TestAViewHasWhatTheLogHeldBeforeIt(t *testing.T) {
	d := openForTest(t)
	from, err := d.EndOfLog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := d.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	at, err := d.OpenView(t.Context(), conn, from)
	if err != nil || !at.Reached(from.At) {
		t.Errorf("a view of what the log held up to %s is at %s, %v", from.At, at, err)
	}
}
