package work

import (
	"html"
	"strings"
	"unicode"
)

// Truncate keeps at most n characters.
func Truncate(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return strings.TrimSpace(string(r[:n]))
	}
	return s
}

// Sanitize is a text as Sage takes it: HTML entities decoded, without control
// characters and double spaces, truncated to n characters.
func Sanitize(s string, n int) string {
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
	return Truncate(strings.Join(strings.Fields(s), " "), n)
}
