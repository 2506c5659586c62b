package change

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold is the same for all spellings of a text that are one to Magento's collations
// (utf8mb4_general_ci and its kin): they compare without case, accents and spaces at the end,
// and take ß for S.
func Fold(text string) string {
	letters := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r): // an accent, on its own after NFD
			return -1
		case r == 'ß':
			return 'S'
		}
		return unicode.ToUpper(r)
	}, norm.NFD.String(text))
	return strings.TrimRight(letters, " ")
}
