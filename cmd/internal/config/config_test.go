package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/mage2sage/mage2sage/cmd/internal/config/strict"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

const example = "../../../deploy/mage2sage.example.yaml"

// annotated is the example with everything from outside written in.
func annotated(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`\$\{[^}]*_key\}|\$\{[^}]*\}`).ReplaceAllFunc(data, func(m []byte) []byte {
		if strings.Contains(string(m), "_key") {
			return []byte("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
		}
		return []byte("x")
	})
}

func TestTheAnnotatedExampleIsValidAndNamesEveryKey(t *testing.T) {
	data := annotated(t)
	c, err := Parse("example.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Need(Source, Transform, Postgres, Sage); err != nil && !strings.Contains(err.Error(), "postgres") {
		t.Error(err)
	}
	var shown map[string]any
	if err := yaml.Unmarshal(data, &shown); err != nil {
		t.Fatal(err)
	}
	for _, key := range keysOf(reflect.TypeOf(c)) {
		if !has(shown, strings.Split(key, ".")) {
			t.Errorf("the example does not show %s", key)
		}
	}
}

// TestTheAnnotatedExampleShowsTheDefaults compares what is not marked <…> with an
// empty file.
func TestTheAnnotatedExampleShowsTheDefaults(t *testing.T) {
	var lines []string
	for _, line := range strings.Split(string(annotated(t)), "\n") {
		if !strings.Contains(line, "<…>") && !strings.Contains(line, "- id: k1") {
			lines = append(lines, line)
		}
	}
	shown, err := Parse("f.yaml", []byte(strings.ReplaceAll(strings.Join(lines, "\n"), "encryption_keys:", "encryption_keys: []")))
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.file, want.Sage.EncryptionKeys = "f.yaml", []auth.Key{}
	want.Source.CustomerAttributes, want.Source.AcceptEmpty = []string{}, []string{}
	want.Source.AlsoCapture, want.Source.ProductAttributes = []magento.Group{}, []string{}
	if !reflect.DeepEqual(shown, want) {
		t.Errorf("the example shows\n%+v\nand the defaults are\n%+v", shown, want)
	}
}

// TestTheAnnotatedExampleTakesItsSecretsFromOutside loads the example as it is, with the
// variables and files that it names, and holds every key against what it must be.
func TestTheAnnotatedExampleTakesItsSecretsFromOutside(t *testing.T) {
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("POSTGRES_URL", "postgres://user:pa%20ss@db:5432/mage2sage?sslmode=disable")
	t.Setenv("SAGE_CLIENT_ID", "client-1")
	secrets := t.TempDir()
	const key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	for name, content := range map[string]string{"magento": "it's \"# {magento}\n", "sage_client": "s3cr3t: sage\n", "mage2sage_key": key + "\n"} {
		if err := os.WriteFile(filepath.Join(secrets, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Parse("f.yaml", []byte(strings.ReplaceAll(string(data), "/run/secrets", secrets)))
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.file = "f.yaml"
	want.Source.Host, want.Source.User, want.Source.Database = "127.0.0.1", "mage2sage", "magento"
	want.Source.Password = "it's \"# {magento}"
	want.Source.CustomerAttributes, want.Source.AcceptEmpty = []string{}, []string{}
	want.Source.AlsoCapture, want.Source.ProductAttributes = []magento.Group{}, []string{}
	want.Postgres.URL = "postgres://user:pa%20ss@db:5432/mage2sage?sslmode=disable"
	want.Sage.ClientID, want.Sage.ClientSecret = "client-1", "s3cr3t: sage"
	want.Sage.EncryptionKeys = []auth.Key{{ID: "k1", Key: key}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the example is read otherwise than it says: password %q, URL %q, secret %q, keys %d\n got %+v\nwant %+v",
			got.Source.Password.Reveal(), got.Postgres.URL.Reveal(), got.Sage.ClientSecret.Reveal(), len(got.Sage.EncryptionKeys), got, want)
	}
	if err := got.Need(Source, Transform, Postgres, Sage); err != nil {
		t.Errorf("the example with its secrets is refused: %v", err)
	}
}

// has looks for a key by the keys above it; of a list the first entry counts.
func has(shown any, path []string) bool {
	if list, ok := shown.([]any); ok && len(list) > 0 {
		shown = list[0]
	}
	if len(path) == 0 {
		return true
	}
	keys, _ := shown.(map[string]any)
	below, found := keys[path[0]]
	return found && has(below, path[1:])
}

// keysOf lists the YAML keys of a struct and of the structs in it, each with those above
// it: two parts may have a key of one name.
func keysOf(t reflect.Type) (all []string) {
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	for _, f := range reflect.VisibleFields(t) {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "" || key == "-" {
			continue
		}
		all = append(all, key)
		for _, below := range keysOf(f.Type) {
			all = append(all, key+"."+below)
		}
	}
	return all
}

func TestBrokersAreTheWordEmbeddedOrAList(t *testing.T) {
	for in, want := range map[string]Brokers{
		"kafka: {brokers: embedded}\n":       {"embedded"},
		"kafka: {brokers: [a:9092]}\n":       {"a:9092"},
		"kafka: {brokers: a:9092}\n":         {"a:9092"},
		"kafka:\n  brokers:\n    - a:9092\n": {"a:9092"},
		"prefix: x\n":                        {"embedded"},
	} {
		t.Run(in, func(t *testing.T) {
			c, err := Parse("f.yaml", []byte(in))
			if err != nil || !reflect.DeepEqual(c.Kafka.Brokers, want) {
				t.Errorf("it reads as %v, %v; want %v", c.Kafka.Brokers, err, want)
			}
		})
	}
}

func TestMistakesNameTheFileAndThePart(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"an unknown key":                {"kafka: {broker: embedded}\n", `f.yaml:1: unknown key "broker", did you mean "brokers"?`},
		"a broker without a port":       {"kafka: {brokers: [a]}\n", `f.yaml: kafka.brokers: "a": write host:port`},
		"no partitions":                 {"kafka: {partitions: 0}\n", "f.yaml: kafka.partitions 0"},
		"a prefix that topics refuse":   {"prefix: a/b\n", "f.yaml: prefix \"a/b\""},
		"a level that there is not":     {"log: {level: loud}\n", `f.yaml: log.level "loud"`},
		"an address without a port":     {"metrics: {listen: localhost}\n", "f.yaml: metrics.listen"},
		"a file with nothing in source": {"source: {host: \"\"}\n", "f.yaml: source.host"},
	} {
		t.Run(name, func(t *testing.T) {
			c2, err := Parse("f.yaml", []byte(c.in))
			if err == nil {
				err = c2.Need(Source)
			}
			var mistake *strict.Error
			if err == nil || !errors.As(err, &mistake) || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s…", err, c.want)
			}
		})
	}
}
