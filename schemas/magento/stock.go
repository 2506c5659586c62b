package magento

import "github.com/mage2sage/mage2sage/schemas/money"

// StockItem is a row of cataloginventory_stock_item: the stock of shops without
// Multi-Source Inventory, and with it a mirror of the default source. Use… says that the
// configuration's value counts and not the row's.
type StockItem struct {
	ItemID         uint64        `json:"item_id"`
	ProductID      uint64        `json:"product_id"`
	StockID        int           `json:"stock_id"`
	Qty            *money.Amount `json:"qty"`
	IsInStock      int           `json:"is_in_stock"`
	ManageStock    int           `json:"manage_stock"`
	UseManageStock int           `json:"use_config_manage_stock"`
	Backorders     int           `json:"backorders"`
	UseBackorders  int           `json:"use_config_backorders"`
}

// InventorySource is a row of inventory_source, without its address and contact.
type InventorySource struct {
	Code      string `json:"source_code"`
	Name      string `json:"name"`
	Enabled   int    `json:"enabled"`
	CountryID string `json:"country_id"`
}

// InventoryStock is a row of inventory_stock: sources that serve the same websites.
type InventoryStock struct {
	StockID int    `json:"stock_id"`
	Name    string `json:"name"`
}

// InventorySourceStockLink is a row of inventory_source_stock_link.
type InventorySourceStockLink struct {
	LinkID     uint64 `json:"link_id"`
	StockID    int    `json:"stock_id"`
	SourceCode string `json:"source_code"`
	Priority   int    `json:"priority"`
}

// InventorySalesChannel is a row of inventory_stock_sales_channel: Code is a website's
// where Type is "website".
type InventorySalesChannel struct {
	Type    string `json:"type"`
	Code    string `json:"code"`
	StockID int    `json:"stock_id"`
}

// InventorySourceItem is a row of inventory_source_item: what lies in a source. No foreign
// key ties it to a product, so it stays when the product is deleted or gets another SKU.
type InventorySourceItem struct {
	SourceItemID uint64       `json:"source_item_id"`
	SourceCode   string       `json:"source_code"`
	SKU          string       `json:"sku"`
	Quantity     money.Amount `json:"quantity"`
	Status       int          `json:"status"` // 1 in stock
}

// InventoryReservation is a row of inventory_reservation, which is added and never changed:
// below zero what was ordered, above zero what was shipped or given back. Rows that cancel
// each other out are deleted.
type InventoryReservation struct {
	ReservationID uint64       `json:"reservation_id"`
	StockID       int          `json:"stock_id"`
	SKU           string       `json:"sku"`
	Quantity      money.Amount `json:"quantity"`
}
