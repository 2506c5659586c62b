package testenv_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/mage2sage/mage2sage/"

// A pkg is what `go list -json` says of one package.
type pkg struct {
	ImportPath string
	Imports    []string
}

// name is the package's path below the module.
func (p pkg) name() string { return strings.TrimPrefix(p.ImportPath, module) }

// ours lists the packages of the project that it imports.
func (p pkg) ours() (all []string) {
	for _, path := range p.Imports {
		if to, ours := strings.CutPrefix(path, module); ours {
			all = append(all, to)
		}
	}
	return all
}

// homes names, for each foreign technology, the only folders that may import it.
var homes = []struct {
	name     string
	packages []string // import path prefixes
	folders  []string
}{
	{"Kafka", []string{"github.com/segmentio/kafka-go", "github.com/twmb/franz-go"}, []string{"schemas/topic"}},
	{"Postgres", []string{"github.com/jackc/pgx", "github.com/pressly/goose"}, []string{"sink/postgres"}},
	{"MySQL's wire", []string{"github.com/go-mysql-org/go-mysql", "github.com/go-sql-driver/mysql"}, []string{"capture/source", "capture/binlog"}},
	{"SELECTs on Magento", []string{"database/sql"}, []string{"capture/source", "capture/snapshot", "sink/postgres"}},
	{"HTTP", []string{"net/http"}, []string{"sink/sage", "cmd/internal/process", "schemas/topic/registry"}},
	{"OAuth", []string{"golang.org/x/oauth2"}, []string{"sink/sage"}},
	{"local state", []string{"github.com/cockroachdb/pebble"}, []string{"transform/state"}},
	{"decimals", []string{"github.com/cockroachdb/apd"}, []string{"schemas/money"}},
}

// vocabulary are the packages that all rooms of their stage may import: types and
// pure functions that name what the stage speaks of. They import schemas and each
// other, and nothing else of the project.
var vocabulary = []string{"capture/position", "capture/row", "sink/work", "sink/policy", "sink/sage/resource"}

// arrows are the imports from one room of a stage to another that are neither down
// nor to the vocabulary, each with its reason.
var arrows = map[[2]string]string{
	{"sink/deliver", "sink/sage"}:      "deliver has the table of operations and the calls that make them",
	{"sink/binding", "sink/sage"}:      "connecting asks Sage for businesses and their ids",
	{"sink/binding", "sink/sage/auth"}: "connecting asks a person for consent, and seals the tokens",
}

// pure are the rooms that decide and assemble. Nothing in them, or in what they
// import of the project, may reach for a network, a file, a database or a log.
var pure = []string{
	"capture/position", "capture/row", "capture/stream/debezium", "transform/assemble", "sink/work", "sink/policy", "sink/plan", "sink/sage/resource",
	"schemas/change", "schemas/canonical", "schemas/magento", "schemas/money", "schemas/finding", "schemas/health", "schemas/raw",
}

// reach are the packages by which code reaches out of itself.
var reach = []string{
	"context", "database/sql", "io/fs", "io/ioutil", "log", "net", "os", "path/filepath", "plugin", "syscall",
	"github.com/cockroachdb/pebble", "github.com/go-mysql-org/go-mysql", "github.com/go-sql-driver/mysql", "github.com/jackc/pgx",
	"github.com/pressly/goose", "github.com/prometheus/client_golang", "github.com/rs/zerolog", "github.com/segmentio/kafka-go",
	"github.com/twmb/franz-go", "golang.org/x/oauth2", "golang.org/x/sync", "golang.org/x/time",
}

// longestChain bounds how deep a reader has to go: the number of packages on the
// longest way of imports within the project, tests and testenv left out.
const longestChain = 7

