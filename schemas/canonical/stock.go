package canonical

import "github.com/mage2sage/mage2sage/schemas/money"

// Stock is what there is of one SKU: in each source, and for sale in each stock. It is of
// Multi-Source Inventory (MSI). A shop without its tables has no such entity; what the legacy
// stock item says is in the product.
//
// Spellings that Magento takes for one SKU are one entity. It exists while Magento has a source
// item or a reservation of the SKU, whether there is a product or not: no foreign key ties them.
type Stock struct {
	Envelope
	// SKU is spelled as the source item that was added last has it; without one, as the newest
	// reservation.
	SKU string `json:"sku"`
	// Sources has an entry for each source item, by the source's code.
	Sources []SourceItem `json:"sources"`
	// Stocks are those that have one of the sources, or reservations that do not net to zero, by
	// their ids.
	Stocks []StockLevel `json:"stocks"`
}

// A SourceItem is what lies in one source, such as a warehouse.
type SourceItem struct {
	SourceCode string       `json:"source_code"`
	Name       string       `json:"name,omitempty"` // of the source; absent where it is not known
	Enabled    bool         `json:"enabled"`        // the source is
	InStock    bool         `json:"in_stock"`
	Quantity   money.Amount `json:"quantity"` // pieces, or what the product is sold by
}

// A StockLevel is what a stock has of the SKU for the websites that sell from it.
type StockLevel struct {
	StockID  int      `json:"stock_id"`
	Name     string   `json:"name,omitempty"` // absent where the stock is not known
	Websites []string `json:"websites"`       // codes, sorted
	Sources  []string `json:"sources"`        // codes of those that have the SKU, by the stock's priority
	// Quantity is the sum over those of the sources that are enabled and where the SKU is in
	// stock.
	Quantity money.Amount `json:"quantity"`
	// Reservations is their sum: below zero what was ordered and has not left a source.
	Reservations money.Amount `json:"reservations"`
	// SalableQty is both together. Magento takes its min_qty (cataloginventory/item_options/min_qty, or
	// the product's own) off it, which is not captured; it may be below zero where backorders are allowed.
	SalableQty money.Amount `json:"salable_qty"`
}

func (s *Stock) ID() ID { return NewSKUID(KindStock, s.SKU) }

func (s *Stock) Head() *Envelope { return &s.Envelope }

func (s *Stock) Content() Entity {
	out := *s
	out.strip()
	return &out
}
