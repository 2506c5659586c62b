package books

import (
	"maps"
	"slices"

	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
)

// Stock is what there is of a stock item, and what was paid for it.
type Stock struct {
	Quantity decimal.Number
	LastCost decimal.Number
	Updated  string // date of the movement that LastCost is of; empty before the first
	bought   decimal.Number
	paid     decimal.Number
}

// Average is the cost of one: all that was paid by all that was bought.
func (s Stock) Average() decimal.Number { return s.paid.Quo(s.bought, 2) }

// A MovementRequest is a correction of stock as a client writes it: in where the quantity
// is positive, out where it is negative.
type MovementRequest struct {
	Item      string         `json:"stock_item_id"`
	Date      string         `json:"date"`
	Quantity  decimal.Number `json:"quantity"`
	Cost      decimal.Number `json:"cost_price"`
	Details   string         `json:"details"`
	Number    string         `json:"movement_number"`
	Reference string         `json:"reference"`
}

// A Movement is one change of a stock item's stock, by a person or by a document.
type Movement struct {
	Record
	MovementRequest
	Document string // id of the document that made it; empty for those of people
}

// CreateMovement corrects the stock of an item.
func (b *Business) CreateMovement(r MovementRequest) (*Movement, error) {
	i, ok := b.Items.Get(r.Item)
	if !ok || i.Kind != StockItem {
		return nil, Missing("stock_item_id")
	}
	if err := b.checkMovement(i, r, r.Quantity); err != nil {
		return nil, err
	}
	return b.move(i, r, ""), nil
}

// ChangeMovement replaces the fields of a movement that a person has made.
func (b *Business) ChangeMovement(m *Movement, r MovementRequest) error {
	switch {
	case m.Document != "":
		return Invalid("base", "You cannot edit a movement that a document has made.")
	case r.Item != m.Item:
		return Invalid("stock_item_id", "The stock item of a movement cannot be changed.")
	}
	i, _ := b.Items.Get(m.Item)
	if err := b.checkMovement(i, r, r.Quantity.Sub(m.Quantity)); err != nil {
		return err
	}
	m.MovementRequest, m.Updated = r, b.Clock()
	b.recount(i)
	return nil
}

// DeleteMovement takes back what a person has moved.
func (b *Business) DeleteMovement(m *Movement) error {
	if m.Document != "" {
		return Invalid("base", "You cannot delete a movement that a document has made.")
	}
	i, _ := b.Items.Get(m.Item)
	if i.Stock.Quantity.Cmp(m.Quantity) < 0 {
		return Invalid("quantity", notEnough)
	}
	b.unmove(m)
	return nil
}

const notEnough = "You do not have enough stock."

func (b *Business) checkMovement(i *Item, r MovementRequest, change decimal.Number) error {
	switch {
	case r.Quantity.IsZero():
		return Invalid("quantity", "must not be 0")
	case r.Cost.Sign() < 0:
		return Invalid("cost_price", "must be greater than or equal to 0")
	case i.Stock.Quantity.Add(change).Sign() < 0:
		return Invalid("quantity", notEnough)
	}
	return nil
}

func (b *Business) move(i *Item, r MovementRequest, document string) *Movement {
	m := &Movement{Record: b.newRecord("movement", ""), MovementRequest: r, Document: document}
	b.Movements.add(m)
	i.uses++
	b.recount(i)
	return m
}

func (b *Business) unmove(m *Movement) {
	m.Deleted = b.Clock()
	m.Updated = m.Deleted
	i, _ := b.Items.Get(m.Item)
	b.recount(i)
}

// recount works an item's stock out of its movements. What came in by a person was bought;
// what a credit note brings back was not.
func (b *Business) recount(i *Item) {
	i.Stock = Stock{}
	for _, m := range b.Movements.All() {
		if m.Item != i.ID || m.Gone() {
			continue
		}
		i.Stock.Quantity = i.Stock.Quantity.Add(m.Quantity)
		if m.Document == "" && m.Quantity.Sign() > 0 {
			i.Stock.bought = i.Stock.bought.Add(m.Quantity)
			i.Stock.paid = i.Stock.paid.Add(m.Quantity.Mul(m.Cost))
			i.Stock.LastCost, i.Stock.Updated = m.Cost, m.Date
		}
	}
	i.Updated = b.Clock()
}

// checkStock refuses a document that would take more of an item than there is, after freed,
// what is given back first of each.
func (b *Business) checkStock(d *Document, freed map[string]decimal.Number) error {
	left := maps.Clone(freed)
	if left == nil {
		left = map[string]decimal.Number{}
	}
	for id, change := range d.stock() {
		left[id] = left[id].Add(change)
	}
	for id, change := range left {
		if i, ok := b.Items.Get(id); ok && i.Stock.Quantity.Add(change).Sign() < 0 {
			return Invalid("", "You cannot fulfil this invoice as you do not have enough stock.")
		}
	}
	return nil
}

// freedStock is what taking the document back changes of each stock item.
func (d *Document) freedStock() map[string]decimal.Number {
	freed := d.stock()
	for id := range freed {
		freed[id] = freed[id].Neg()
	}
	return freed
}

// useItems notes that the document names its items: they can no longer be deleted.
func (d *Document) useItems() {
	for _, l := range d.Lines {
		if l.Item != nil {
			l.Item.uses++
		}
	}
}

// stock is what a document changes of each stock item: invoices take, credit notes bring back.
func (d *Document) stock() map[string]decimal.Number {
	out := map[string]decimal.Number{}
	for _, l := range d.Lines {
		if l.Item != nil && l.Item.Kind == StockItem {
			out[l.Item.ID] = out[l.Item.ID].Sub(l.Quantity.Mul(decimal.Int(int64(d.side()))))
		}
	}
	return out
}

// moveStock makes the movements of a posted document, with its number as their reference.
func (b *Business) moveStock(d *Document) {
	for _, l := range d.Lines {
		if l.Item == nil || l.Item.Kind != StockItem {
			continue
		}
		b.move(l.Item, MovementRequest{
			Item: l.Item.ID, Date: d.Request.Date, Quantity: l.Quantity.Mul(decimal.Int(int64(-d.side()))),
			Cost: l.Item.Stock.Average(), Details: l.Item.Description, Reference: d.Number,
		}, d.ID)
	}
}

// returnStock takes the movements of a document back.
func (b *Business) returnStock(d *Document) {
	for _, m := range slices.Clone(b.Movements.All()) {
		if m.Document == d.ID && !m.Gone() {
			b.unmove(m)
		}
	}
}
