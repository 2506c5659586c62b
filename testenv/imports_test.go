package testenv_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/mage2sage/mage2sage/"

// A pkg is what `go list -json` says of one package.
type pkg struct {
	ImportPath string
	Imports    []string
}

// homes names, for each foreign technology, the only folders that may import it.
var homes = []struct {
	name     string
	packages []string // import path prefixes
	folders  []string
}{
	{"Kafka", []string{"github.com/segmentio/kafka-go", "github.com/twmb/franz-go"}, []string{"schemas/topic"}},
	{"Postgres", []string{"github.com/jackc/pgx", "github.com/pressly/goose", "database/sql/driver"}, []string{"sink/store"}},
	{"MySQL's wire", []string{"github.com/go-mysql-org/go-mysql", "github.com/go-sql-driver/mysql"}, []string{"capture"}},
	{"Sage's HTTP", []string{"golang.org/x/oauth2"}, []string{"sink/sage"}},
	{"local state", []string{"github.com/cockroachdb/pebble"}, []string{"transform/store"}},
	{"decimals", []string{"github.com/cockroachdb/apd"}, []string{"schemas/money"}},
}

// violations lists what a set of packages imports against the rules of the
// design: imports point down, cmd alone puts stages together, nothing imports
// testenv, and every foreign technology has one home. testenv is exempt, because
// it looks from outside.
func violations(all []pkg) (found []string) {
	for _, p := range all {
		from := strings.TrimPrefix(p.ImportPath, module)
		if within(from, "testenv") {
			continue
		}
		for _, path := range p.Imports {
			if to, ours := strings.CutPrefix(path, module); ours {
				if !mayImport(from, to) {
					found = append(found, fmt.Sprintf("%s imports %s: imports point down, to schemas/… or to a folder below", from, to))
				}
				continue
			}
			for _, home := range homes {
				if has(home.packages, path) && !has(home.folders, from) {
					found = append(found, fmt.Sprintf("%s imports %s: %s has its home in %v", from, path, home.name, home.folders))
				}
			}
		}
	}
	return found
}

// mayImport is the rule for two packages of ours.
func mayImport(from, to string) bool {
	switch {
	case within(to, "testenv"):
		return false
	case within(from, "cmd"):
		return true
	case within(to, "cmd"):
		return false
	}
	return within(to, "schemas") || within(to, from)
}

// within tells whether a path is that folder or below it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

func has(folders []string, path string) bool {
	for _, f := range folders {
		if within(path, f) {
			return true
		}
	}
	return false
}

// list asks the go command for packages and their imports, without tests.
func list(t *testing.T, dir string, args ...string) (all []pkg) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports"}, args...)...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestImportsPointDownAndEveryTechnologyHasOneHome(t *testing.T) {
	all := list(t, "..", "./...")
	if len(all) < 10 {
		t.Fatalf("go list found %d packages: it does not look at the project", len(all))
	}
	for _, v := range violations(all) {
		t.Error(v)
	}
}

func TestPlantedViolationsAreFound(t *testing.T) {
	for name, planted := range map[string]pkg{
		"a stage imports another":             {module + "sink", []string{module + "transform"}},
		"a lower folder imports its parent":   {module + "sink/sage", []string{module + "sink"}},
		"schemas import a stage":              {module + "schemas/change", []string{module + "capture"}},
		"a stage imports cmd":                 {module + "transform", []string{module + "cmd/internal/config"}},
		"the product imports the tests":       {module + "cmd/mage2sage", []string{module + "testenv/shop"}},
		"Kafka outside schemas/topic":         {module + "capture", []string{"github.com/segmentio/kafka-go"}},
		"Postgres outside sink/store":         {module + "sink", []string{"github.com/jackc/pgx/v5"}},
		"MySQL's wire outside capture":        {module + "transform", []string{"github.com/go-mysql-org/go-mysql/replication"}},
		"Pebble outside transform/store":      {module + "transform", []string{"github.com/cockroachdb/pebble/v2"}},
		"oauth2 outside sink/sage":            {module + "sink", []string{"golang.org/x/oauth2"}},
		"cmd uses a technology by itself too": {module + "cmd/mage2sage", []string{"github.com/segmentio/kafka-go"}},
	} {
		t.Run(name, func(t *testing.T) {
			if len(violations([]pkg{planted})) != 1 {
				t.Errorf("%v passes", planted)
			}
		})
	}
}

func TestAViolationInRealCodeIsFound(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module "+strings.TrimSuffix(module, "/")+"\n\ngo 1.26\n")
	write(t, filepath.Join(dir, "capture", "capture.go"), "package capture\n")
	write(t, filepath.Join(dir, "sink", "sink.go"), "package sink\n\nimport _ \""+module+"capture\"\n")
	if got := violations(list(t, dir, "./...")); len(got) != 1 {
		t.Errorf("found %v, want the one import of capture by sink", got)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
