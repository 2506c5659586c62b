package books

import (
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
)

// An ItemKind is what something for sale is, in the words of Sage's catalog item types.
type ItemKind string

// The kinds of items. Products and stock items are in one list, and only stock items have stock.
const (
	Product   ItemKind = "PRODUCT"
	Service   ItemKind = "SERVICE"
	StockItem ItemKind = "STOCK_ITEM"
)

// An ItemRequest is a product, service or stock item as a client writes it.
type ItemRequest struct {
	Code                string          `json:"item_code"`
	Description         string          `json:"description"`
	Notes               string          `json:"notes"`
	SalesAccount        string          `json:"sales_ledger_account_id"`
	PurchaseAccount     string          `json:"purchase_ledger_account_id"`
	SalesTaxRate        string          `json:"sales_tax_rate_id"`
	PurchaseTaxRate     string          `json:"purchase_tax_rate_id"`
	Supplier            string          `json:"usual_supplier_id"`
	PurchaseDescription string          `json:"purchase_description"`
	CostPrice           decimal.Number  `json:"cost_price"`
	SourceGUID          string          `json:"source_guid"`
	Active              *bool           `json:"active"`
	Prices              []Price         `json:"sales_prices"`
	Rates               []Price         `json:"sales_rates"`
	ReorderLevel        *decimal.Number `json:"reorder_level"`
	ReorderQuantity     *decimal.Number `json:"reorder_quantity"`
	Location            string          `json:"location"`
	Barcode             string          `json:"barcode"`
	SupplierPart        string          `json:"supplier_part_number"`
	Weight              decimal.Number  `json:"weight"`
	Unit                string          `json:"measurement_unit"`
}

// A Price is what an item costs by one of the business's price or rate types. Services have
// rates, everything else has prices.
type Price struct {
	PriceType     string         `json:"product_sales_price_type_id"`
	RateType      string         `json:"service_rate_type_id"`
	PriceName     string         `json:"price_name"`
	RateName      string         `json:"rate_name"`
	Price         decimal.Number `json:"price"`
	Rate          decimal.Number `json:"rate"`
	PriceIncludes bool           `json:"price_includes_tax"`
	RateIncludes  bool           `json:"rate_includes_tax"`
}

// An Item is a product, a service or a stock item.
type Item struct {
	Record
	ItemRequest
	Kind  ItemKind
	Stock Stock
	uses  int // documents and movements ever made with it
}

// Title is how Sage shows an item.
func (i *Item) Title() string {
	if i.Code == "" {
		return i.Description
	}
	return i.Description + " (" + i.Code + ")"
}

// IsActive says whether the item is offered; it is unless it was switched off.
func (i *Item) IsActive() bool { return i.Active == nil || *i.Active }

// Deletable says whether the item was never used.
func (i *Item) Deletable() bool { return i.uses == 0 }

// Draft returns a copy of the item's fields that a PUT may write over. Prices that a PUT
// does not name stay.
func (i *Item) Draft() ItemRequest {
	r := i.ItemRequest
	r.Prices, r.Rates = nil, nil
	for _, p := range []**decimal.Number{&r.ReorderLevel, &r.ReorderQuantity} {
		if *p != nil {
			copied := **p
			*p = &copied
		}
	}
	if r.Active != nil {
		active := *r.Active
		r.Active = &active
	}
	return r
}

// CreateItem returns a function that adds an item of a kind.
func CreateItem(kind ItemKind) func(*Business, ItemRequest) (*Item, error) {
	return func(b *Business, r ItemRequest) (*Item, error) {
		i := &Item{Kind: kind}
		if err := b.checkItem(i, r); err != nil {
			return nil, err
		}
		i.Record, i.ItemRequest = b.newRecord("item", ""), r
		b.Items.add(i)
		return i, nil
	}
}

// ChangeItem replaces the fields of an item.
func (b *Business) ChangeItem(i *Item, r ItemRequest) error {
	if err := b.checkItem(i, r); err != nil {
		return err
	}
	r.Prices, r.Rates = overPrices(i.Prices, r.Prices), overPrices(i.Rates, r.Rates)
	i.ItemRequest, i.Updated = r, b.Clock()
	return nil
}

// overPrices lays the prices of a PUT over the present ones, by their types.
func overPrices(present, changes []Price) []Price {
	out := slices.Clone(changes)
	for _, p := range present {
		if !slices.ContainsFunc(changes, func(c Price) bool { return c.PriceType == p.PriceType && c.RateType == p.RateType }) {
			out = append(out, p)
		}
	}
	return out
}

// DeleteItem removes an item that was never used; its code is free again.
func (b *Business) DeleteItem(i *Item) error {
	if !i.Deletable() {
		return Invalid("base", "You cannot delete this item because it has been used.")
	}
	i.Deleted = b.Clock()
	i.Updated = i.Deleted
	return nil
}

// checkItem checks the fields of an item that is new or changed.
func (b *Business) checkItem(i *Item, r ItemRequest) error {
	if r.Code != "" && !b.Rules.RepeatItemCodes {
		for _, other := range b.Items.All() {
			if other != i && !other.Gone() && strings.EqualFold(other.Code, r.Code) {
				return Invalid("item_code", "The item code has already been taken.")
			}
		}
	}
	sales, ok := chart.FindAccount(r.SalesAccount)
	switch {
	case !ok:
		return Missing("sales_ledger_account_id")
	case !sales.VisibleIn("sales"):
		return Invalid("sales_ledger_account_id", NotListed)
	}
	purchase, ok := chart.FindAccount(r.PurchaseAccount)
	switch {
	case r.PurchaseAccount == "" && i.Kind == Service:
	case !ok:
		return Missing("purchase_ledger_account_id")
	case !purchase.VisibleIn("expenses"):
		return Invalid("purchase_ledger_account_id", NotListed)
	}
	return b.checkItemDetails(r)
}

func (b *Business) checkItemDetails(r ItemRequest) error {
	for source, id := range map[string]string{"sales_tax_rate_id": r.SalesTaxRate, "purchase_tax_rate_id": r.PurchaseTaxRate} {
		if _, ok := chart.FindTaxRate(id); id != "" && !ok {
			return Missing(source)
		}
	}
	if supplier, ok := b.Contacts.Get(r.Supplier); r.Supplier != "" && (!ok || supplier.Types[0] != "VENDOR") {
		return Missing("usual_supplier_id")
	}
	for _, p := range r.Prices {
		if _, ok := b.PriceTypes.Get(p.PriceType); !ok {
			return Missing("sales_prices.product_sales_price_type_id")
		}
	}
	for _, p := range r.Rates {
		if _, ok := b.RateTypes.Get(p.RateType); !ok {
			return Missing("sales_rates.service_rate_type_id")
		}
	}
	return nil
}

// item finds what a line of a document sells.
func (b *Business) item(r LineRequest) (*Item, error) {
	product, ok := b.Items.Get(r.Product)
	if r.Product != "" && (!ok || product.Kind == Service) {
		return nil, Missing("line_items.product_id")
	}
	service, ok := b.Items.Get(r.Service)
	if r.Service != "" && (!ok || service.Kind != Service) {
		return nil, Missing("line_items.service_id")
	}
	if product != nil {
		return product, nil
	}
	return service, nil
}
