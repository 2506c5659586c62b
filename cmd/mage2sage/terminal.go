package main

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf16"
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

// escape shows control and format characters by their code, as JSON does; lines and tabs
// stay.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == '\n' || r == '\t' || !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// cell is text that stays within its line, or its cell of a table.
func cell(text string) string {
	return escape(strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(text))
}

// linef is fmt.Fprintf whose arguments cannot leave their line. All that is printed for
// people and is not a table goes through it.
func linef(w io.Writer, format string, args ...any) {
	shown := make([]any, len(args))
	for i, arg := range args {
		shown[i] = within(arg)
	}
	fmt.Fprintf(w, format, shown...)
}

// within makes a cell of an argument that is text; numbers stay what they are.
func within(arg any) any {
	switch arg.(type) {
	case fmt.Stringer, error:
		return cell(fmt.Sprint(arg))
	}
	if v := reflect.ValueOf(arg); v.Kind() == reflect.String {
		return cell(v.String())
	}
	return arg
}

// A table is aligned in columns. None of its cells can leave its place.
type table struct{ *tabwriter.Writer }

// newTable begins a table with its headings; flush it at the end.
func newTable(w io.Writer, headings ...string) table {
	t := table{tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)}
	fmt.Fprintln(t, strings.Join(headings, "\t"))
	return t
}

// row adds a line.
func (t table) row(cells ...any) {
	all := make([]string, len(cells))
	for i, c := range cells {
		all[i] = cell(fmt.Sprint(c))
	}
	fmt.Fprintln(t, strings.Join(all, "\t"))
}
