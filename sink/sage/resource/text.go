package resource

import (
	"bytes"
	"encoding/json"
	"html"
	"regexp"
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
	s = strings.Map(printable, s)
	return Truncate(strings.Join(strings.Fields(s), " "), n)
}

// printable is a character as Sage takes it; -1 is none.
func printable(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case unicode.IsControl(r) || r == unicode.ReplacementChar:
		return -1
	}
	return r
}

// Whole is a sanitized text where it has at most n characters, else "": what names
// somebody is left out rather than cut to something that names another.
func Whole(s string, n int) string {
	if s = Sanitize(s, len(s)); len([]rune(s)) > n {
		return ""
	}
	return s
}

// email is an address at a domain, without the quoted forms that no shop sends to.
var email = regexp.MustCompile(`^[^\s\pC@<>(),;:"\\\[\]]+@([\pL\pN]([\pL\pN-]*[\pL\pN])?\.)+[\pL\pN-]{2,}$`)

// Email is an e-mail address of at most n characters; "" for what is none.
func Email(s string, n int) string {
	s = strings.TrimSpace(s)
	if len([]rune(s)) > n || !email.MatchString(s) || strings.Contains(s, "..") || s[0] == '.' || strings.Contains(s, ".@") {
		return ""
	}
	return s
}

// Flow puts texts onto two lines of at most n characters: the first on its own where all
// fit so, else everything in its order, broken between two words where that loses nothing.
func Flow(texts []string, n int) (first, second string) {
	var all []string
	for _, text := range texts {
		if text = Sanitize(text, len(text)); text != "" {
			all = append(all, text)
		}
	}
	if len(all) == 0 {
		return "", ""
	}
	rest := strings.Join(all[1:], ", ")
	if len([]rune(all[0])) <= n && len([]rune(rest)) <= n {
		return all[0], rest
	}
	line := []rune(strings.Join(all, ", "))
	at := n
	for space := n; space > 0 && len(line)-space-1 <= n; space-- {
		if line[space] == ' ' {
			at = space
			break
		}
	}
	return strings.TrimSpace(string(line[:at])), Truncate(strings.TrimSpace(string(line[at:])), n)
}

// Printable is a JSON text whose strings have no character that cannot be printed. Every
// entity goes through it before it is planned, so no field of a call needs to think of it.
func Printable(text json.RawMessage) (json.RawMessage, error) {
	if !bytes.ContainsFunc(text, func(r rune) bool { return r == '\\' || printable(r) != r }) {
		return text, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	return json.Marshal(printableIn(value))
}

func printableIn(value any) any {
	switch v := value.(type) {
	case string:
		return strings.TrimSpace(strings.Map(printable, v))
	case []any:
		for i := range v {
			v[i] = printableIn(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = printableIn(v[name])
		}
	}
	return value
}
