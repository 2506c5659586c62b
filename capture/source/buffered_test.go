package source

import (
	"fmt"
	"testing"
	"time"
)

func TestAnIdleConnectionThatTheServerHasEndedIsNotUsed(t *testing.T) {
	d := openForTest(t)
	one, err := d.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other, err := d.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var id int
	if err := one.QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&id); err != nil {
		t.Fatal(err)
	}
	one.Close()
	if _, err := other.ExecContext(t.Context(), fmt.Sprintf("KILL %d", id)); err != nil {
		t.Fatal(err)
	}
	for deadline, left := time.Now().Add(time.Minute), 1; left > 0 && time.Now().Before(deadline); {
		if err := other.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = ?", id).Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.db.ExecContext(t.Context(), "DO 1"); err != nil {
		t.Errorf("%v, want another connection", err)
	}
}
