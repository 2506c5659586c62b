package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// deleted deletes an order's row.
func (s *script) deleted(t *testing.T, ids ...string) {
	var changes []row.Change
	for _, id := range ids {
		img := orderImage(t, id)
		changes = append(changes, row.Change{Before: &img})
	}
	s.tell(row.Event{Step: row.Rows, At: s.at(), Layout: orderLayout(t), Changes: changes})
}

// task runs at the next boundary.
func (r *rig) task(t *testing.T, do func(context.Context) error) {
	t.Helper()
	if err := r.streamer.RunAtBoundary(t.Context(), position.Position{}, do); err != nil {
		t.Fatal(err)
	}
}

func TestWhatTheLogBringsMeanwhileIsNotPublishedAsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.begin()
		r.deleted(t, "3", "4")
		r.commit()
		var task Bereft
		r.task(t, func(ctx context.Context) (err error) { task, err = r.streamer.TakeBereft(ctx); return err })
		if !task.Roots[change.Sales]["order/3"] || !task.Roots[change.Sales]["order/4"] || task.Ends[change.Sales][0]+task.Ends[change.Sales][1] < 4 {
			t.Errorf("taken are %v up to %v, want both orders and what was published of them", task.Roots, task.Ends)
		}
		r.begin()
		r.order(t, "3")
		r.commit()
		synctest.Wait()
		before := len(r.sales())
		var gone []Gone
		for _, id := range []string{"3", "4"} {
			img := orderImage(t, id)
			gone = append(gone, Gone{Table: mustTable(t, "sales_order"), Root: change.Root("order/" + id), Key: img.Key, Row: img.JSON})
		}
		r.task(t, func(context.Context) error { return r.streamer.PublishGone(gone) })
		synctest.Wait()
		after := r.sales()
		if n := len(after) - before; n != 3 || !slices.ContainsFunc(after, func(s string) bool { return s == "order/4 5.9" }) || countOf(after, "order/3 ") != 3 {
			t.Errorf("published are %v; want a delete, a tombstone and a marker for order 4, and nothing for order 3", after)
		}
		r.stop(nil)
		<-r.done
		if got := r.saved(t).Bereft; len(got) > 0 {
			t.Errorf("the checkpoint has %v, and all of it was compared", got)
		}
	})
}

func countOf(all []string, prefix string) (n int) {
	for _, s := range all {
		if strings.HasPrefix(s, prefix) {
			n++
		}
	}
	return n
}

func TestMoreDeletedParentsThanAreFollowedEndTheStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.begin()
		var ids []string
		for id := range maxBereft + 1 {
			ids = append(ids, fmt.Sprint(id))
		}
		r.deleted(t, ids...)
		r.commit()
		synctest.Wait()
		r.stop(nil) // ends what has not ended
		var many *ParentsGoneError
		if err := <-r.done; !errors.As(err, &many) {
			t.Errorf("the stream ended with %v, want a ParentsGoneError", err)
		}
	})
}

func TestTheNewestMissingParentsAreAwaited(t *testing.T) {
	a := newAwaited(map[string][]uint64{"sales_invoice": {7}})
	for id := range uint64(maxAwaited + 10) {
		a.add("sales_creditmemo", 1000+id)
		a.add("sales_creditmemo", 1000+id)
	}
	again := newAwaited(a.saved())
	memos := again.saved()["sales_creditmemo"]
	if len(memos) != maxAwaited || memos[0] != 1010 || len(again.saved()["sales_invoice"]) != 1 {
		t.Errorf("%d from %d are remembered beside one, want the newest %d", len(memos), memos[0], maxAwaited)
	}
	a = again
	invoice := row.Image{PK: []byte("7")}
	if err := a.came(mustTable(t, "sales_creditmemo"), &invoice); err != nil {
		t.Errorf("another table's row: %v", err)
	}
	var late *LateParentError
	if err := a.came(mustTable(t, "sales_invoice"), &invoice); !errors.As(err, &late) {
		t.Errorf("the invoice came: %v, want a LateParentError", err)
	}
	a.deleted(mustTable(t, "sales_invoice"), &invoice)
	if err := a.came(mustTable(t, "sales_invoice"), &invoice); err != nil {
		t.Errorf("once the log has brought its delete: %v", err)
	}
}

func TestOnlyRowsOnWhichOthersHangLeaveABereftRoot(t *testing.T) {
	for table, want := range map[string]bool{
		"sales_order": true, "sales_invoice": true, "sales_invoice_item": false, "catalog_product_entity": true, "sequence_product": true,
		"catalog_product_bundle_option": true, "catalog_product_website": false, "inventory_reservation": false, "sales_payment_transaction": true,
		"store": true, "eav_attribute": true, "eav_attribute_option": true, "eav_attribute_option_value": false, "catalog_eav_attribute": false, "core_config_data": false, "tax_class": false,
	} {
		t.Run(table, func(t *testing.T) {
			b := newBereft(change.Checkpoint{})
			b.deleted(mustTable(t, table), "order/1", &row.Image{PK: []byte("1")})
			if got := b.count > 0; got != want {
				t.Errorf("its delete is followed: %v, want %v", got, want)
			}
		})
	}
}
