package canonical_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// A shape is what a consumer relies on of every field, by path: its type, the values that it may
// have, and whether it is always there.
type shape map[string]string

// TestSchemasOnlyGrow holds the schemas against those of the last release, which the folder
// released has. Whoever releases a version copies the schemas there. A change that this test
// refuses needs another major version in the schema's name.
func TestSchemasOnlyGrow(t *testing.T) {
	files, err := filepath.Glob("released/*.schema.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no schema was released: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".schema.json")
		t.Run(name, func(t *testing.T) {
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range broken(shapeOf(t, before), shapeOf(t, canonical.Schema(canonical.Kind(name)))) {
				t.Error(fault)
			}
		})
	}
}

// broken lists what a consumer of the one finds missing or different in the other.
func broken(before, now shape) (faults []string) {
	for path, was := range before {
		if is, there := now[path]; !there {
			faults = append(faults, path+" is gone")
		} else if is != was {
			faults = append(faults, fmt.Sprintf("%s is %s, and was %s", path, is, was))
		}
	}
	slices.Sort(faults)
	return faults
}

func TestWhatBreaksAConsumerIsFound(t *testing.T) {
	const before = `{"type":"object","required":["id"],"properties":{"id":{"type":"integer"},"state":{"enum":["open","paid"]},
		"lines":{"type":"array","items":{"$ref":"#/$defs/line"}}},"$defs":{"line":{"type":"object","properties":{"sku":{"type":"string"}}}}}`
	for name, c := range map[string]struct{ from, to, want string }{
		"nothing":                   {"", "", ""},
		"a new field":               {`"id":{`, `"number":{"type":"string"},"id":{`, ""},
		"a new description":         {`"type":"integer"`, `"type":"integer","description":"its id"`, ""},
		"a field is gone":           {`"state":{"enum":["open","paid"]},`, ``, "state is gone"},
		"a field of a list is gone": {`"sku"`, `"code"`, "lines[].sku is gone"},
		"another type":              {`"integer"`, `"string"`, "id is always string, and was always integer"},
		"another value":             {`"open","paid"`, `"open","paid","void"`, `state is ["open","paid","void"], and was ["open","paid"]`},
		"it may be absent":          {`"required":["id"],`, ``, "id is integer, and was always integer"},
	} {
		t.Run(name, func(t *testing.T) {
			after := strings.Replace(before, c.from, c.to, 1)
			if c.from == "" {
				after = before
			}
			if got := strings.Join(broken(shapeOf(t, []byte(before)), shapeOf(t, []byte(after))), "; "); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

func shapeOf(t *testing.T, text []byte) shape {
	t.Helper()
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatalf("no schema of the name is there any more: %v", err)
	}
	all := shape{}
	all.add(schema, "", schema)
	return all
}

// add notes the fields of an object, or of the objects of a list.
func (s shape) add(schema map[string]any, path string, at map[string]any) {
	at = resolve(schema, at)
	if items, ok := at["items"].(map[string]any); ok {
		s.add(schema, path+"[]", items)
	}
	properties, _ := at["properties"].(map[string]any)
	required, _ := at["required"].([]any)
	for name, property := range properties {
		p := resolve(schema, property.(map[string]any))
		own := strings.TrimPrefix(path+"."+name, ".")
		s[own] = word(slices.Contains(required, any(name)), p)
		s.add(schema, own, p)
	}
}

// word says what a field is, on one line.
func word(always bool, p map[string]any) string {
	var parts []string
	if always {
		parts = append(parts, "always")
	}
	for _, key := range []string{"type", "enum", "const", "oneOf", "anyOf"} {
		switch v := p[key].(type) {
		case nil:
		case string:
			parts = append(parts, v)
		default:
			text, _ := json.Marshal(v)
			parts = append(parts, string(text))
		}
	}
	return strings.Join(parts, " ")
}
