package sage

import (
	"context"
	"net/url"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// TaxRates lists a business's tax rates: GET /tax_rates.
func (c *Client) TaxRates(ctx context.Context) ([]resource.TaxRate, error) {
	return list[resource.TaxRate](ctx, c, "list tax rates", "tax_rates?items_per_page=200&attributes=percentage")
}

// LedgerAccounts lists the accounts that sales documents may use.
func (c *Client) LedgerAccounts(ctx context.Context) ([]resource.Ref, error) {
	return list[resource.Ref](ctx, c, "list ledger accounts", "ledger_accounts?items_per_page=200&visible_in=sales")
}

// BankAccounts lists the accounts that receive payments.
func (c *Client) BankAccounts(ctx context.Context) ([]resource.Ref, error) {
	return list[resource.Ref](ctx, c, "list bank accounts", "bank_accounts?items_per_page=200")
}

// Currencies lists the currencies that Sage knows.
func (c *Client) Currencies(ctx context.Context) ([]resource.Ref, error) {
	return list[resource.Ref](ctx, c, "list currencies", "currencies?items_per_page=200")
}

// ExchangeRates lists what other currencies are worth by Sage's own rates.
func (c *Client) ExchangeRates(ctx context.Context) ([]resource.ExchangeRate, error) {
	return list[resource.ExchangeRate](ctx, c, "list exchange rates", "exchange_rates?items_per_page=200&attributes=all")
}

// BusinessExchangeRates lists the rates that the business has set for itself.
func (c *Client) BusinessExchangeRates(ctx context.Context) ([]resource.ExchangeRate, error) {
	return list[resource.ExchangeRate](ctx, c, "list business exchange rates", "business_exchange_rates?items_per_page=200&attributes=all")
}

// AddressRegions lists the provinces or states of a country, by its ISO code.
func (c *Client) AddressRegions(ctx context.Context, country string) ([]resource.AddressRegion, error) {
	query := url.Values{"attributes": {"all"}, "country_id": {country}, "items_per_page": {"200"}}
	return list[resource.AddressRegion](ctx, c, "list address regions", "address_regions?"+query.Encode())
}

// CatalogItemTypes lists the types by which the list of products tells what is in it.
func (c *Client) CatalogItemTypes(ctx context.Context) ([]resource.Ref, error) {
	return list[resource.Ref](ctx, c, "list catalog item types", "catalog_item_types?items_per_page=200")
}

// ProductPriceTypes lists the prices that a product may have.
func (c *Client) ProductPriceTypes(ctx context.Context) ([]resource.PriceType, error) {
	return list[resource.PriceType](ctx, c, "list product sales price types", "product_sales_price_types?items_per_page=200&attributes=all")
}

// ServiceRateTypes lists the rates that a service may have.
func (c *Client) ServiceRateTypes(ctx context.Context) ([]resource.PriceType, error) {
	return list[resource.PriceType](ctx, c, "list service rate types", "service_rate_types?items_per_page=200&attributes=all")
}
