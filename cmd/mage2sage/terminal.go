package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// A terminal writes text for people. Magento's numbers and Sage's names are other people's
// text: what would move the cursor, colour or reverse the line is shown and not obeyed.
type terminal struct{ io.Writer }

func (t terminal) Write(text []byte) (int, error) {
	if _, err := io.WriteString(t.Writer, escape(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// escape shows control and format characters by their code; lines and tabs stay.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// cell is text that stays within its cell of a table.
func cell(text string) string {
	return strings.NewReplacer("\n", `\n`, "\t", `\t`, "\v", `\v`, "\f", `\f`).Replace(text)
}
