package reference

import (
	"cmp"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/magento"
)

// Paths of core_config_data that entities use.
const (
	pathTimezone = "general/locale/timezone"
	pathCountry  = "general/country/default"

	pathPriceScope       = "catalog/price/scope"
	pathBaseCurrency     = "currency/options/base"
	pathPricesIncludeTax = "tax/calculation/price_includes_tax"
)

// What Magento's own config.xml has.
const (
	builtInCurrency = "USD"
	scopeByWebsite  = "1"
)

func configKey(scope string, id int, path string) string {
	return fmt.Sprintf("%s/%d/%s", scope, id, path)
}

// config looks a path up as Magento does: store view, website, default, and then the
// value that Magento's own config.xml has.
func (v *View) config(s magento.Store, path, builtIn string) string {
	for _, key := range []string{
		configKey("stores", s.StoreID, path), configKey("websites", s.WebsiteID, path), configKey("default", 0, path),
	} {
		if value := v.data.Config[key]; value != "" {
			return value
		}
	}
	return builtIn
}

// priceSetting looks a path up for a website.
func (v *View) priceSetting(website int, path, builtIn string) string {
	return cmp.Or(v.data.Prices[configKey("websites", website, path)], v.data.Prices[configKey("default", 0, path)], builtIn)
}

// priceCurrency is the base currency of a website. Where prices are the same everywhere, so is
// their currency, whatever a website has of its own.
func (v *View) priceCurrency(website int) string {
	if v.data.Prices[configKey("default", 0, pathPriceScope)] == scopeByWebsite {
		return v.priceSetting(website, pathBaseCurrency, builtInCurrency)
	}
	return cmp.Or(v.data.Prices[configKey("default", 0, pathBaseCurrency)], builtInCurrency)
}

func (v *View) pricesIncludeTax(website int) bool {
	return v.priceSetting(website, pathPricesIncludeTax, "0") != "0"
}
