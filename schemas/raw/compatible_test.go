package raw_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/raw"
)

// A definition is what a consumer relies on of one part of a schema: by field, its type and the
// values that it may have, and whether it is always there.
type definition map[string]string

// TestSchemasOnlyGrow holds the schemas against those of the last release, which the folder released
// has. Whoever releases a version writes there what topics --schema raw.sales and the others print.
// A change that this test refuses needs another number in the schema's $id.
func TestSchemasOnlyGrow(t *testing.T) {
	files, err := filepath.Glob("released/*.schema.json")
	if err != nil || len(files) != len(raw.Domains()) {
		t.Fatalf("%d schemas were released: %v", len(files), err)
	}
	for _, file := range files {
		domain := strings.TrimSuffix(filepath.Base(file), ".schema.json")
		t.Run(domain, func(t *testing.T) {
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, fault := range broken(definitions(t, before), definitions(t, raw.Schema(change.Domain(domain)))) {
				t.Error(fault)
			}
		})
	}
}

// definitions are the parts of a schema by name.
func definitions(t *testing.T, text []byte) map[string]definition {
	t.Helper()
	var schema struct {
		Defs map[string]struct {
			Required   []string                  `json:"required"`
			Properties map[string]map[string]any `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatalf("no schema of the name is there any more: %v", err)
	}
	all := map[string]definition{}
	for name, def := range schema.Defs {
		all[name] = definition{}
		for field, p := range def.Properties {
			var words []string
			if slices.Contains(def.Required, field) {
				words = append(words, "always")
			}
			for _, key := range []string{"type", "enum", "const", "anyOf", "allOf"} {
				if p[key] != nil {
					text, _ := json.Marshal(p[key])
					words = append(words, string(text))
				}
			}
			all[name][field] = strings.Join(words, " ")
		}
	}
	return all
}

// broken lists what a consumer of the one finds missing or different in the other.
func broken(before, now map[string]definition) (faults []string) {
	for name, fields := range before {
		if now[name] == nil {
			faults = append(faults, name+" is gone")
			continue
		}
		for field, was := range fields {
			if is, there := now[name][field]; !there {
				faults = append(faults, fmt.Sprintf("%s.%s is gone", name, field))
			} else if is != was {
				faults = append(faults, fmt.Sprintf("%s.%s is %s, and was %s", name, field, is, was))
			}
		}
	}
	slices.Sort(faults)
	return faults
}

func TestWhatBreaksAConsumerIsFound(t *testing.T) {
	before := string(raw.Schema(change.Sales))
	for name, c := range map[string]struct{ from, to, want string }{
		"nothing":           {"", "", ""},
		"a new description": {`"description": "what was paid"`, `"description": "what the buyer paid"`, ""},
		"another type":      {`"pos": {` + "\n" + `          "description": "where the transaction ends in it",` + "\n" + `          "examples": [` + "\n" + `            4711` + "\n" + `          ],` + "\n" + `          "type": "integer"`, `"pos": {"type":"string"`, `commit.pos is always "string", and was always "integer"`},
		"a column is gone":  {`"po_number"`, `"number"`, "row.sales_order_payment.po_number is gone"},
		"a table is gone":   {`"row.quote_address": {`, `"row.quote_place": {`, "row.quote_address is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.from != "" && !strings.Contains(before, c.from) {
				t.Fatal("the schema does not have what is to be changed")
			}
			after := before
			if c.from != "" {
				after = strings.Replace(before, c.from, c.to, 1)
			}
			if got := strings.Join(broken(definitions(t, []byte(before)), definitions(t, []byte(after))), "; "); got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}
