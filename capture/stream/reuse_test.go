package stream

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A batch is filled again once it is released, and so is the memory of records that are
// acknowledged. The same transactions are streamed twice: with memory that nobody uses again,
// and with memory that is overwritten at once. Topics and everything remembered are the same.
func TestNothingIsKeptOfABatchThatWasReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept, used := stream(t, false), stream(t, true)
		for place, records := range kept.topics {
			if !reflect.DeepEqual(used.topics[place], records) {
				t.Errorf("%s has\n%s\nwant\n%s", place, used.topics[place], records)
			}
		}
		if !reflect.DeepEqual(used.remembered, kept.remembered) {
			t.Errorf("remembered are\n%v\nwant\n%v", used.remembered, kept.remembered)
		}
		if n := len(kept.topics["t.sales/0"]) + len(kept.topics["t.sales/1"]); n < 20 {
			t.Errorf("only %d records of sales were compared", n)
		}
	})
}

// A streamed is what came of some transactions.
type streamed struct {
	topics     map[string][]string
	remembered []any
}

// change is a row before and after, by the values of its key, its root and what it is filtered by.
type rowChange struct {
	table         string
	before, after []string
}

// reuseCase is transactions with everything in it that outlives its batch: parents and
// attributes, which are learned; orphans and deleted parents, which are remembered; moved
// rows, deletes and their tombstones.
var reuseCase = [][]rowChange{
	{{"eav_attribute", nil, []string{"77", "", "vat_office"}}, {"customer_entity", nil, []string{"5", "", ""}}},
	{{"sales_order", nil, []string{"7", "", ""}}, {"sales_order", nil, []string{"8", "", ""}}, {"sales_invoice", nil, []string{"70", "7", ""}}},
	{{"customer_entity_varchar", nil, []string{"50", "5", "77"}}, {"customer_entity_varchar", nil, []string{"51", "5", "78"}}},
	{{"sales_invoice_item", nil, []string{"700", "70", ""}}, {"sales_invoice_item", nil, []string{"999", "99", ""}}},
	{{"sales_order_item", []string{"1", "7", ""}, []string{"1", "8", ""}}, {"sales_order", []string{"7", "", ""}, []string{"7", "", ""}}},
	{{"sales_order", []string{"8", "", ""}, []string{"9", "", ""}}, {"sales_order_payment", []string{"3", "7", ""}, nil}},
	{{"sales_invoice", []string{"70", "7", ""}, nil}, {"customer_entity", []string{"5", "", ""}, nil}},
}

