package assemble

import (
	"bytes"
	stdjson "encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/segmentio/encoding/json"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// The hash of what was emitted is over these bytes: were they others than those of the version
// before, every entity would be emitted again.
func TestEntitiesAreWrittenAsTheStandardLibraryWritesThem(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*-*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	seen := 0
	for _, file := range files {
		value, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, info := range canonical.Kinds() {
			e, err := canonical.Decode(info.Kind, value)
			if err != nil {
				continue // of another kind
			}
			seen++
			sameBytes(t, file, e)
			sameBytes(t, file, e.Content())
		}
	}
	if seen < len(files) {
		t.Errorf("%d of %d entities were looked at", seen, len(files))
	}
}

func sameBytes(t *testing.T, name string, value any) {
	t.Helper()
	want, err := stdjson.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(value); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is written as %s, %v\nthe standard library writes %s", name, got, err, want)
	}
}

type sample struct {
	Text   string  `json:"text"`
	Number int     `json:"number"`
	Ratio  float64 `json:"ratio"`
	Raw    stdjson.RawMessage
}

func TestTextsAreWrittenAsTheStandardLibraryWritesThem(t *testing.T) {
	for _, text := range []string{"<a href='x'>&", "line\u2028end\u2029", "\x00\x01\x7f\b\f\n", "bad \xff byte", `quote " back \ slash /`, "é漢🙂"} {
		sameBytes(t, text, sample{Text: text, Ratio: 1e21, Raw: stdjson.RawMessage("null")})
	}
}

// What one reads the other reads, and what one refuses the other refuses: a record that is
// set aside today is set aside tomorrow.
func TestWhatTheStandardLibraryRefusesIsRefused(t *testing.T) {
	for _, text := range []string{
		`{"text":"x","number":3,"later":{"a":[1,"]}"]}}`, `{"TEXT":"other case"}`, `{"text":null}`, `{"text":"x","text":"y"}`, ` {"number":-0} `, `null`,
		`{"text":1}`, `{"number":1.5}`, `{"number":"1"}`, `{"number":99999999999999999999}`, `{"number":01}`, `{"number":1e2}`,
		`{"text":"x"} x`, `{"text":"x"`, `{"text":"x",}`, `{,}`, `[]`, ``, "{\"text\":\"a\nb\"}", `{"text":nul}`,
		`{"raw":{"a":[1,2,}}`, `{"raw":tru}`, `{"later":{"a":[1,2,}}`, `{"later":tru}`, `{"later":01}`, `{"later":"\x"}`, "{\"later\":\"\n\"}",
	} {
		var got, want sample
		refused, err := stdjson.Unmarshal([]byte(text), &want), json.Unmarshal([]byte(text), &got)
		if (refused == nil) != (err == nil) {
			t.Errorf("%s: %v, but the standard library says %v", text, err, refused)
		}
		if err == nil && (got.Text != want.Text || got.Number != want.Number || !bytes.Equal(got.Raw, want.Raw)) {
			t.Errorf("%s is read as %+v, want %+v", text, got, want)
		}
	}
}
