// Package strict reads the YAML files that people write: every key must be known, and
// an error names file, line and what was probably meant.
//
// Scalars may take their value from outside, so that secrets stay out of files
// that are shared:
//
//	password: "${MAGENTO_PASSWORD}"           environment variable, must be set
//	password: "${file:/run/secrets/magento}"  contents of a file, without trailing line feeds
//
// Such a value may be a secret, so no error of Decode shows it. It is not searched for
// references again.
package strict

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// An Error names the place of a mistake. Line is 0 where it is not known.
type Error struct {
	File string
	Line int
	Text string // what is wrong and what to write
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

// Decode reads data into the struct that out points to. Fields that data does not set
// keep their values. file is only named in errors, and every error is an *Error.
func Decode(file string, data []byte, out any) error {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return &Error{File: file, Text: "this is not YAML: " + firstLine(yaml.FormatError(err, false, false))}
	}
	if len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		return nil
	}
	if len(tree.Docs) > 1 {
		return &Error{File: file, Text: "it holds several documents: write one"}
	}
	body := tree.Docs[0].Body
	if err := checkKeys(body, reflect.TypeOf(out).Elem()); err != nil {
		err.File = file
		return err
	}
	fill := &filler{}
	ast.Walk(fill, body)
	if fill.err != nil {
		fill.err.File = file
		return fill.err
	}
	if err := yaml.NodeToValue(body, out, decoding...); err != nil {
		return fill.explain(file, body, reflect.TypeOf(out).Elem(), err)
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// checkKeys finds the first key that the struct it is meant for does not have.
func checkKeys(node ast.Node, t reflect.Type) *Error {
	t = pointedTo(t)
	switch n := node.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			if err := checkEntry(v, t); err != nil {
				return err
			}
		}
	case *ast.MappingValueNode:
		return checkEntry(n, t)
	case *ast.SequenceNode:
		if t.Kind() == reflect.Slice {
			for _, v := range n.Values {
				if err := checkKeys(v, t.Elem()); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func checkEntry(n *ast.MappingValueNode, t reflect.Type) *Error {
	if t.Kind() == reflect.Map {
		return checkKeys(n.Value, t.Elem())
	}
	if t.Kind() != reflect.Struct || readsItself(t) {
		return nil
	}
	key := n.Key.GetToken().Value
	field, ok := fieldNamed(t, key)
	if !ok {
		return &Error{Line: n.Key.GetToken().Position.Line, Text: unknownKey(key, t)}
	}
	return checkKeys(n.Value, field.Type)
}

// pointedTo returns the type at the end of pointers.
func pointedTo(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// readsItself reports whether a type decodes YAML, text or JSON by a method of its own,
// so that its fields say nothing about its keys.
func readsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	for _, method := range []string{"UnmarshalYAML", "UnmarshalText", "UnmarshalJSON"} {
		if _, ok := p.MethodByName(method); ok {
			return true
		}
	}
	return false
}

func fieldNamed(t reflect.Type, key string) (reflect.StructField, bool) {
	for _, f := range reflect.VisibleFields(t) {
		if keyOf(f) == key {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// keyOf returns the YAML key of a field, "" for a field without one.
func keyOf(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return strings.TrimPrefix(name, "-")
}

func unknownKey(key string, t reflect.Type) string {
	var known []string
	for _, f := range reflect.VisibleFields(t) {
		if k := keyOf(f); k != "" {
			known = append(known, k)
		}
	}
	if len(known) == 0 {
		return fmt.Sprintf("unknown key %q", key)
	}
	nearest := slices.MinFunc(known, func(a, b string) int {
		return levenshtein.ComputeDistance(a, key) - levenshtein.ComputeDistance(b, key)
	})
	slices.Sort(known)
	return fmt.Sprintf("unknown key %q, did you mean %q? Known here: %s", key, nearest, strings.Join(known, ", "))
}
