package policy

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// example is the binding that people copy, and its text.
func example(t *testing.T) (keys map[string]any, p Policy, text string) {
	t.Helper()
	data, err := os.ReadFile("../../deploy/binding.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var free struct{ Policy map[string]any }
	if err := yaml.Unmarshal(data, &free); err != nil {
		t.Fatal(err)
	}
	var known struct {
		Binding, Source string
		Policy          Policy
	}
	known.Policy = Default()
	if err := yaml.UnmarshalWithOptions(data, &known, yaml.Strict()); err != nil {
		t.Fatalf("the example has a key that a policy does not: %v", err)
	}
	return free.Policy, known.Policy, string(data)
}

// knobsOf lists the keys of a struct as people write them, those of B2C as "b2c.enabled".
func knobsOf(t reflect.Type, under string) (all []string) {
	for _, f := range reflect.VisibleFields(t) {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case f.Anonymous || key == "":
		case f.Type == reflect.TypeFor[B2C]():
			all = append(all, knobsOf(f.Type, key+".")...)
		default:
			all = append(all, under+key)
		}
	}
	return all
}

func TestEveryKeyIsInTheExampleAndTheExampleIsValid(t *testing.T) {
	shown, p, text := example(t)
	if err := p.Normalize().Validate(); err != nil || !p.Complete() {
		t.Errorf("the example is refused: %v", err)
	}
	_, refused, _ := strings.Cut(text, "# Not in this version, and refused:")
	var later []string
	for _, g := range p.groups() {
		for _, k := range g.later() {
			later = append(later, k.name)
		}
	}
	for _, key := range knobsOf(reflect.TypeFor[Policy](), "") {
		t.Run(key, func(t *testing.T) {
			in, last := shown, key
			if group, below, ok := strings.Cut(key, "."); ok {
				in, _ = shown[group].(map[string]any)
				last = below
			}
			_, found := in[last]
			switch isLater := slices.Contains(later, key); {
			case !isLater && !found:
				t.Error("the example does not show it")
			case isLater && (found || !strings.Contains(refused, key)):
				t.Error("it is refused, and the example's last comment does not say so")
			}
		})
	}
}
