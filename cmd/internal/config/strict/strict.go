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
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// An Error names the place of a mistake. Line is 0 and Key is empty where they are not
// known.
type Error struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
	Key  string `json:"key,omitempty"` // as it is reached from the top: source.port
	Text string `json:"text"`          // what is wrong and what to write
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

// Mistakes are all that is wrong with a file, in the order of its lines.
type Mistakes []*Error

// Error has a line for each mistake.
func (m Mistakes) Error() string {
	var lines []string
	for _, e := range m {
		lines = append(lines, e.Error())
	}
	return strings.Join(lines, "\n")
}

func (m Mistakes) Unwrap() (all []error) {
	for _, e := range m {
		all = append(all, e)
	}
	return all
}

// Sort puts mistakes in the order of their lines, those without one first.
func (m Mistakes) Sort() {
	slices.SortStableFunc(m, func(a, b *Error) int { return a.Line - b.Line })
}

// Decode reads data into the struct that out points to. Fields that data does not set, or
// sets to what does not fit, keep their values. file is only named in errors, and every
// error is Mistakes: one that is mended should not uncover the next.
func Decode(file string, data []byte, out any) error {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return notYAML(file, err)
	}
	if len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		return nil
	}
	if len(tree.Docs) > 1 {
		return Mistakes{{File: file, Text: "it holds several documents: write one"}}
	}
	body := tree.Docs[0].Body
	r := newReader(body)
	r.checkKeys(body, reflect.TypeOf(out).Elem())
	ast.Walk(&r.filler, body)
	if len(r.mistakes) == 0 && yaml.NodeToValue(body, out, decoding...) == nil {
		return nil
	}
	r.fit(body, reflect.ValueOf(out).Elem())
	if len(r.mistakes) == 0 { // the parts fit, and the whole does not
		r.misfit(body, reflect.TypeOf(out).Elem(), nil)
	}
	for _, e := range r.mistakes {
		e.File = file
	}
	r.mistakes.Sort()
	return r.mistakes
}

func notYAML(file string, err error) error {
	e := &Error{File: file, Text: "this is not YAML: " + firstLine(yaml.FormatError(err, false, false))}
	var syntax yaml.Error
	if errors.As(err, &syntax) && syntax.GetToken() != nil {
		e.Line, e.Text = syntax.GetToken().Position.Line, "this is not YAML: "+syntax.GetMessage()
	}
	return Mistakes{e}
}

// LineOf returns the line of a key, or of what it would stand under; 0 where there is
// neither.
func LineOf(data []byte, key string) (line int) {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil || len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		return 0
	}
	nearest := ""
	for _, node := range ast.Filter(ast.MappingValueType, tree.Docs[0].Body) {
		entry := node.(*ast.MappingValueNode)
		at := pathOf(entry.Value)
		if (at == key || strings.HasPrefix(key, at+".") || strings.HasPrefix(key, at+"[")) && len(at) > len(nearest) {
			nearest, line = at, entry.Key.GetToken().Position.Line
		}
	}
	return line
}

// pathOf names a node by the keys that lead to it.
func pathOf(node ast.Node) string {
	return strings.TrimPrefix(strings.TrimPrefix(node.GetPath(), "$"), ".")
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
