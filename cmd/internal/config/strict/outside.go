package strict

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// outside matches ${NAME} and ${file:PATH}.
var outside = regexp.MustCompile(`\$\{(file:)?([^}]*)\}`)

// A filler replaces the references in scalars by the values from outside.
type filler struct {
	err *Error
	// references holds the text of each replaced scalar as it is in the file.
	references map[*ast.StringNode]string
}

func (f *filler) Visit(node ast.Node) ast.Visitor {
	s, ok := node.(*ast.StringNode)
	if !ok || f.err != nil || !outside.MatchString(s.Value) {
		return f
	}
	if f.references == nil {
		f.references = map[*ast.StringNode]string{}
	}
	f.references[s] = s.Value
	s.Value = outside.ReplaceAllStringFunc(s.Value, func(match string) string {
		parts := outside.FindStringSubmatch(match)
		value, err := lookUp(parts[1] != "", parts[2])
		if err != "" && f.err == nil {
			f.err = &Error{Line: s.GetToken().Position.Line, Text: err}
		}
		return value
	})
	if f.err == nil {
		s.Token = quoted(s)
	}
	return f
}

// quoted is a token for a scalar's present value. The decoder hands a type that reads
// itself, such as a secret, the text of the token and not the value of the node.
func quoted(s *ast.StringNode) *token.Token {
	text, _ := json.Marshal(s.Value) // a string always has a JSON text, and YAML reads it the same
	return token.DoubleQuote(s.Value, string(text), s.GetToken().Position)
}

// lookUp reads an environment variable or a file. problem says what to do when that
// fails.
func lookUp(file bool, name string) (value, problem string) {
	if file {
		data, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Sprintf("${file:%s}: the file cannot be read: write it, or correct the path", name)
		}
		if !utf8.Valid(data) {
			return "", fmt.Sprintf("${file:%s}: the file holds bytes that are no text: write the value as text, a key in base64", name)
		}
		return strings.TrimRight(string(data), "\r\n"), ""
	}
	value, ok := os.LookupEnv(name)
	if !ok {
		return "", fmt.Sprintf("${%s}: the environment variable is not set: export it, or use ${file:PATH}", name)
	}
	return value, ""
}

// explain turns an error of the decoder into ours. The decoder may quote the value, as
// it does for a duration, so a value from outside that does not fit its key is named
// by its reference.
func (f *filler) explain(file string, body ast.Node, t reflect.Type, err error) *Error {
	if s, wanted := f.misfit(body, t); s != nil {
		return &Error{file, s.GetToken().Position.Line, fmt.Sprintf("the value of %s does not fit: write %s", f.references[s], wanted)}
	}
	var wrong *yaml.TypeError
	if errors.As(err, &wrong) && wrong.Token != nil && wrong.DstType != nil {
		return &Error{file, wrong.Token.Position.Line, keyBefore(wrong.Token) + "write " + describe(wrong.DstType)}
	}
	return &Error{File: file, Text: firstLine(yaml.FormatError(err, false, false))}
}

// keyBefore names the key of a value, or nothing where the value has none of its own. The
// value is not repeated: it may be a secret that was written under the wrong key.
func keyBefore(value *token.Token) string {
	if colon := value.Prev; colon != nil && colon.Type == token.MappingValueType && colon.Prev != nil {
		return fmt.Sprintf("the value of %s does not fit: ", colon.Prev.Value)
	}
	return "a value does not fit: "
}

// misfit finds the first value from outside that cannot be decoded into the type that
// it is meant for, and says what would fit.
func (f *filler) misfit(node ast.Node, t reflect.Type) (s *ast.StringNode, wanted string) {
	t = pointedTo(t)
	replaced := f.replacedIn(node)
	if replaced == nil || yaml.NodeToValue(node, reflect.New(t).Interface(), decoding...) == nil {
		return nil, ""
	}
	parts, ok := partsOf(node, t)
	if !ok {
		return replaced, describe(t)
	}
	for _, p := range parts {
		if s, wanted := f.misfit(p.node, p.t); s != nil {
			return s, wanted
		}
	}
	return nil, ""
}

// replacedIn returns the first replaced scalar of a node, nil where there is none.
func (f *filler) replacedIn(node ast.Node) *ast.StringNode {
	for _, found := range ast.Filter(ast.StringType, node) {
		if s, ok := found.(*ast.StringNode); ok && f.references[s] != "" {
			return s
		}
	}
	return nil
}

// A part is a node below another, with the type that it is decoded into.
type part struct {
	node ast.Node
	t    reflect.Type
}

// partsOf lists the parts of a node that is decoded into a type without pointer. ok is false where the node is decoded as a whole.
func partsOf(node ast.Node, t reflect.Type) (parts []part, ok bool) {
	if readsItself(t) {
		return nil, false
	}
	switch n := node.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			entry, ok := entryOf(v, t)
			if !ok {
				return nil, false
			}
			parts = append(parts, entry)
		}
		return parts, true
	case *ast.MappingValueNode:
		entry, ok := entryOf(n, t)
		return []part{entry}, ok
	case *ast.SequenceNode:
		for _, v := range n.Values {
			if t.Kind() != reflect.Slice {
				return nil, false
			}
			parts = append(parts, part{v, t.Elem()})
		}
		return parts, true
	}
	return nil, false
}

// entryOf returns the value of an entry of a map or of a struct.
func entryOf(n *ast.MappingValueNode, t reflect.Type) (entry part, ok bool) {
	switch t.Kind() {
	case reflect.Map:
		return part{n.Value, t.Elem()}, true
	case reflect.Struct:
		field, ok := fieldNamed(t, n.Key.GetToken().Value)
		return part{n.Value, field.Type}, ok
	}
	return part{}, false
}

// describe says in the operator's words what a type takes.
func describe(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "a duration, such as 10s"
	case t == reflect.TypeFor[time.Time]():
		return "a time, such as 2026-01-01T00:00:00Z"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Float64:
		return "a number"
	case t.Kind() == reflect.Slice:
		return "a list"
	}
	return "what the annotated example shows"
}
