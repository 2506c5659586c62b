package strict

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// outside matches ${NAME} and ${file:PATH}.
var outside = regexp.MustCompile(`\$\{(file:)?([^}]*)\}`)

// A filler replaces the references in scalars by the values from outside.
type filler struct {
	mistakes Mistakes
	// references holds the text of each replaced scalar as it is in the file.
	references map[ast.Node]string
	// unfilled are the scalars with a reference that leads nowhere.
	unfilled map[ast.Node]bool
}

func (f *filler) Visit(node ast.Node) ast.Visitor {
	s, ok := node.(*ast.StringNode)
	if !ok || !outside.MatchString(s.Value) {
		return f
	}
	f.references[s] = s.Value
	s.Value = outside.ReplaceAllStringFunc(s.Value, func(match string) string {
		parts := outside.FindStringSubmatch(match)
		value, problem := lookUp(parts[1] != "", parts[2])
		if problem != "" {
			f.unfilled[s] = true
			key := pathOf(s)
			f.mistakes = append(f.mistakes, &Error{Line: s.GetToken().Position.Line, Key: key, Text: key + ": " + problem})
		}
		return value
	})
	if !f.unfilled[s] {
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
