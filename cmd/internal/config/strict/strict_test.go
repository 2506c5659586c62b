package strict

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type Section struct {
	Host     string `yaml:"host"`
	Password string `yaml:"password"`
	Port     int    `yaml:"port"`
}

type file struct {
	Prefix string         `yaml:"prefix"`
	Source Section        `yaml:"source"`
	Keys   []Section      `yaml:"keys"`
	Rates  map[string]any `yaml:"rates"`
}

func TestMistakesNameFileLineAndWhatWasMeant(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"an unknown key at the top":        {"prefix: a\nsuorce: {}\n", `f.yaml:2: unknown key "suorce", did you mean "source"?`},
		"an unknown key inside":            {"source:\n  host: a\n  pasword: b\n", `f.yaml:3: unknown key "pasword", did you mean "password"?`},
		"an unknown key in flow style":     {"source: {hots: a}\n", `f.yaml:1: unknown key "hots", did you mean "host"?`},
		"an unknown key in a list":         {"keys:\n  - {host: a}\n  - {hist: b}\n", `f.yaml:3: unknown key "hist", did you mean "host"?`},
		"a variable that is not set":       {"source:\n  password: ${NO_SUCH_VARIABLE}\n", `f.yaml:2: source.password: ${NO_SUCH_VARIABLE}: the environment variable is not set`},
		"a secret file that is not there":  {"source:\n  password: ${file:/nowhere/x}\n", `f.yaml:2: source.password: ${file:/nowhere/x}: the file cannot be read`},
		"a text where a number belongs":    {"source:\n  port: abc\n", "f.yaml:2: the value of source.port does not fit: write a whole number, such as 10"},
		"what is not YAML":                 {"source: [\n", "f.yaml:1: this is not YAML"},
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
	got := file{Source: Section{Port: 3306}}
	in := "source: {host: \"x-${SHOP_HOST}\", password: \"${file:" + secret + "}\"}\nrates: {\"20.00\": GB_STANDARD, a: null}\n"
	if err := Decode("f.yaml", []byte(in), &got); err != nil {
		t.Fatal(err)
	}
	if got.Source != (Section{"x-db.example", `hush: #"`, 3306}) {
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

type inherited struct {
	Section `yaml:",inline"`
	Own     string `yaml:"own"`
	hidden  string
	Skipped string `yaml:"-"`
}

func TestKeysOfAnEmbeddedStructAreKnownInTheOuterOne(t *testing.T) {
	var got inherited
	if err := Decode("f.yaml", []byte("host: a\nport: 7\nown: b\n"), &got); err != nil || got.Host != "a" || got.Port != 7 || got.Own != "b" || got.hidden != "" {
		t.Errorf("read %+v, %v", got, err)
	}
	err := Decode("f.yaml", []byte("own: b\nprot: 7\n"), &got)
	if want := `f.yaml:2: unknown key "prot", did you mean "port"? Known here: host, own, password, port`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestAFieldWithoutAKeyCannotBeSet(t *testing.T) {
	for _, key := range []string{"hidden", "Skipped", "skipped", "Own"} {
		t.Run(key, func(t *testing.T) {
			if err := Decode("f.yaml", []byte(key+": x\n"), &inherited{}); err == nil {
				t.Error("the key is taken")
			}
		})
	}
}

// TestAllMistakesOfAFileAreSaidAtOnce has one of each kind, in the order of the lines.
func TestAllMistakesOfAFileAreSaidAtOnce(t *testing.T) {
	in := "source:\n  password: ${NO_SUCH_VARIABLE}\n  port: abc\n  # a comment\n  hast: b\npreffix: c\n" +
		"keys:\n  - {port: 1}\n  - {port: 2.5, host: [a]}\nprefix: {a: b}\nrates: 3\n"
	got := file{Prefix: "kept", Source: Section{Port: 3306}}
	err := Decode("f.yaml", []byte(in), &got)
	want := []string{
		"f.yaml:2: source.password: ${NO_SUCH_VARIABLE}: the environment variable is not set: export it, or use ${file:PATH}",
		"f.yaml:3: the value of source.port does not fit: write a whole number, such as 10",
		`f.yaml:5: unknown key "hast", did you mean "host"? Known here: host, password, port`,
		`f.yaml:6: unknown key "preffix", did you mean "prefix"? Known here: keys, prefix, rates, source`,
		"f.yaml:9: the value of keys[1].port does not fit: write a whole number, such as 10",
		"f.yaml:9: the value of keys[1].host does not fit: write a text",
		"f.yaml:10: the value of prefix does not fit: write a text",
		"f.yaml:11: the value of rates does not fit: write what the annotated example shows",
	}
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("got\n%v\nwant\n%s", err, strings.Join(want, "\n"))
	}
	if got.Prefix != "kept" || got.Source.Port != 3306 || len(got.Keys) != 2 || got.Keys[0].Port != 1 {
		t.Errorf("beside the mistakes it read %+v", got)
	}
	var first *Error
	if !errors.As(err, &first) || first.Line != 2 || first.Key != "source.password" {
		t.Errorf("the first is %+v", first)
	}
}

func TestALineIsFoundByItsKeyOrByWhatItWouldStandUnder(t *testing.T) {
	in := []byte("prefix: a\nsource:\n  host: b\nkeys:\n  - host: c\n  - {port: 1,\n     host: d}\n")
	for key, want := range map[string]int{"prefix": 1, "source.host": 3, "source.port": 2, "keys[0].host": 5, "keys[1].host": 7, "keys[0].port": 4, "rates": 0, "pre": 0} {
		t.Run(key, func(t *testing.T) {
			if got := LineOf(in, key); got != want {
				t.Errorf("line %d, want %d", got, want)
			}
		})
	}
}

func TestAKeyThatIsWrittenTwiceIsRefused(t *testing.T) {
	err := Decode("f.yaml", []byte("prefix: a\nsource: {}\nprefix: b\n"), &file{})
	if err == nil || !strings.Contains(err.Error(), "prefix") {
		t.Errorf("got %v, want an error that names prefix", err)
	}
}

func TestTheDocumentEndsWithTheFileAndMayBeginWithDashes(t *testing.T) {
	for name, c := range map[string]struct {
		in, prefix string
		refused    bool
	}{
		"dashes before":       {"---\nprefix: a\n", "a", false},
		"dots behind":         {"prefix: a\n...\n", "a", false},
		"another document":    {"prefix: a\n---\nprefix: b\n", "", true},
		"nothing":             {"", "", false},
		"dashes and no more":  {"---\n", "", false},
		"comments and dashes": {"# c\n---\nprefix: a\n", "a", false},
	} {
		t.Run(name, func(t *testing.T) {
			var got file
			err := Decode("f.yaml", []byte(c.in), &got)
			if refused := err != nil; refused != c.refused || !refused && got.Prefix != c.prefix {
				t.Errorf("read %q, %v", got.Prefix, err)
			}
		})
	}
}

func TestAnErrorWithoutALineNamesTheFileOnly(t *testing.T) {
	for want, e := range map[string]Error{"f.yaml: bad": {File: "f.yaml", Text: "bad"}, "f.yaml:3: bad": {File: "f.yaml", Line: 3, Text: "bad"}} {
		t.Run(want, func(t *testing.T) {
			if e.Error() != want {
				t.Errorf("it reads %q", e.Error())
			}
		})
	}
}

func TestAValueThatDoesNotFitIsSaidInTheFilesOwnTerms(t *testing.T) {
	for in, want := range map[string]string{
		"source:\n  host: a\n  port: abc\n": "f.yaml:3: the value of source.port does not fit: write a whole number, such as 10",
		"source:\n  port: [1]\n":            "f.yaml:2: the value of source.port does not fit: write a whole number, such as 10",
	} {
		t.Run(in, func(t *testing.T) {
			if err := Decode("f.yaml", []byte(in), &file{}); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}
