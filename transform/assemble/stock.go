package assemble

import (
	"cmp"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// stockAggregate makes the stock of one SKU of its source items and reservations. Which
// sources are enabled, and what they serve, is as it is today.
var stockAggregate = aggregateRules{
	kind: change.AggregateStock, assemble: assembleStock, dependsOnReference: true,
}

// stockKind is a stock's row in the table of kinds. Each row that is gone may have been the
// last of its SKU.
var stockKind = kindRules{
	kind:     canonical.KindStock,
	goneWith: []string{sourceItems, reservations},
	single:   true,
	deletion: func(id canonical.ID, _ change.Root) canonical.Entity {
		return &canonical.Stock{
			Envelope: canonical.Envelope{Deleted: true},
			SKU:      id.Text(), Sources: []canonical.SourceItem{}, Stocks: []canonical.StockLevel{},
		}
	},
	state: of(func(*canonical.Stock) string { return "known" }),
	event: func(Previous, string) string { return "changed" },
	foots: of(func(*canonical.Stock) bool { return true }),
	lacks: of(func(*canonical.Stock) bool { return false }), // follows reference data anyway
}

const (
	sourceItems  = "inventory_source_item"
	reservations = "inventory_reservation"
)

// stockRows are the living rows of one root "stock/24-MB01".
type stockRows struct {
	items    []*magento.InventorySourceItem  // oldest first
	reserved []*magento.InventoryReservation // oldest first
}

// stockTables says where the rows of each table go.
var stockTables = map[string]func(*stockRows, Row) error{
	sourceItems:  func(s *stockRows, r Row) error { return add(&s.items, r) },
	reservations: func(s *stockRows, r Row) error { return add(&s.reserved, r) },
}

// readStock decodes the rows of a SKU. Rows of tables that only a later version knows are
// left out.
func readStock(rows []Row) (*stockRows, error) {
	s := &stockRows{}
	for _, row := range rows {
		if take := stockTables[row.Table]; take != nil {
			if err := take(s, row); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(s.items, func(a, b *magento.InventorySourceItem) int { return cmp.Compare(a.SourceItemID, b.SourceItemID) })
	slices.SortFunc(s.reserved, func(a, b *magento.InventoryReservation) int { return cmp.Compare(a.ReservationID, b.ReservationID) })
	return s, nil
}

func assembleStock(rows aggregateRows, ref Reference) (Assembly, error) {
	s, err := readStock(rows.alive)
	if err != nil || len(s.items)+len(s.reserved) == 0 {
		return Assembly{}, err
	}
	return Assembly{Entities: []canonical.Entity{s.entity(ref)}}, nil
}

func (s *stockRows) entity(ref Reference) *canonical.Stock {
	e := &canonical.Stock{SKU: s.sku(), Sources: []canonical.SourceItem{}, Stocks: []canonical.StockLevel{}}
	byCode := map[string]canonical.SourceItem{}
	for _, item := range s.items {
		source, _ := ref.Source(item.SourceCode)
		own := canonical.SourceItem{
			SourceCode: item.SourceCode, Name: source.Name, Enabled: source.Enabled != 0, InStock: item.Status != 0, Quantity: item.Quantity,
		}
		e.Sources, byCode[change.Fold(item.SourceCode)] = append(e.Sources, own), own
	}
	slices.SortStableFunc(e.Sources, func(a, b canonical.SourceItem) int { return cmp.Compare(a.SourceCode, b.SourceCode) })
	reserved := s.reservations()
	for _, id := range s.stocks(reserved, ref) {
		e.Stocks = append(e.Stocks, stockLevel(id, byCode, reserved[id], ref))
	}
	return e
}

// sku is the spelling in use: the source item's that was added last, else the newest
// reservation's.
func (s *stockRows) sku() string {
	if n := len(s.items); n > 0 {
		return s.items[n-1].SKU
	}
	return s.reserved[len(s.reserved)-1].SKU
}

// reservations are their sums by stock, without those that come to nothing: when Magento
// deletes what cancels out, nothing has changed.
func (s *stockRows) reservations() map[int]money.Amount {
	sums := map[int]money.Amount{}
	for _, r := range s.reserved {
		sums[r.StockID] = sums[r.StockID].Add(r.Quantity)
	}
	for id, sum := range sums {
		if sum.IsZero() {
			delete(sums, id)
		}
	}
	return sums
}

// stocks are the ids of the stocks that have something of the SKU.
func (s *stockRows) stocks(reserved map[int]money.Amount, ref Reference) (ids []int) {
	for id := range reserved {
		ids = append(ids, id)
	}
	for _, item := range s.items {
		ids = append(ids, ref.StocksOf(item.SourceCode)...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// stockLevel is what a stock has, counted as Magento does: what lies in a source that is not
// enabled, or is out of stock there, is not for sale.
func stockLevel(id int, byCode map[string]canonical.SourceItem, reserved money.Amount, ref Reference) canonical.StockLevel {
	level := canonical.StockLevel{
		StockID: id, Sources: []string{}, Websites: append([]string{}, ref.WebsitesOf(id)...), Reservations: reserved,
	}
	level.Name, _ = ref.Stock(id)
	for _, code := range ref.SourcesOf(id) {
		item, has := byCode[code]
		if !has {
			continue
		}
		level.Sources = append(level.Sources, item.SourceCode)
		if item.Enabled && item.InStock {
			level.Quantity = level.Quantity.Add(item.Quantity)
		}
	}
	level.SalableQty = level.Quantity.Add(reserved)
	return level
}
