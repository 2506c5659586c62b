package strict

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A picky decodes itself and quotes what it does not like.
type picky struct{ Word string }

func (p *picky) UnmarshalText(text []byte) error {
	return &Error{File: "picky", Text: "cannot take " + string(text)}
}

type typed struct {
	Port    int               `yaml:"port"`
	Wait    time.Duration     `yaml:"wait"`
	On      bool              `yaml:"on"`
	Names   []string          `yaml:"names"`
	Weights map[string]uint   `yaml:"weights"`
	Waits   []time.Duration   `yaml:"waits"`
	Picky   picky             `yaml:"picky"`
	Pickies []*picky          `yaml:"pickies"`
	Inner   *typed            `yaml:"inner"`
	Free    any               `yaml:"free"`
	Texts   map[string]string `yaml:"texts"`
}

func TestAValueFromOutsideThatDoesNotFitIsNamedButNeverShown(t *testing.T) {
	const secret = "hush\"é\n1"
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	ref := "${file:" + file + "}"
	for name, c := range map[string]struct{ in, want string }{
		"a number":                       {"on: true\nport: " + ref + "\n", "f.yaml:2: the value of port, " + ref + ", does not fit: write a whole number"},
		"a duration":                     {"wait: " + ref + "\n", "f.yaml:1: the value of wait, " + ref + ", does not fit: write a duration, such as 10s"},
		"true or false":                  {"on: " + ref + "\n", "f.yaml:1: the value of on, " + ref + ", does not fit: write true or false"},
		"a list":                         {"names: " + ref + "\n", "f.yaml:1: the value of names, " + ref + ", does not fit: write a list"},
		"a number in a map":              {"weights: {a: 1, b: \"" + ref + "\"}\n", "f.yaml:1: the value of weights.b, " + ref + ", does not fit: write a whole number"},
		"a duration in a list":           {"waits:\n  - 1s\n  - " + ref + "\n", "f.yaml:3: the value of waits[1], " + ref + ", does not fit: write a duration"},
		"a type that decodes itself":     {"picky: " + ref + "\n", "f.yaml:1: the value of picky, " + ref + ", does not fit: write what the annotated example shows"},
		"such a type in a list":          {"pickies: [\"" + ref + "\"]\n", "f.yaml:1: the value of pickies[0], " + ref + ", does not fit: write what"},
		"a part in another":              {"inner:\n  inner:\n    wait: " + ref + "\n", "f.yaml:3: the value of inner.inner.wait, " + ref + ", does not fit: write a duration"},
		"a text where a part belongs":    {"inner: " + ref + "\n", "f.yaml:1: the value of inner, " + ref + ", does not fit: write its keys below it: free, inner"},
		"with text around the reference": {"wait: \"a" + ref + "b\"\n", "f.yaml:1: the value of wait, a" + ref + "b, does not fit: write a duration"},
	} {
		t.Run(name, func(t *testing.T) {
			err := Decode("f.yaml", []byte(c.in), &typed{})
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Fatalf("got  %v\nwant %s…", err, c.want)
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

func TestAValueFromOutsideThatFitsIsNotBlamedForAnother(t *testing.T) {
	t.Setenv("NAME", "x")
	t.Setenv("WAIT", "2s")
	in := "texts: {a: \"${NAME}\"}\nwait: ${WAIT}\nport: abc\n"
	err := Decode("f.yaml", []byte(in), &typed{})
	if err == nil || strings.Contains(err.Error(), "${") || !strings.HasPrefix(err.Error(), "f.yaml:3: the value of port") {
		t.Errorf("%v, want an error about line 3 and no reference", err)
	}
}

func TestValuesFromOutsideReachEveryPlaceOfATextUnchanged(t *testing.T) {
	t.Setenv("A", "1 # not a comment: ${B}")
	t.Setenv("B", "5")
	var got typed
	in := "names: [\"${A}\", \"<${B}${B}>\"]\ntexts: {b: \"${A}\"}\nfree: {x: [\"${B}\"]}\nwait: ${B}s\n"
	if err := Decode("f.yaml", []byte(in), &got); err != nil {
		t.Fatal(err)
	}
	if got.Names[0] != "1 # not a comment: ${B}" || got.Names[1] != "<55>" || got.Wait != 5*time.Second {
		t.Errorf("read %q and %s; a value is not searched for references again", got.Names, got.Wait)
	}
	if got.Texts["b"] != got.Names[0] {
		t.Errorf("texts are %q", got.Texts)
	}
	if x, ok := got.Free.(map[string]any); !ok || x["x"].([]any)[0] != "5" {
		t.Errorf("free is %v", got.Free)
	}
}

func TestOnlyTrailingLineFeedsOfAFileAreDropped(t *testing.T) {
	for content, want := range map[string]string{"a\n": "a", "a\r\n\n": "a", "\n a \n": "\n a ", "a\nb\n": "a\nb", "": ""} {
		t.Run(want, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			var got typed
			if err := Decode("f.yaml", []byte("texts: {a: \"${file:"+file+"}\"}\n"), &got); err != nil || got.Texts["a"] != want {
				t.Errorf("%q is read as %q, %v; want %q", content, got.Texts["a"], err, want)
			}
		})
	}
}

func TestAnEmptyVariableIsSet(t *testing.T) {
	t.Setenv("EMPTY", "")
	got := typed{Names: []string{"kept"}}
	if err := Decode("f.yaml", []byte("names: [\"${EMPTY}\"]\n"), &got); err != nil || len(got.Names) != 1 || got.Names[0] != "" {
		t.Errorf("read %q, %v", got.Names, err)
	}
}

// A keeper decodes itself and keeps what it is given.
type keeper string

func (r *keeper) UnmarshalText(text []byte) error {
	*r = keeper(text)
	return nil
}

func TestAValueFromOutsideReachesATypeThatReadsItself(t *testing.T) {
	for name, value := range map[string]string{
		"a password": "pa55", "a number": "12345", "a word of YAML's": "null", "quotes": `it's "so"`, "a backslash": `a\nb`, "a comment": "a # b",
		"a reference": "${A}", "several lines": "a\n  b: c\n- d", "nothing": "", "blanks": " a ", "a tab": "a\tb", "other scripts": "pässwörd 密码 🔑",
		"a URL": "postgres://u:p%40@h:5432/d?sslmode=disable&x={y}", "brackets": "[a, b]", "separators": "a\u2028b\u0085c", "controls": "a\x01b\x7f",
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("VALUE", value)
			var got struct {
				Plain  keeper            `yaml:"plain"`
				Double keeper            `yaml:"double"`
				List   []keeper          `yaml:"list"`
				Map    map[string]keeper `yaml:"map"`
				Deep   struct {
					Before string `yaml:"before"`
					Value  keeper `yaml:"value"`
					After  string `yaml:"after"`
				} `yaml:"deep"`
			}
			in := "plain: ${VALUE}\ndouble: \"${VALUE}\" # why\nlist: ['${VALUE}']\nmap: {a: \"${VALUE}\"}\n" +
				"deep:\n  before: b\n  value: \"${VALUE}\"   # <…>\n  after: a\n"
			if err := Decode("f.yaml", []byte(in), &got); err != nil {
				t.Fatal(err)
			}
			for place, have := range map[string]keeper{"plain": got.Plain, "double": got.Double, "list": got.List[0], "map": got.Map["a"], "deep": got.Deep.Value} {
				if string(have) != value {
					t.Errorf("%s is %q, want %q", place, have, value)
				}
			}
			if got.Deep.Before != "b" || got.Deep.After != "a" {
				t.Errorf("its neighbours are %q and %q", got.Deep.Before, got.Deep.After)
			}
		})
	}
}

func TestAFileThatIsNoTextIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("a\xffb"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Decode("f.yaml", []byte("texts: {a: \"${file:"+file+"}\"}\n"), &typed{})
	if err == nil || !strings.Contains(err.Error(), "no text") {
		t.Errorf("got %v, want the file named as no text", err)
	}
}
