package simulator

import (
	"net/http"
	"strings"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
)

// An Item is one thing for sale, flat, for people and for checks.
type Item struct {
	Kind        string            `json:"kind"` // product, service or stock_item
	Code        string            `json:"item_code"`
	Description string            `json:"description"`
	SourceGUID  string            `json:"source_guid"`
	Active      bool              `json:"active"`
	Deleted     bool              `json:"deleted"`
	Cost        string            `json:"cost_price"`
	Prices      map[string]string `json:"prices"`            // by price or rate type id
	InStock     string            `json:"quantity_in_stock"` // of stock items; else 0.00
	Movements   int               `json:"movements"`         // of people; those of documents do not count
	ID          string            `json:"id"`
	Business    string            `json:"business"`
	Sequence    int               `json:"sequence"`
}

// Items returns the catalogs of all businesses, deleted items included, in the order in which they
// were made.
func (s *Server) Items() []Item {
	out := []Item{}
	for _, c := range s.companies {
		out = append(out, c.items()...)
	}
	return out
}

func (c *company) items() (out []Item) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	byHand := map[string]int{}
	for _, m := range c.books.Movements.All() {
		if m.Document == "" && !m.Gone() {
			byHand[m.Item]++
		}
	}
	for _, i := range c.books.Items.All() {
		shown := Item{
			Kind: strings.ToLower(string(i.Kind)), Code: i.Code, Description: i.Description, SourceGUID: i.SourceGUID, Active: i.IsActive(), Deleted: i.Gone(),
			Cost: i.CostPrice.Fixed(2), Prices: map[string]string{}, InStock: i.Stock.Quantity.Fixed(2), Movements: byHand[i.ID],
			ID: i.ID, Business: c.books.ID, Sequence: i.Sequence,
		}
		for _, p := range append(append([]books.Price(nil), i.Prices...), i.Rates...) {
			shown.Prices[p.PriceType+p.RateType] = p.Price.Add(p.Rate).Fixed(2)
		}
		out = append(out, shown)
	}
	return out
}

func (s *Server) showItems(w http.ResponseWriter, _ *http.Request) { show(w, s.Items()) }
