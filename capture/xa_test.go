package capture

import (
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
)

const prepareX = "XA START 'x'; INSERT INTO m2_sales_order (entity_id, state) VALUES (1, 'new'); XA END 'x'; XA PREPARE 'x'"

func TestAPreparedTransactionIsPublishedWithItsCommitAlone(t *testing.T) {
	for name, c := range map[string]struct {
		complete string
		rows     int
	}{
		"committed":   {"XA COMMIT 'x'", 2},
		"rolled back": {"XA ROLLBACK 'x'", 1},
	} {
		t.Run(name, func(t *testing.T) {
			s, r := streaming(t)
			conn, err := s.db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.ExecContext(t.Context(), prepareX); err != nil {
				t.Fatal(err)
			}
			s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (2, 'new')")
			r.caughtUp(s)
			if n := len(of(t, r.records(change.Sales), "sales_order")); n != 1 {
				t.Errorf("%d orders are published while one of two is only prepared", n)
			}
			if _, err := conn.ExecContext(t.Context(), c.complete); err != nil {
				t.Fatal(err)
			}
			r.caughtUp(s)
			if rows := r.sameAsShop(s); rows != c.rows {
				t.Errorf("%d orders, want %d", rows, c.rows)
			}
			r.unbroken()
		})
	}
}

func TestATransactionPreparedBeforeOurStartIsReadAgainOnceItIsCommitted(t *testing.T) {
	s, r := streaming(t)
	conn, err := s.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), prepareX); err != nil {
		t.Fatal(err)
	}
	r.caughtUp(s)
	r.halt()
	again := start(t, s.config, r.stage.Topics, r.stage.Names)
	again.caughtUp(s)
	first := again.state().Checkpoint.Epoch
	if _, err := conn.ExecContext(t.Context(), "XA COMMIT 'x'"); err != nil {
		t.Fatal(err)
	}
	until(t, "a new epoch began", func() bool { again.alive(); return again.state().Checkpoint.Epoch > first })
	again.snapshotDone()
	if rows := again.sameAsShop(s); rows != 1 {
		t.Errorf("%d orders, want the one that was committed", rows)
	}
}
