package canonical

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestEveryKindHasASchemaThatCompiles(t *testing.T) {
	for _, info := range Kinds() {
		t.Run(string(info.Kind), func(t *testing.T) {
			document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema(info.Kind)))
			if err != nil {
				t.Fatal(err)
			}
			compiler := jsonschema.NewCompiler()
			if err := compiler.AddResource("urn:test", document); err != nil {
				t.Fatal(err)
			}
			if _, err := compiler.Compile("urn:test"); err != nil {
				t.Error(err)
			}
		})
	}
	if Schema("parcel") != nil {
		t.Error("there is a schema of parcels")
	}
}

func TestSchemasNameEveryFieldOfTheirType(t *testing.T) {
	for _, info := range Kinds() {
		t.Run(string(info.Kind), func(t *testing.T) {
			var schema struct {
				Properties map[string]any `json:"properties"`
			}
			if err := json.Unmarshal(Schema(info.Kind), &schema); err != nil {
				t.Fatal(err)
			}
			for _, f := range reflect.VisibleFields(reflect.TypeOf(info.New()).Elem()) {
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if !f.Anonymous && schema.Properties[name] == nil {
					t.Errorf("its schema says nothing of %s", name)
				}
			}
		})
	}
}

// TestSchemasDescribeEveryField holds that nobody has to guess what a field says: its unit, its
// sign, and when it is absent.
func TestSchemasDescribeEveryField(t *testing.T) {
	for _, info := range Kinds() {
		t.Run(string(info.Kind), func(t *testing.T) {
			var schema described
			if err := json.Unmarshal(Schema(info.Kind), &schema); err != nil {
				t.Fatal(err)
			}
			schema.check(t, "")
			for name, def := range schema.Defs {
				def.check(t, name+".")
			}
		})
	}
}

// described is a schema as far as it describes fields.
type described struct {
	Description string               `json:"description"`
	Properties  map[string]described `json:"properties"`
	Items       *described           `json:"items"`
	Defs        map[string]described `json:"$defs"`
}

func (d described) check(t *testing.T, at string) {
	for name, field := range d.Properties {
		if field.Description == "" {
			t.Errorf("%s%s has no description", at, name)
		}
		field.check(t, at+name+".")
	}
	if d.Items != nil {
		d.Items.check(t, at+"[].")
	}
}