// violations lists what a set of packages imports against the rules of the design.
// testenv is exempt, because it looks from outside.
func violations(all []pkg) (found []string) {
	for _, p := range all {
		from := p.name()
		if within(from, "testenv") {
			continue
		}
		for _, to := range p.ours() {
			if !mayImport(from, to) {
				found = append(found, fmt.Sprintf("%s imports %s: imports point down, to schemas/…, to a folder below or to the stage's vocabulary", from, to))
			}
		}
		for _, path := range p.Imports {
			for _, home := range homes {
				if has(home.packages, path) && !has(home.folders, from) {
					found = append(found, fmt.Sprintf("%s imports %s: %s has its home in %v", from, path, home.name, home.folders))
				}
			}
		}
	}
	return append(found, impurities(all)...)
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
	case within(to, "schemas"):
		return true
	case within(from, "schemas"):
		return false
	case slices.Contains(vocabulary, from):
		return slices.Contains(vocabulary, to) && stage(from) == stage(to)
	case within(to, from):
		return true
	}
	return stage(from) == stage(to) && (slices.Contains(vocabulary, to) || arrow(from, to))
}

// arrow reports whether a named arrow leads from one room, or a folder below it, to
// another.
func arrow(from, to string) bool {
	for a := range arrows {
		if within(from, a[0]) && to == a[1] {
			return true
		}
	}
	return false
}

// impurities lists the pure rooms that can reach out, each with the way.
func impurities(all []pkg) (found []string) {
	byName := map[string]pkg{}
	for _, p := range all {
		byName[p.name()] = p
	}
	var visit func(room string, way []string, p pkg)
	visit = func(room string, way []string, p pkg) {
		for _, path := range p.Imports {
			if has(reach, path) {
				found = append(found, fmt.Sprintf("%s is a pure room and reaches %s by way of %s", room, path, strings.Join(way, " → ")))
			}
		}
		for _, to := range p.ours() {
			if below, known := byName[to]; known && !slices.Contains(way, to) {
				visit(room, append(slices.Clone(way), to), below)
			}
		}
	}
	for _, p := range all {
		if has(pure, p.name()) {
			visit(p.name(), []string{p.name()}, p)
		}
	}
	return found
}

// chain is the longest way of imports within the project that begins at a package.
func chain(all []pkg) (longest []string) {
	byName := map[string]pkg{}
	for _, p := range all {
		if !within(p.name(), "testenv") {
			byName[p.name()] = p
		}
	}
	from := map[string][]string{}
	var follow func(string) []string
	follow = func(name string) []string {
		if way, done := from[name]; done {
			return way
		}
		var below []string
		for _, to := range byName[name].ours() {
			if way := follow(to); len(way) > len(below) {
				below = way
			}
		}
		from[name] = append([]string{name}, below...)
		return from[name]
	}
	for name := range byName {
		if way := follow(name); len(way) > len(longest) {
			longest = way
		}
	}
	return longest
}

// stage is the folder at the top.
func stage(name string) string {
	top, _, _ := strings.Cut(name, "/")
	return top
}

// within reports whether a path is that folder or below it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

func has(folders []string, path string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return within(path, f) })
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

func TestTheLongestChainOfImportsIsShort(t *testing.T) {
	way := chain(list(t, "..", "./..."))
	t.Logf("%d packages: %s", len(way), strings.Join(way, " → "))
	if len(way) > longestChain {
		t.Errorf("%d packages hang on one another, want at most %d: %s", len(way), longestChain, strings.Join(way, " → "))
	}
	planted := []pkg{{module + "a", []string{module + "b", "fmt"}}, {module + "b", []string{module + "c"}}, {module + "c", nil}, {module + "d", []string{module + "c"}}}
	if got := chain(planted); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("the longest chain of a → b → c and d → c is %v", got)
	}
}

// A rule about a folder that is not there any more would hold nothing.
func TestEveryFolderThatARuleNamesIsThere(t *testing.T) {
	named := slices.Concat(vocabulary, pure)
	for _, h := range homes {
		named = append(named, h.folders...)
	}
	for a := range arrows {
		named = append(named, a[0], a[1])
	}
	for _, folder := range named {
		if _, err := os.Stat(filepath.Join("..", folder)); err != nil {
			t.Errorf("a rule names %s, and there is no such folder", folder)
		}
	}
}

