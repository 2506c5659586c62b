package strict

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/goccy/go-yaml/ast"
)

// checkKeys notes the keys that the structs they are meant for do not have, and the
// values that the library would change without a word.
func (r *reader) checkKeys(node ast.Node, t reflect.Type) {
	node, t = r.meant(node), pointedTo(t)
	if list, ok := node.(*ast.SequenceNode); ok && t.Kind() == reflect.Slice {
		for i, v := range list.Values {
			list.Values[i] = asWritten(v, t.Elem())
			r.checkKeys(v, t.Elem())
		}
	}
	if isWhole(t) && isFraction(node) {
		r.misfit(node, t, nil)
	}
	if entries, ok := entriesOf(node); ok {
		for _, entry := range entries {
			r.checkEntry(entry, t)
		}
	}
}

func (r *reader) checkEntry(n *ast.MappingValueNode, t reflect.Type) {
	if t.Kind() == reflect.Map {
		n.Value = asWritten(n.Value, t.Elem())
		r.checkKeys(n.Value, t.Elem())
		return
	}
	if t.Kind() != reflect.Struct || readsItself(t) {
		return
	}
	key := n.Key.GetToken().Value
	field, ok := fieldNamed(t, key)
	if !ok {
		r.mistakes = append(r.mistakes, &Error{Line: n.Key.GetToken().Position.Line, Key: pathOf(n.Value), Text: unknownKey(key, t)})
		return
	}
	n.Value = asWritten(n.Value, field.Type)
	r.checkKeys(n.Value, field.Type)
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
	return hasMethod(t, "UnmarshalYAML") || hasMethod(t, "UnmarshalText") || hasMethod(t, "UnmarshalJSON")
}

func hasMethod(t reflect.Type, name string) bool {
	_, ok := reflect.PointerTo(t).MethodByName(name)
	return ok
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
	known := keysOf(t)
	if len(known) == 0 {
		return fmt.Sprintf("unknown key %q", key)
	}
	nearest := slices.MinFunc(known, func(a, b string) int {
		return levenshtein.ComputeDistance(a, key) - levenshtein.ComputeDistance(b, key)
	})
	return fmt.Sprintf("unknown key %q, did you mean %q? Known here: %s", key, nearest, strings.Join(known, ", "))
}

// keysOf lists the keys of a struct, sorted.
func keysOf(t reflect.Type) (known []string) {
	for _, f := range reflect.VisibleFields(t) {
		if k := keyOf(f); k != "" {
			known = append(known, k)
		}
	}
	slices.Sort(known)
	return known
}
