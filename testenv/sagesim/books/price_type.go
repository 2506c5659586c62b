package books

import "github.com/mage2sage/mage2sage/testenv/sagesim/chart"

// A PriceTypeRequest is a kind of price as a client writes it.
type PriceTypeRequest struct {
	Name   string `json:"name"`
	Active bool   `json:"active"`
}

// A PriceType is a kind of price that products have, or of rate that services have. People
// name them.
type PriceType struct {
	Record
	PriceTypeRequest
}

// priceTypes are those that a business is born with.
func (b *Business) priceTypes(list []chart.Named) *Shelf[*PriceType] {
	shelf := newShelf[*PriceType]()
	for _, n := range list {
		t := &PriceType{Record: Record{ID: n.ID, Created: b.Created, Updated: b.Created}, PriceTypeRequest: PriceTypeRequest{n.Name, true}}
		shelf.add(t)
	}
	return shelf
}

// CreatePriceType returns a function that adds a type to one of the two shelves.
func CreatePriceType(shelf func(*Business) *Shelf[*PriceType]) func(*Business, PriceTypeRequest) (*PriceType, error) {
	return func(b *Business, r PriceTypeRequest) (*PriceType, error) {
		t := &PriceType{Record: b.newRecord("price_type", ""), PriceTypeRequest: r}
		shelf(b).add(t)
		return t, nil
	}
}

// ChangePriceType renames a type, or switches it on or off.
func (b *Business) ChangePriceType(t *PriceType, r PriceTypeRequest) error {
	t.PriceTypeRequest, t.Updated = r, b.Clock()
	return nil
}

// DeletePriceType returns a function that removes a type: one that was switched off before, and
// is not the last.
func DeletePriceType(shelf func(*Business) *Shelf[*PriceType]) func(*Business, *PriceType) error {
	return func(b *Business, t *PriceType) error {
		others := 0
		for _, other := range shelf(b).All() {
			if other != t && !other.Gone() {
				others++
			}
		}
		switch {
		case t.Active:
			return Invalid("base", "You cannot delete an active type: deactivate it first.")
		case others == 0:
			return Invalid("base", "You cannot delete the only type.")
		}
		t.Deleted = b.Clock()
		t.Updated = t.Deleted
		return nil
	}
}