func TestPlantedViolationsAreFound(t *testing.T) {
	for name, planted := range map[string][]pkg{
		"a stage imports another":                {{module + "sink", []string{module + "transform"}}},
		"a lower folder imports its parent":      {{module + "sink/sage", []string{module + "sink"}}},
		"a room imports its neighbour":           {{module + "sink/plan", []string{module + "sink/postgres"}}},
		"a named arrow runs the other way":       {{module + "sink/sage", []string{module + "sink/deliver"}}},
		"a vocabulary imports a room":            {{module + "sink/work", []string{module + "sink/sage"}}},
		"a vocabulary imports what is below it":  {{module + "sink/work", []string{module + "sink/work/queue"}}},
		"the vocabulary of another stage":        {{module + "transform/reference", []string{module + "capture/row"}}},
		"schemas import a stage":                 {{module + "schemas/change", []string{module + "capture"}}},
		"a stage imports cmd":                    {{module + "transform", []string{module + "cmd/internal/config"}}},
		"the product imports the tests":          {{module + "cmd/mage2sage", []string{module + "testenv/shop"}}},
		"Kafka outside schemas/topic":            {{module + "capture", []string{"github.com/segmentio/kafka-go"}}},
		"Postgres outside sink/postgres":         {{module + "sink/deliver", []string{"github.com/jackc/pgx/v5"}}},
		"MySQL's wire outside its rooms":         {{module + "capture/stream", []string{"github.com/go-mysql-org/go-mysql/replication"}}},
		"Pebble outside transform/state":         {{module + "transform", []string{"github.com/cockroachdb/pebble/v2"}}},
		"oauth2 outside sink/sage":               {{module + "sink/binding", []string{"golang.org/x/oauth2"}}},
		"HTTP outside its homes":                 {{module + "sink/deliver", []string{"net/http"}}},
		"SELECTs outside their homes":            {{module + "transform", []string{"database/sql"}}},
		"a driver of SQL outside its homes":      {{module + "capture", []string{"database/sql/driver"}}},
		"cmd uses a technology by itself too":    {{module + "cmd/mage2sage", []string{"github.com/segmentio/kafka-go"}}},
		"a pure room opens a file":               {{module + "sink/plan/lines", []string{"os"}}},
		"a pure room takes a context":            {{module + "transform/assemble", []string{"context"}}},
		"a pure room reaches out by way of ours": {{module + "transform/assemble", []string{module + "schemas/topic"}}, {module + "schemas/topic", []string{"net"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if len(violations(planted)) != 1 {
				t.Errorf("%v gives %q, want one violation", planted, violations(planted))
			}
		})
	}
}

func TestWhatTheRulesAllowPasses(t *testing.T) {
	for name, allowed := range map[string]pkg{
		"a stage imports a room":          {module + "sink", []string{module + "sink/plan", module + "sink/postgres"}},
		"a room imports its vocabulary":   {module + "sink/plan", []string{module + "sink/work", module + "sink/policy", module + "sink/sage/resource"}},
		"a room imports what is below it": {module + "sink/plan", []string{module + "sink/plan/lines"}},
		"a named arrow":                   {module + "sink/deliver", []string{module + "sink/sage"}},
		"vocabularies import each other":  {module + "sink/policy", []string{module + "sink/work"}},
		"everybody imports schemas":       {module + "capture/row", []string{module + "schemas/magento"}},
		"cmd puts stages together":        {module + "cmd/mage2sage", []string{module + "capture", module + "sink/postgres"}},
		"a technology in its home":        {module + "sink/postgres", []string{"github.com/jackc/pgx/v5"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := violations([]pkg{allowed}); len(got) != 0 {
				t.Errorf("%q, want none", got)
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
