package raw_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/raw"
	"github.com/mage2sage/mage2sage/testenv/fixture"
)

func schemaOf(t *testing.T, d change.Domain) (schema map[string]any) {
	t.Helper()
	if err := json.Unmarshal(raw.Schema(d), &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestEveryFieldOfTheRawTopicsIsDescribedWithAnExample(t *testing.T) {
	for _, d := range magento.Domains() {
		fields := 0
		for name, def := range schemaOf(t, d)["$defs"].(map[string]any) {
			properties, _ := def.(map[string]any)["properties"].(map[string]any)
			for column, p := range properties {
				fields++
				s := p.(map[string]any)
				if words, _ := s["description"].(string); len(words) < 5 {
					t.Errorf("%s: nobody is told what %s.%s is", d, name, column)
				}
				_, example := s["examples"]
				_, any := s["anyOf"]
				_, all := s["allOf"]
				if !example && !any && !all { // the last two are described where they point to
					t.Errorf("%s: %s.%s has no example", d, name, column)
				}
			}
		}
		if fields < 30 {
			t.Errorf("the schema of %s has %d fields", d, fields)
		}
	}
	if raw.Schema("parcels") != nil {
		t.Error("there is a schema of parcels")
	}
}

func TestExamplesAreWhatTheirSchemaAllows(t *testing.T) {
	for _, d := range magento.Domains() {
		for name, def := range schemaOf(t, d)["$defs"].(map[string]any) {
			properties, _ := def.(map[string]any)["properties"].(map[string]any)
			for column, p := range properties {
				all, _ := p.(map[string]any)["examples"].([]any)
				for _, example := range all {
					compiler, address := jsonschema.NewCompiler(), "urn:"+name+":"+column
					if err := compiler.AddResource(address, p); err != nil {
						t.Fatal(err)
					}
					schema, err := compiler.Compile(address)
					if err != nil {
						t.Fatal(err)
					}
					if err := schema.Validate(example); err != nil {
						t.Errorf("%s.%s: %v", name, column, err)
					}
				}
			}
		}
	}
}

// envelope is a row change of sales_order as capture writes it.
func envelope(after string) []byte {
	return fmt.Appendf(nil, `{"before":null,"after":%s,"source":{"name":"shop","db":"magento","table":"sales_order","server_id":1,"file":"binlog.000003","pos":4711,`+
		`"row":1,"ts_ms":1769860800000,"snapshot":"false"},"op":"c","ts_ms":1769860800123,"transaction":{"id":"0-1-42","total_order":1}}`, after)
}

func TestASchemaTellsRecordsFromWhatIsNone(t *testing.T) {
	const row = `{"entity_id":7,"grand_total":"12.3400","created_at":"2026-01-31T12:00:00Z","customer_id":null}`
	for name, c := range map[string]struct {
		value []byte
		ok    bool
	}{
		"a row":                               {envelope(row), true},
		"a row that was deleted":              {envelope("null"), true},
		"a row with a column to come":         {envelope(strings.Replace(row, "{", `{"to_come":1,`, 1)), true},
		"an amount that is a number":          {envelope(strings.Replace(row, `"12.3400"`, `12.34`, 1)), false},
		"a row without its key":               {envelope(strings.Replace(row, `"entity_id":7,`, ``, 1)), false},
		"a key that is null":                  {envelope(strings.Replace(row, `7`, `null`, 1)), false},
		"a time that is none":                 {envelope(strings.Replace(row, `2026-01-31T`, `31/01/2026 `, 1)), false},
		"a zero date":                         {envelope(strings.Replace(row, `2026-01-31T12:00:00Z`, `0000-00-00T00:00:00Z`, 1)), true},
		"an operation that is none":           {[]byte(strings.Replace(string(envelope(row)), `"op":"c"`, `"op":"x"`, 1)), false},
		"a table of another topic":            {[]byte(strings.Replace(string(envelope(row)), `sales_order`, `store`, 1)), false},
		"a commit marker":                     {[]byte(`{"version":"1.2","previous":"1.1","file":"b","pos":1,"ts_ms":1}`), true},
		"the first commit marker":             {[]byte(`{"version":"1.2","previous":"","file":"b","pos":1,"ts_ms":1}`), true},
		"a commit marker without its version": {[]byte(`{"previous":"1.1","file":"b","pos":1,"ts_ms":1}`), false},
		"the begin of a snapshot":             {[]byte(`{"domain":"sales","version":"1.2","begin":"1.2"}`), true},
		"the begin of another topic's":        {[]byte(`{"domain":"customer","version":"1.2","begin":"1.2"}`), false},
		"something else":                      {[]byte(`{}`), false},
	} {
		t.Run(name, func(t *testing.T) {
			instance, err := jsonschema.UnmarshalJSON(strings.NewReader(string(c.value)))
			if err != nil {
				t.Fatal(err)
			}
			if err := fixture.RawSchemas(t)["sales"].Validate(instance); (err == nil) != c.ok {
				t.Errorf("it is taken: %v, want %v: %v", err == nil, c.ok, err)
			}
		})
	}
}

func TestTheEnvelopeHasWhatOurOwnTypeHas(t *testing.T) {
	defs := schemaOf(t, change.Sales)["$defs"].(map[string]any)
	for name, value := range map[string]any{
		"sales_order": change.Envelope{}, "source": change.Source{GTID: "0-1-2"}, "transaction": change.Transaction{},
		"commit": change.Commit{GTID: "0-1-2"}, "snapshot": change.Snapshot{Table: "sales_order"},
	} {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		have := defs[name].(map[string]any)["properties"].(map[string]any)
		for field := range want {
			if have[field] == nil {
				t.Errorf("the schema of %s says nothing of %s", name, field)
			}
		}
		if len(have) != len(want) {
			t.Errorf("the schema of %s has %d fields, want %d", name, len(have), len(want))
		}
	}
}

func TestTheSchemaHasTheTablesAndColumnsOfTheAllowList(t *testing.T) {
	for _, d := range magento.Domains() {
		defs := schemaOf(t, d)["$defs"].(map[string]any)
		for _, table := range magento.InDomain(d) {
			def, _ := defs["row."+table.Name].(map[string]any)
			properties, _ := def["properties"].(map[string]any)
			for column := range properties {
				if !slices.Contains(table.Columns, column) {
					t.Errorf("%s.%s is in the schema and may not leave", table.Name, column)
				}
			}
			if len(properties) != len(table.Columns) {
				t.Errorf("%s has %d columns in the schema, and %d may leave", table.Name, len(properties), len(table.Columns))
			}
		}
	}
}
