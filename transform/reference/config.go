package reference

import (
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/magento"
)

// Paths of core_config_data that entities use.
const (
	pathTimezone = "general/locale/timezone"
	pathCountry  = "general/country/default"
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
