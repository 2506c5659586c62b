package plan

import (
	"time"
	_ "time/tzdata" // a container may have no zones, and a wrong zone is a wrong date

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// dateIn is the day of an instant (RFC 3339) where the store is; UTC where the store is
// not known.
func dateIn(instant string, store *canonical.StoreView) (string, error) {
	t, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		return "", err
	}
	zone := time.UTC
	if store != nil && store.Timezone != "" {
		if zone, err = time.LoadLocation(store.Timezone); err != nil {
			return "", err
		}
	}
	return t.In(zone).Format(time.DateOnly), nil
}
