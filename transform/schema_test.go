package transform

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// compile reads the schemas of all kinds.
func compile(t *testing.T) map[canonical.Kind]*jsonschema.Schema {
	t.Helper()
	out := map[canonical.Kind]*jsonschema.Schema{}
	for _, info := range canonical.Kinds() {
		kind := info.Kind
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(canonical.Schema(kind)))
		if err != nil {
			t.Fatal(err)
		}
		compiler := jsonschema.NewCompiler()
		if err := compiler.AddResource("urn:"+string(kind), document); err != nil {
			t.Fatal(err)
		}
		if out[kind], err = compiler.Compile("urn:" + string(kind)); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func validate(t *testing.T, schema *jsonschema.Schema, name string, value []byte) {
	t.Helper()
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := schema.Validate(instance); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func TestEmittedEntitiesFollowTheirSchemas(t *testing.T) {
	w, schemas := newWorld(t), compile(t)
	r := w.start(t.TempDir())
	history(w)
	r.settled()
	for _, e := range w.emissions() {
		validate(t, schemas[e.id.Kind()], string(e.id)+" "+e.kind, []byte(e.value))
	}
}
