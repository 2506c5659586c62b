package wire

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
)

// A kind is the JSON type of a field.
type kind int

const (
	textKind kind = iota
	decimalKind
	integerKind
	booleanKind
	dateKind
	textsKind
	objectKind
	objectsKind
)

// A field is what a request may hold under one name.
type field struct {
	kind     kind
	required bool
	max      int      // runes of a text, upper bound of an integer
	min      int      // lower bound of an integer
	enum     []string // allowed texts
	fields   shape    // of objects
	source   string   // what Sage calls the list in $source, when not by its name
}

// A shape is the set of fields of one object.
type shape map[string]field

// A check walks one request and notes what is wrong with it.
type check struct {
	root     string // "contact"
	partial  bool   // a PUT: nothing is required
	lenient  bool   // unknown fields are ignored
	unknown  int
	refusals []*books.Refusal
}

func (c *check) refuse(source, format string, args ...any) {
	c.refusals = append(c.refusals, books.Invalid(source, format, args...))
}

// malformed is Sage's refusal of a value of the wrong type.
func (c *check) malformed(path string) {
	name := c.root + "[" + strings.ReplaceAll(path, ".", "][") + "]"
	c.refusals = append(c.refusals, &books.Refusal{Status: 422, Code: "Validation", Message: name + " is invalid", Source: name})
}

// object checks one object against its shape; prefix is "" or "line_items.".
func (c *check) object(s shape, value map[string]any, prefix string) {
	_, changesOne := value["id"] // a line of a PUT that names the line it changes
	for _, name := range sorted(s) {
		f := s[name]
		given, ok := value[name]
		if !ok || given == nil || given == "" {
			absent := c.partial && !ok && (prefix == "" || changesOne)
			if f.required && !absent {
				c.refuse(prefix+name, books.Required)
			}
			continue
		}
		c.value(f, given, name, prefix)
	}
	for _, name := range sorted(value) {
		if _, ok := s[name]; !ok && !(c.partial && name == "id") {
			c.stranger(prefix + name)
		}
	}
}

func (c *check) stranger(path string) {
	c.unknown++
	if !c.lenient {
		c.malformed(path)
		last := c.refusals[len(c.refusals)-1]
		last.Message = "is not a known field of " + c.root + " (the simulator is strict; --lenient ignores it)"
	}
}

func (c *check) value(f field, given any, name, prefix string) {
	path := prefix + name
	switch f.kind {
	case objectKind:
		inner, ok := given.(map[string]any)
		if !ok {
			c.malformed(path)
			return
		}
		c.object(f.fields, inner, path+".")
	case objectsKind:
		c.list(f, given, path)
	default:
		c.scalar(f, given, path)
	}
}

func (c *check) list(f field, given any, path string) {
	items, ok := given.([]any)
	if !ok {
		c.malformed(path)
		return
	}
	if f.source != "" {
		path = f.source
	}
	if len(items) == 0 && f.required && !c.partial {
		c.refuse(path, books.Required)
	}
	for _, item := range items {
		inner, ok := item.(map[string]any)
		if !ok {
			c.malformed(path)
			continue
		}
		c.object(f.fields, inner, path+".")
	}
}

func (c *check) scalar(f field, given any, path string) {
	switch f.kind {
	case decimalKind:
		if !isDecimal(given) {
			c.refuse(path, "is not a number")
		}
	case booleanKind:
		if _, ok := given.(bool); !ok {
			c.malformed(path)
		}
	case integerKind:
		c.integer(f, given, path)
	case textsKind:
		items, ok := given.([]any)
		if !ok || slices.ContainsFunc(items, func(i any) bool { _, text := i.(string); return !text }) {
			c.malformed(path)
		}
	case dateKind:
		if s, ok := given.(string); !ok || !isDate(s) {
			c.refuse(path, "is not a valid date")
		}
	default:
		c.text(f, given, path)
	}
}

func (c *check) text(f field, given any, path string) {
	s, ok := given.(string)
	switch {
	case !ok:
		c.malformed(path)
	case f.max > 0 && utf8.RuneCountInString(s) > f.max:
		c.refuse(path, "is too long (maximum is %d characters)", f.max)
	case len(f.enum) > 0 && !slices.Contains(f.enum, s):
		c.refuse(path, books.NotListed)
	case f.required && strings.TrimSpace(s) == "":
		c.refuse(path, books.Required)
	}
}

func (c *check) integer(f field, given any, path string) {
	n, ok := given.(json.Number)
	i, err := n.Int64()
	if !ok || err != nil {
		c.malformed(path)
		return
	}
	if i < int64(f.min) || f.max > 0 && i > int64(f.max) {
		c.refuse(path, "must be between %d and %d", f.min, f.max)
	}
}

func isDecimal(given any) bool {
	_, err := decimal.Parse(fmt.Sprint(given))
	_, truth := given.(bool)
	return err == nil && !truth
}

func isDate(s string) bool {
	_, err := time.Parse("2006-01-02", s)
	return err == nil
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
