package work

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// ReferenceKey is the same for all spellings of a reference that count as one. Magento's
// collations (utf8mb4_general_ci and its kin) compare numbers without case, accents and
// spaces at their end, and Sage does not say how its search compares: what either may take
// for one number is one here, so that it is never posted twice.
func ReferenceKey(reference string) string {
	letters := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) { // an accent, on its own after NFD
			return -1
		}
		return r
	}, norm.NFD.String(reference))
	return strings.TrimSpace(strings.ToUpper(letters))
}

// SameReference reports whether two references count as one.
func SameReference(a, b string) bool { return ReferenceKey(a) == ReferenceKey(b) }
