package strict

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type part struct {
	Host     string `yaml:"host"`
	Password string `yaml:"password"`
	Port     int    `yaml:"port"`
}

type file struct {
	Prefix string         `yaml:"prefix"`
	Source part           `yaml:"source"`
	Keys   []part         `yaml:"keys"`
	Rates  map[string]any `yaml:"rates"`
}

func TestMistakesNameFileLineAndWhatWasMeant(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"an unknown key at the top":        {"prefix: a\nsuorce: {}\n", `f.yaml:2: unknown key "suorce", did you mean "source"?`},
		"an unknown key inside":            {"source:\n  host: a\n  pasword: b\n", `f.yaml:3: unknown key "pasword", did you mean "password"?`},
		"an unknown key in flow style":     {"source: {hots: a}\n", `f.yaml:1: unknown key "hots", did you mean "host"?`},
		"an unknown key in a list":         {"keys:\n  - {host: a}\n  - {hist: b}\n", `f.yaml:3: unknown key "hist", did you mean "host"?`},
		"a variable that is not set":       {"source:\n  password: ${NO_SUCH_VARIABLE}\n", `f.yaml:2: ${NO_SUCH_VARIABLE}: the environment variable is not set`},
		"a secret file that is not there":  {"source:\n  password: ${file:/nowhere/x}\n", `f.yaml:2: ${file:/nowhere/x}: the file cannot be read`},
		"a text where a number belongs":    {"source:\n  port: abc\n", "f.yaml: "},
		"what is not YAML":                 {"source: [\n", "f.yaml: this is not YAML"},
		"two documents in one file":        {"prefix: a\n---\nprefix: b\n", "f.yaml: it holds several documents"},
		"one key only, which is not known": {"prefx: a\n", `f.yaml:1: unknown key "prefx", did you mean "prefix"?`},
	} {
		t.Run(name, func(t *testing.T) {
			err := Decode("f.yaml", []byte(c.in), &file{})
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s…", err, c.want)
			}
		})
	}
}

func TestScalarsTakeTheirValueFromOutside(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hush: #\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SHOP_HOST", "db.example")
	got := file{Source: part{Port: 3306}}
	in := "source: {host: \"x-${SHOP_HOST}\", password: \"${file:" + secret + "}\"}\nrates: {\"20.00\": GB_STANDARD, a: null}\n"
	if err := Decode("f.yaml", []byte(in), &got); err != nil {
		t.Fatal(err)
	}
	if got.Source != (part{"x-db.example", `hush: #"`, 3306}) {
		t.Errorf("read %+v", got.Source)
	}
	if got.Rates["20.00"] != "GB_STANDARD" || len(got.Rates) != 2 {
		t.Errorf("map keys are free: read %v", got.Rates)
	}
}

func TestAnEmptyFileChangesNothing(t *testing.T) {
	got := file{Prefix: "kept"}
	if err := Decode("f.yaml", []byte("# nothing\n"), &got); err != nil || got.Prefix != "kept" {
		t.Errorf("read %+v, %v", got, err)
	}
}
