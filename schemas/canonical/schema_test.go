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
		kind := info.Kind
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema(kind)))
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		compiler := jsonschema.NewCompiler()
		if err := compiler.AddResource("urn:test", document); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if _, err := compiler.Compile("urn:test"); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if Schema("parcel") != nil {
		t.Error("there is a schema of parcels")
	}
}

func TestSchemasNameEveryFieldOfTheirType(t *testing.T) {
	for _, info := range Kinds() {
		kind := info.Kind
		e, err := Decode(kind, []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		var schema struct {
			Properties map[string]any `json:"properties"`
		}
		if err := json.Unmarshal(Schema(kind), &schema); err != nil {
			t.Fatal(err)
		}
		for _, f := range reflect.VisibleFields(reflect.TypeOf(e).Elem()) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.Anonymous && schema.Properties[name] == nil {
				t.Errorf("schema of %s says nothing of %s", kind, name)
			}
		}
	}
}
