// Package strict reads the YAML files that people write: every key must be known,
// and a mistake is answered with file, line and what was probably meant.
//
// Scalars may take their value from outside, so that secrets stay out of files
// that are shared:
//
//	password: "${MAGENTO_PASSWORD}"           environment variable, must be set
//	password: "${file:/run/secrets/magento}"  contents of a file, without trailing line feeds
package strict

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// An Error names the place of a mistake.
type Error struct {
	File string
	Line int
	Text string // what is wrong and what to write
}

// Error is "mage2sage.yaml:7: unknown key …".
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

// Decode reads data into the struct that out points to. file is only named in
// errors. Values that are not set keep what out holds.
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
	if err := yaml.NodeToValue(body, out, yaml.Strict()); err != nil {
		return &Error{File: file, Text: firstLine(yaml.FormatError(err, false, false))}
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// checkKeys holds every mapping against the struct that it will become.
func checkKeys(node ast.Node, t reflect.Type) *Error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
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

// readsItself tells whether a type has its own reading of YAML or text.
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

// keyOf is the YAML key of a field, "" for a field without one.
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

// outside matches ${NAME} and ${file:PATH}.
var outside = regexp.MustCompile(`\$\{(file:)?([^}]*)\}`)

// filler replaces what scalars take from outside.
type filler struct{ err *Error }

// Visit implements ast.Visitor.
func (f *filler) Visit(node ast.Node) ast.Visitor {
	s, ok := node.(*ast.StringNode)
	if !ok || f.err != nil {
		return f
	}
	s.Value = outside.ReplaceAllStringFunc(s.Value, func(match string) string {
		parts := outside.FindStringSubmatch(match)
		value, err := lookUp(parts[1] != "", parts[2])
		if err != "" && f.err == nil {
			f.err = &Error{Line: s.GetToken().Position.Line, Text: err}
		}
		return value
	})
	return f
}

// lookUp reads an environment variable or a file; problem is for people.
func lookUp(file bool, name string) (value, problem string) {
	if file {
		data, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Sprintf("${file:%s}: the file cannot be read: write it, or correct the path", name)
		}
		return strings.TrimRight(string(data), "\r\n"), ""
	}
	value, ok := os.LookupEnv(name)
	if !ok {
		return "", fmt.Sprintf("${%s}: the environment variable is not set: export it, or use ${file:PATH}", name)
	}
	return value, ""
}
