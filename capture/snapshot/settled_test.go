package snapshot

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// unproved is a source whose views prove nothing, as MySQL's without GTIDs.
type unproved struct {
	ordersAlone
	mysql    bool
	refusals int
}

func (u unproved) LocksToSee() string {
	if u.mysql {
		return " FOR SHARE NOWAIT"
	}
	return " LOCK IN SHARE MODE NOWAIT" // which the tests ask of MariaDB too
}

func (u *unproved) LockRefused(err error) bool {
	refused := u.ordersAlone.LockRefused(err)
	if refused {
		u.refusals++
	}
	return refused
}

// aSourceWithoutProof is aTableOfThree on such a source.
func aSourceWithoutProof(t *testing.T) (*Snapshotter, *fakeStream, *unproved) {
	t.Helper()
	s, f := aTableOfThree(t)
	u := &unproved{ordersAlone: s.Source.(ordersAlone), mysql: servers.MySQLForTest(t)}
	s.Source = u
	return s, f, u
}

func TestAWindowThatProvesTheViewsStaysOpenFromChunkToChunk(t *testing.T) {
	s, f, _ := aSourceWithoutProof(t)
	times := 0
	f.between = func() {
		if times++; times == 1 { // long before the chunk that has row 3
			f.touched("sales_order", []byte(`{"table":"sales_order","pk":{"entity_id":3}}`))
		}
	}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"snapshot_begin sales", "sales_order 1", "sales_order 2", "snapshot_end sales"}; !slices.Equal(f.did, want) {
		t.Errorf("published %q, want %q: the log has brought row 3 since the window opened", f.did, want)
	}
}

// A row that was touched before a domain's beginning has a version that counts as gone
// after its end, so that the snapshot must bring it.
func TestEveryDomainHasAWindowOfItsOwn(t *testing.T) {
	s, f, _ := aSourceWithoutProof(t)
	s.lasting = newWindow("")
	s.lasting.stop = f.Watch(s.lasting.touch)
	s.lasting.touch("sales_order", []byte(`{"table":"sales_order","pk":{"entity_id":2}}`))
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"snapshot_begin sales", "sales_order 1", "sales_order 2", "sales_order 3", "snapshot_end sales"}; !slices.Equal(f.did, want) {
		t.Errorf("published %q, want %q", f.did, want)
	}
	if len(f.watches) > 0 {
		t.Errorf("%d windows are open behind the snapshot", len(f.watches))
	}
}

func TestAWindowThatOverflowedIsOpenedAnew(t *testing.T) {
	s, f, _ := aSourceWithoutProof(t)
	times := 0
	f.between = func() {
		if times++; times == 1 {
			for i := range maxTouched + 2 {
				f.touched("sales_order", fmt.Append(nil, i))
			}
		}
	}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"snapshot_begin sales", "sales_order 1", "sales_order 2", "sales_order 3", "snapshot_end sales"}; !slices.Equal(f.did, want) {
		t.Errorf("published %q, want %q", f.did, want)
	}
	if len(f.watches) > 0 {
		t.Errorf("%d windows are open behind the snapshot", len(f.watches))
	}
}

// What the log has of a table's end may be locked when the end is looked for.
func TestTheEndOfATableHasWhatTheLogBroughtLately(t *testing.T) {
	s, f, u := aSourceWithoutProof(t)
	conn, err := u.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, statement := range []string{"START TRANSACTION", "INSERT INTO " + u.Qualified("sales_order") + " VALUES (4)"} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	f.recent = map[string][]string{"sales_order": {"4"}}
	s.Source = &refusing{unproved: u, commit: func() {
		if _, err := conn.ExecContext(context.Background(), "COMMIT"); err != nil {
			t.Error(err)
		}
	}}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"snapshot_begin sales", "sales_order 1", "sales_order 2", "sales_order 3", "sales_order 4", "snapshot_end sales"}; !slices.Equal(f.did, want) {
		t.Errorf("published %q, want %q: row 4 was in the log before the snapshot", f.did, want)
	}
}

func TestARowThatTheLogBroughtLatelyIsWaitedForUntilItsTransactionIsCommitted(t *testing.T) {
	s, f, u := aSourceWithoutProof(t)
	table := u.Qualified("sales_order")
	conn, err := u.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, statement := range []string{"START TRANSACTION", "DELETE FROM " + table + " WHERE entity_id = 2"} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	f.recent = map[string][]string{"sales_order": {"1", "2", "3", "4"}, "no_table_of_ours": {"7"}}
	s.Source = &refusing{unproved: u, commit: func() {
		if _, err := conn.ExecContext(context.Background(), "COMMIT"); err != nil {
			t.Error(err)
		}
	}}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"snapshot_begin sales", "sales_order 1", "sales_order 3", "snapshot_end sales"}; !slices.Equal(f.did, want) {
		t.Errorf("published %q, want %q: row 2 was deleted by a transaction that the log has", f.did, want)
	}
	if u.refusals < 2 {
		t.Errorf("%d reads were refused, want the row that is locked read again until it is not", u.refusals)
	}
}

// refusing commits the transaction that holds the lock when a read has been refused twice.
type refusing struct {
	*unproved
	commit func()
}

func (r *refusing) LockRefused(err error) bool {
	refused := r.unproved.LockRefused(err)
	if refused && r.refusals == 2 {
		r.commit()
	}
	return refused
}

func TestWithoutProofASnapshotWaitsForWhatMayBeCommittedLate(t *testing.T) {
	s, f, _ := aSourceWithoutProof(t)
	s.Settle = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx); err == nil || len(f.did) > 0 {
		t.Errorf("it ended with %v and published %q, want it to wait first", err, f.did)
	}
	s.Settle, f.did = 0, nil
	s.Source = s.Source.(*unproved).ordersAlone
	if err := s.rest(ctx, time.Now().Add(time.Hour)); err != nil {
		t.Errorf("where the views are proved there is nothing to wait for: %v", err)
	}
}

func TestAPresenceWithoutProofIsReadWithALock(t *testing.T) {
	_, _, u := aSourceWithoutProof(t)
	orders, _ := magento.ByName("sales_order")
	present, err := Present(t.Context(), u, orders, []Key{{uint64(1)}, {uint64(9)}}, position.From{})
	if err != nil || !present["1"].Row || present["9"].Row {
		t.Errorf("present are %v, %v; want 1 and not 9", present, err)
	}
}
