package postgres_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/sink/work"
)

// TestABacklogGoesByUrgency plans two operations of each kind in the wrong order, and has the sending
// of two be in doubt.
func TestABacklogGoesByUrgency(t *testing.T) {
	t.Parallel()
	db, dsn := open(t)
	insert := func(kind work.OperationKind, n int, state string) {
		info, err := kind.Info()
		if err != nil {
			t.Fatal(err)
		}
		exec(t, dsn, fmt.Sprintf(`
			INSERT INTO operations (binding, business, kind, entity, revision, item, idempotency_id, body, body_hash, policy_version, priority, state)
			VALUES ('b', 'biz', '%s', '%d', 1, 'invoice:1', '%[1]s %[2]d', '{}', '', 1, %d, '%s')`, kind, n, info.Priority, state))
	}
	changes := []work.OperationKind{work.VoidInvoice, work.ChangeContact, work.VoidCreditNote}
	documents := []work.OperationKind{work.CreateContact, work.CreateInvoice, work.CreateCreditNote}
	payments := []work.OperationKind{work.RefundCreditNote, work.CreatePayment, work.AllocateCreditNote}
	for n := range 2 {
		for _, kind := range slices.Concat(changes, documents, payments) {
			insert(kind, n, "planned")
		}
	}
	insert(work.ChangeContact, 7, "in_doubt")
	insert(work.CreateInvoice, 8, "in_doubt")
	want := []string{"change_contact 7", "create_invoice 8"}
	for _, group := range [][]work.OperationKind{payments, documents, changes} {
		for n := range 2 {
			for _, kind := range group {
				want = append(want, fmt.Sprintf("%s %d", kind, n))
			}
		}
	}
	var got []string
	for range want {
		o, ok, err := next(t, db)
		if err != nil || !ok {
			t.Fatalf("after %v: %v, %v", got, ok, err)
		}
		got = append(got, fmt.Sprintf("%s %s", o.Kind, o.Entity))
		exec(t, dsn, fmt.Sprintf("UPDATE operations SET state = 'confirmed' WHERE id = %d", o.ID))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("look-ups of what is in doubt, then payments, documents with their contacts, and changes, each in its order (-want +got):\n%s", diff)
	}
}
