package assemble_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/testenv/fixture"
)

func TestGoldenDocumentsFollowTheirSchemas(t *testing.T) {
	schemas := fixture.Schemas(t)
	files, err := filepath.Glob("testdata/*/*-*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		kind, _, _ := strings.Cut(filepath.Base(file), "-")
		value, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		fixture.Validate(t, schemas[canonical.Kind(kind)], file, value)
	}
}
