package plan

import (
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// dateIn is the day of an instant (RFC 3339) where the store is; UTC where the store is
// not known.
func dateIn(instant string, store *canonical.StoreView) (string, error) {
	t, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		return "", err
	}
	zone, err := store.Location()
	if err != nil {
		return "", err
	}
	return t.In(zone).Format(time.DateOnly), nil
}

// mayBeDateOf reports whether a day is that of an instant somewhere on Earth. A frozen date
// that is not belongs to another document, which had the id before.
func mayBeDateOf(instant, day string) bool {
	at, err := time.Parse(time.RFC3339, instant)
	begin, dayErr := time.Parse(time.DateOnly, day)
	if err != nil || dayErr != nil {
		return false
	}
	const farthest = 14 * time.Hour // from UTC, of any zone
	return !at.Before(begin.Add(-farthest)) && at.Before(begin.Add(24*time.Hour+farthest))
}
