package simulator

import (
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/wire"
)

// itemResource is the collection of items of a kind; the products have the stock items among
// them.
func itemResource(kind books.ItemKind) resource {
	shown := []books.ItemKind{kind}
	if kind == books.Product {
		shown = append(shown, books.StockItem)
	}
	items := things[*books.Item, books.ItemRequest]{
		collection: collection[*books.Item]{
			items: func(c *call) []*books.Item { return ofKind(c.books.Items.All(), shown) },
			view:  func(c *call, i *books.Item) wire.Object { return wire.Item(wire.ItemPaths[kind], c.books, i) },
			keep:  keepItems,
		},
		kept:   func(i *books.Item) bool { return slices.Contains(shown, i.Kind) },
		shelf:  func(b *books.Business) *books.Shelf[*books.Item] { return b.Items },
		draft:  (*books.Item).Draft,
		create: books.CreateItem(kind),
		change: (*books.Business).ChangeItem,
		remove: (*books.Business).DeleteItem,
	}
	queries := append(changes, "search", "active")
	if kind == books.StockItem {
		queries = append(queries, "out_of_stock", "below_reorder_level")
	}
	return items.resource(queries...)
}

func ofKind(all []*books.Item, kinds []books.ItemKind) (out []*books.Item) {
	for _, i := range all {
		if slices.Contains(kinds, i.Kind) {
			out = append(out, i)
		}
	}
	return out
}

func keepItems(c *call) func(*books.Item) bool {
	search := strings.ToLower(c.query.Get("search"))
	yes := func(name string, is bool) bool {
		text := c.query.Get(name)
		return text == "" || (text == "true") == is
	}
	return func(i *books.Item) bool {
		low := i.ReorderLevel != nil && i.Stock.Quantity.Cmp(*i.ReorderLevel) < 0
		return (search == "" || c.holds(search, i.Code, i.Description)) && yes("active", i.IsActive()) &&
			yes("out_of_stock", i.Stock.Quantity.Sign() <= 0) && yes("below_reorder_level", low)
	}
}

var movements = things[*books.Movement, books.MovementRequest]{
	collection: collection[*books.Movement]{
		items: func(c *call) []*books.Movement { return c.books.Movements.All() },
		date:  func(m *books.Movement) string { return m.Date },
		view: func(c *call, m *books.Movement) wire.Object {
			i, _ := c.books.Items.Find(m.Item)
			return wire.Movement(m, i)
		},
		keep: func(c *call) func(*books.Movement) bool {
			search, item := strings.ToLower(c.query.Get("search")), c.query.Get("stock_item_id")
			return func(m *books.Movement) bool {
				return (item == "" || m.Item == item) && (search == "" || c.holds(search, m.Details))
			}
		},
	},
	shelf:  func(b *books.Business) *books.Shelf[*books.Movement] { return b.Movements },
	draft:  func(m *books.Movement) books.MovementRequest { return m.MovementRequest },
	create: (*books.Business).CreateMovement,
	change: (*books.Business).ChangeMovement,
	remove: (*books.Business).DeleteMovement,
}

// priceTypeResource is the collection of price types, or of rate types.
func priceTypeResource(shelf func(*books.Business) *books.Shelf[*books.PriceType], queries ...string) resource {
	return things[*books.PriceType, books.PriceTypeRequest]{
		collection: collection[*books.PriceType]{
			items: func(c *call) []*books.PriceType { return shelf(c.books).All() },
			view:  func(c *call, t *books.PriceType) wire.Object { return wire.PriceType(c.resource, t) },
			keep: func(c *call) func(*books.PriceType) bool {
				active := c.query.Get("active")
				return func(t *books.PriceType) bool { return active == "" || (active == "true") == t.Active }
			},
		},
		shelf:  shelf,
		draft:  func(t *books.PriceType) books.PriceTypeRequest { return t.PriceTypeRequest },
		create: books.CreatePriceType(shelf),
		change: (*books.Business).ChangePriceType,
		remove: books.DeletePriceType(shelf),
	}.resource(append(queries, "active")...)
}
