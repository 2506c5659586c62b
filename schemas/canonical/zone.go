package canonical

import (
	"sync"
	"time"
	_ "time/tzdata" // a container may have no zones, and a wrong zone is a wrong date
)

// Location returns the time zone of a store view; UTC where the store or its zone is not
// known. It fails for a zone that does not exist.
func (s *StoreView) Location() (*time.Location, error) {
	if s == nil || s.Timezone == "" {
		return time.UTC, nil
	}
	if known, ok := zones.Load(s.Timezone); ok {
		return known.(*time.Location), nil
	}
	zone, err := time.LoadLocation(s.Timezone)
	if err == nil {
		zones.Store(s.Timezone, zone)
	}
	return zone, err
}

// zones are the ones that were asked for, by name: to load one is to read its file. There are
// no more than exist.
var zones sync.Map
