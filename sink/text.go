package sink

import (
	"html"
	"strings"
	"time"
	_ "time/tzdata" // a container may have no zones, and a wrong zone is a wrong date
	"unicode"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// cut keeps at most n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return strings.TrimSpace(string(r[:n]))
	}
	return s
}

// plain is a text as Sage takes it: HTML entities decoded, without control
// characters and double spaces, cut to n characters.
func plain(s string, n int) string {
	for range 3 { // shops escape what was escaped
		s = html.UnescapeString(s)
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, s)
	return cut(strings.Join(strings.Fields(s), " "), n)
}

// dateIn is the day of an instant (RFC 3339) where the store is; UTC where the
// store is not known.
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
