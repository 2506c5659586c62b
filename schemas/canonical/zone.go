package canonical

import (
	"time"
	_ "time/tzdata" // a container may have no zones, and a wrong zone is a wrong date
)

// Location returns the time zone of a store view; UTC where the store or its zone is not
// known. It fails for a zone that does not exist.
func (s *StoreView) Location() (*time.Location, error) {
	if s == nil || s.Timezone == "" {
		return time.UTC, nil
	}
	return time.LoadLocation(s.Timezone)
}