// stream streams reuseCase, a batch for each row. Where memory is used again, each batch is the
// same one, and is overwritten behind the streamer; so is what the broker has taken.
func stream(t *testing.T, again bool) streamed {
	t.Helper()
	free := make(chan *row.Batch, 1)
	s, out := reuseStreamer(t, again)
	var touched []string
	s.Watch(func(_ string, key []byte) { touched = append(touched, string(key)) })
	take := func(fill func(b *row.Batch) row.Event) {
		b := row.NewBatch(nil)
		if again {
			select {
			case b = <-free:
			default:
				b = row.NewBatch(free)
			}
		}
		b.Events = append(b.Events, fill(b))
		if err := s.take(t.Context(), b, true); err != nil {
			t.Fatal(err)
		}
		if again {
			spoil(t, <-free)
		}
	}
	log := &script{}
	for _, transaction := range reuseCase {
		take(func(*row.Batch) row.Event {
			log.gtid++
			return row.Event{Step: row.Begin, At: log.at(), GTID: fmt.Sprintf("0-1-%d", log.gtid), TSMS: 1000}
		})
		for _, c := range transaction {
			take(func(b *row.Batch) row.Event {
				layout := reuseLayout(t, c.table)
				mark := b.Mark()
				b.Change(row.Change{Before: reuseImage(b, layout, c.before), After: reuseImage(b, layout, c.after)})
				return row.Event{Step: row.Rows, At: log.at(), Layout: layout, Changes: b.Since(mark)}
			})
		}
		take(func(*row.Batch) row.Event {
			return row.Event{Step: row.Commit, At: log.at(), Executed: fmt.Sprintf("0-1-%d", log.gtid)}
		})
		if log.gtid%2 == 1 {
			continue // records of several transactions wait together
		}
		if err := s.publisher.flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	remembered := []any{s.bereft.saved(), s.bereft.savedSevered(), s.awaited.saved(), s.Recent(), touched, s.filled, s.router.filter.attributes}
	if err := s.publisher.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return streamed{out.texts(), remembered}
}

func reuseStreamer(t *testing.T, again bool) (*Streamer, *notebook) {
	t.Helper()
	out := newNotebook()
	var producer Producer = out
	if again {
		producer = spoiler{out}
	}
	r := newStillRig(t)
	s := r.streamer
	s.publisher.out, s.recent = producer, &recentRows{}
	var err error
	if s.router, err = newRouter(&fakeShop{codes: map[string]string{"78": "other"}}, map[string][]string{change.AggregateCustomer: {"vat_office"}}, s.router.filter.carts, s.metrics.orphans); err != nil {
		t.Fatal(err)
	}
	return s, out
}

// spoil overwrites what a batch has held, and makes it empty again.
func spoil(t *testing.T, b *row.Batch) {
	t.Helper()
	layout := reuseLayout(t, "sales_order")
	for range 64 {
		img := b.Image(layout, func(dst []byte, _ int) []byte { return append(dst, bytes.Repeat([]byte{'x'}, 100)...) })
		b.Change(row.Change{Before: img, After: img})
	}
	b.Release()
}

// A spoiler overwrites the records that its broker has taken, as the next ones will.
type spoiler struct{ *notebook }

func (s spoiler) Produce(ctx context.Context, name string, partition int, records []topic.Record) (int64, error) {
	base, err := s.notebook.Produce(ctx, name, partition, records)
	for _, r := range records {
		spoilBytes(r.Key)
		if r.Header(change.HeaderKind) == "" {
			spoilBytes(r.Value)
		}
	}
	return base, err
}

func spoilBytes(b []byte) {
	for i := range b {
		b[i] = 'x'
	}
}

func reuseLayout(t *testing.T, name string) *row.Layout {
	t.Helper()
	table := mustTable(t, name)
	kinds := map[string]row.Kind{}
	for _, column := range table.Columns {
		kinds[column] = row.Text
	}
	layout, err := row.NewLayout(table, kinds)
	if err != nil {
		t.Fatal(err)
	}
	return layout
}

// reuseImage builds an image in a batch from the values of its key, its root and what it is
// filtered by; nil is no image.
func reuseImage(b *row.Batch, l *row.Layout, values []string) *row.Image {
	if values == nil {
		return nil
	}
	return b.Image(l, func(dst []byte, i int) []byte {
		switch name := l.Columns[i].Name; {
		case name == l.Table.PK[0]:
			return append(dst, values[0]...)
		case name == l.Table.Root.Column:
			return append(dst, values[1]...)
		case name == l.Table.FilterColumn && l.Table.Name == magento.AttributeTable:
			return row.AppendString(dst, []byte(values[2]))
		case name == l.Table.FilterColumn:
			return append(dst, values[2]...)
		default:
			return row.AppendString(dst, []byte(name+" of "+values[0]))
		}
	})
}

// texts are the records of each partition.
func (n *notebook) texts() map[string][]string {
	all := map[string][]string{}
	for place, records := range n.at {
		for _, r := range records {
			text := fmt.Sprintf("%s = %s", r.Key, r.Value)
			for _, h := range r.Headers {
				text += fmt.Sprintf(" %s:%s", h.Key, h.Value)
			}
			all[place] = append(all[place], text)
		}
	}
	return all
}
