package strict

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// A reader finds all that is wrong with one document.
type reader struct {
	filler
	anchors map[string]ast.Node
	// unfit are the scalars that were found wrong before they were decoded.
	unfit map[ast.Node]bool
}

func newReader(body ast.Node) *reader {
	r := &reader{anchors: map[string]ast.Node{}, unfit: map[ast.Node]bool{}}
	r.references, r.unfilled = map[ast.Node]string{}, map[ast.Node]bool{}
	for _, node := range ast.Filter(ast.AnchorType, body) {
		anchor := node.(*ast.AnchorNode)
		r.anchors[anchor.Name.GetToken().Value] = anchor.Value
	}
	return r
}

// meant is the node behind an anchor, an alias or a tag.
func (r *reader) meant(node ast.Node) ast.Node {
	for range 10 { // an alias may stand for another, and never for itself
		switch n := node.(type) {
		case *ast.AnchorNode:
			node = n.Value
		case *ast.AliasNode:
			target, ok := r.anchors[n.Value.GetToken().Value]
			if !ok {
				return node
			}
			node = target
		default:
			return node
		}
	}
	return node
}

// fit decodes part by part into v and notes each part that does not fit. The library's
// decoder stops at the first.
func (r *reader) fit(node ast.Node, v reflect.Value) {
	node = r.meant(node)
	if r.unfilled[node] || r.unfit[node] {
		return
	}
	_, null := node.(*ast.NullNode)
	switch {
	case null || readsItself(v.Type()):
		r.fitWhole(node, v)
	case v.Kind() == reflect.Pointer:
		pointed := reflect.New(v.Type().Elem())
		r.fit(node, pointed.Elem())
		v.Set(pointed)
	case v.Kind() == reflect.Slice:
		r.fitList(node, v)
	case v.Kind() == reflect.Map, v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]():
		r.fitEntries(node, v)
	default:
		r.fitWhole(node, v)
	}
}

func (r *reader) fitList(node ast.Node, v reflect.Value) {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		r.fitWhole(node, v)
		return
	}
	all := reflect.MakeSlice(v.Type(), len(list.Values), len(list.Values))
	for i, value := range list.Values {
		r.fit(value, all.Index(i))
	}
	v.Set(all)
}

func (r *reader) fitEntries(node ast.Node, v reflect.Value) {
	entries, ok := entriesOf(node)
	if !ok {
		r.fitWhole(node, v)
		return
	}
	if v.Kind() == reflect.Map {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for _, entry := range entries {
		if v.Kind() == reflect.Map {
			value := reflect.New(v.Type().Elem()).Elem()
			r.fit(entry.Value, value)
			key := reflect.New(v.Type().Key())
			if r.decode(entry.Key, key) == nil {
				v.SetMapIndex(key.Elem(), value)
			}
		} else if field, ok := fieldNamed(v.Type(), entry.Key.GetToken().Value); ok {
			r.fit(entry.Value, v.FieldByIndex(field.Index))
		}
	}
}

// entriesOf lists the entries of a mapping. The library has a type of its own for one
// with a single entry.
func entriesOf(node ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

func (r *reader) fitWhole(node ast.Node, v reflect.Value) {
	fresh := reflect.New(v.Type())
	fresh.Elem().Set(v)
	if err := r.decode(node, fresh); err != nil {
		r.misfit(node, v.Type(), err)
		return
	}
	v.Set(fresh.Elem())
}

func (r *reader) decode(node ast.Node, pointer reflect.Value) error {
	return yaml.NodeToValue(node, pointer.Interface(), decoding...)
}

// misfit notes a value that does not fit. It is not repeated, for it may be a secret that
// was written under the wrong key; one from outside is named by its reference.
func (r *reader) misfit(node ast.Node, t reflect.Type, err error) {
	r.unfit[node] = true
	e := &Error{Line: node.GetToken().Position.Line, Key: pathOf(node)}
	name := "the value of " + e.Key
	if e.Key == "" {
		name = "the whole file"
	}
	reference := r.referenceIn(node)
	if reference != "" {
		name += ", " + reference + ","
	}
	e.Text = name + " does not fit: " + wanted(node, t, err, reference == "")
	r.mistakes = append(r.mistakes, e)
}

// referenceIn returns the first reference in a node, "" where there is none.
func (r *reader) referenceIn(node ast.Node) string {
	for _, found := range ast.Filter(ast.StringType, node) {
		if reference := r.references[found]; reference != "" {
			return reference
		}
	}
	return ""
}

// wanted says what would fit. A type that reads itself knows best, but its words may
// quote the value. The library's words speak of Go: it has its own where a type that reads
// a text is given a list.
func wanted(node ast.Node, t reflect.Type, err error, mayQuote bool) string {
	_, scalar := node.(ast.ScalarNode)
	knows := hasMethod(t, "UnmarshalYAML") || t == reflect.TypeFor[time.Time]() || scalar && readsItself(t)
	if err != nil && knows && mayQuote {
		return firstLine(err.Error())
	}
	return "write " + describe(t)
}

// describe says in the operator's words what a type takes.
func describe(t reflect.Type) string {
	switch t = pointedTo(t); {
	case t == reflect.TypeFor[time.Duration]():
		return "a duration, such as 10s, 5m or 2h30m"
	case t == reflect.TypeFor[time.Time]():
		return "a time, such as 2026-01-01T00:00:00Z"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case isWhole(t):
		return "a whole number" + rangeOf(t) + ", such as 10"
	case t.Kind() == reflect.Float32, t.Kind() == reflect.Float64:
		return "a number, such as 2.5"
	case t.Kind() == reflect.Slice:
		return "a list, such as [a, b]"
	case t.Kind() == reflect.String:
		return "a text"
	case t.Kind() == reflect.Struct && !readsItself(t) && len(keysOf(t)) > 0:
		return "its keys below it: " + strings.Join(keysOf(t), ", ")
	}
	return "what the annotated example shows"
}

// isWhole reports whether a type takes whole numbers only.
func isWhole(t reflect.Type) bool {
	return t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64 && t != reflect.TypeFor[time.Duration]() && !readsItself(t)
}

// rangeOf names the bounds of the types that people meet: those of 64 bits are none.
func rangeOf(t reflect.Type) string {
	switch bits := t.Bits(); {
	case t.Kind() < reflect.Uint && bits < 64:
		return fmt.Sprintf(" from %d to %d", -(int64(1) << (bits - 1)), int64(1)<<(bits-1)-1)
	case t.Kind() >= reflect.Uint && bits < 64:
		return fmt.Sprintf(" from 0 to %d", uint64(1)<<bits-1)
	case t.Kind() >= reflect.Uint:
		return ", 0 or more"
	}
	return ""
}

// asWritten is a number as the text that stands in the file, where a text belongs: the
// library makes 7 of the password 007, and 1.5 of 1.50.
func asWritten(node ast.Node, t reflect.Type) ast.Node {
	if pointedTo(t).Kind() != reflect.String {
		return node
	}
	switch node.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		s := ast.String(node.GetToken())
		s.Token = quoted(s)
		s.SetPath(node.GetPath())
		return s
	}
	return node
}

// isFraction reports whether a number has decimals, which the library drops in silence
// where a whole one belongs.
func isFraction(node ast.Node) bool {
	f, ok := node.(*ast.FloatNode)
	return ok && f.Value != math.Trunc(f.Value)
}
