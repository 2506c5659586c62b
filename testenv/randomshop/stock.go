package randomshop

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// A stock is what lies in the sources of one SKU, and what is reserved of it.
type stock struct {
	*sheet
	t            *rapid.T
	n            *numbers
	sku          string
	items        map[int]*lying // by source
	reservations []reservation
}

// lying is what lies in a source.
type lying struct {
	id       uint64
	quantity int
	inStock  bool
}

type reservation struct {
	id              uint64
	stock, quantity int
}

func drawStock(t *rapid.T, n *numbers, id uint64) Master {
	sku := fmt.Sprintf("Sku %d", id)
	s := &stock{sheet: newSheet(change.NewStockRoot(sku)), t: t, n: n, sku: sku, items: map[int]*lying{}}
	steps := []func(){s.count, s.count, s.order, s.order, s.ship, s.cleanUp, s.drop}
	for range rapid.IntRange(1, 12).Draw(t, "steps") {
		steps[rapid.IntRange(0, len(steps)-1).Draw(t, "step")]()
		s.commit()
	}
	return Master{s.root, s.done, s.shows()}
}

// count says what lies in a source.
func (s *stock) count() {
	source := rapid.IntRange(0, len(sources)-1).Draw(s.t, "source")
	quantity, inStock := rapid.IntRange(0, 90).Draw(s.t, "quantity"), rapid.IntRange(0, 4).Draw(s.t, "in stock") > 0
	row := columns{"source_code": sources[source].code, "sku": s.sku, "quantity": money.FromInt(int64(quantity)), "status": flag(inStock)}
	if item := s.items[source]; item != nil {
		item.quantity, item.inStock = quantity, inStock
		row["source_item_id"] = item.id
		s.update("inventory_source_item", row)
		return
	}
	id := next(&s.n.others)
	s.items[source] = &lying{id, quantity, inStock}
	row["source_item_id"] = id
	s.insert("inventory_source_item", row)
}

func (s *stock) order() {
	s.reserve(rapid.IntRange(1, 2).Draw(s.t, "stock"), -rapid.IntRange(1, 5).Draw(s.t, "ordered"))
}

// ship gives back what the oldest order reserved, and takes it out of a source that serves its
// stock.
func (s *stock) ship() {
	for _, r := range s.reservations {
		for source := range sources {
			if item := s.items[source]; item != nil && r.quantity < 0 && sources[source].stock == r.stock && sources[source].enabled {
				item.quantity += r.quantity
				s.update("inventory_source_item", columns{"source_item_id": item.id, "quantity": money.FromInt(int64(item.quantity))})
				s.reserve(r.stock, -r.quantity)
				return
			}
		}
	}
}

func (s *stock) reserve(stock, quantity int) {
	id := next(&s.n.others)
	s.reservations = append(s.reservations, reservation{id, stock, quantity})
	s.insert("inventory_reservation", columns{"reservation_id": id, "stock_id": stock, "sku": s.sku, "quantity": money.FromInt(int64(quantity))})
}

// cleanUp deletes the reservations of a stock where they come to nothing, as Magento's cron
// does.
func (s *stock) cleanUp() {
	for stock := 1; stock <= 2; stock++ {
		sum := 0
		for _, r := range s.reservations {
			if r.stock == stock {
				sum += r.quantity
			}
		}
		if sum != 0 {
			continue
		}
		var left []reservation
		for _, r := range s.reservations {
			if r.stock != stock {
				left = append(left, r)
				continue
			}
			s.delete("inventory_reservation", columns{"reservation_id": r.id})
		}
		s.reservations = left
	}
}

// drop takes the SKU out of a source.
func (s *stock) drop() {
	source := rapid.IntRange(0, len(sources)-1).Draw(s.t, "source")
	if item := s.items[source]; item != nil {
		s.delete("inventory_source_item", columns{"source_item_id": item.id})
		delete(s.items, source)
	}
}

// shows is what there is for sale in each stock that has something.
func (s *stock) shows() map[string]string {
	if len(s.items)+len(s.reservations) == 0 {
		return nil
	}
	out := map[string]string{"sku": s.sku}
	for stock := 1; stock <= 2; stock++ {
		reserved, salable, has := 0, 0, false
		for _, r := range s.reservations {
			if r.stock == stock {
				reserved += r.quantity
			}
		}
		for source, item := range s.items {
			if sources[source].stock != stock {
				continue
			}
			has = true
			if sources[source].enabled && item.inStock {
				salable += item.quantity
			}
		}
		if has || reserved != 0 {
			out[fmt.Sprint("reserved in ", stock)] = fmt.Sprint(reserved)
			out[fmt.Sprint("for sale in ", stock)] = fmt.Sprint(salable + reserved)
		}
	}
	return out
}
