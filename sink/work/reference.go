package work

import (
	"strings"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// ReferenceKey is the same for all spellings of a reference that count as one. Magento's
// collations compare numbers without case, accents and spaces at their end, and Sage does not
// say how its search compares: what either may take for one number is one here, so that it is
// never posted twice.
func ReferenceKey(reference string) string { return strings.TrimSpace(change.Fold(reference)) }

// SameReference reports whether two references count as one.
func SameReference(a, b string) bool { return ReferenceKey(a) == ReferenceKey(b) }
