package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

type config struct {
	User     string        `json:"user" yaml:"user"`
	Password secret.String `json:"password" yaml:"password"`
}

func TestNoWayOfPrintingShowsASecret(t *testing.T) {
	c := config{User: "shop", Password: "hunter2"}
	var printed bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&printed, verb+"\n", c.Password)
		fmt.Fprintf(&printed, verb+"\n", c)
	}
	for _, marshal := range []func(any) ([]byte, error){json.Marshal, yaml.Marshal} {
		text, err := marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		printed.Write(text)
	}
	log := zerolog.New(&printed)
	log.Info().Any("config", c).Stringer("password", c.Password).Msg("read")
	for _, leak := range []string{"hunter2", "68756e74"} {
		if strings.Contains(printed.String(), leak) {
			t.Errorf("printed %q:\n%s", leak, printed.String())
		}
	}
	if !strings.Contains(printed.String(), "[redacted]") {
		t.Error("nothing says that it is redacted")
	}
}

func TestASecretIsReadFromYAMLAndRevealed(t *testing.T) {
	var c config
	if err := yaml.Unmarshal([]byte("{user: shop, password: \"hunter2\"}"), &c); err != nil {
		t.Fatal(err)
	}
	if c.Password.Reveal() != "hunter2" || c.Password != "hunter2" {
		t.Errorf("read a password of %d characters, want hunter2", len(c.Password))
	}
}

func TestASecretIsHiddenWhereverItIs(t *testing.T) {
	type nested struct {
		List  []secret.String
		Map   map[string]secret.String
		Point *secret.String
		Any   any
	}
	s := secret.String("hunter2")
	n := nested{List: []secret.String{s}, Map: map[string]secret.String{"a": s}, Point: &s, Any: s}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X"} {
		t.Run(verb, func(t *testing.T) {
			if text := fmt.Sprintf(verb, n); strings.Contains(text, "hunter2") || strings.Contains(strings.ToLower(text), "68756e74") {
				t.Errorf("it prints %s", text)
			}
		})
	}
	text, err := json.Marshal(n)
	if err != nil || strings.Contains(string(text), "hunter2") || strings.Count(string(text), "[redacted]") != 4 {
		t.Errorf("JSON is %s, %v", text, err)
	}
	if err := fmt.Errorf("connect with %v: %w", s, errors.New("refused")); strings.Contains(err.Error(), "hunter2") {
		t.Errorf("an error reads %v", err)
	}
}

func TestAnEmptySecretLooksLikeAnyOther(t *testing.T) {
	var none secret.String
	for name, text := range map[string]string{"String": none.String(), "GoString": none.GoString(), "Format": fmt.Sprintf("%q", none)} {
		t.Run(name, func(t *testing.T) {
			if text != "[redacted]" {
				t.Errorf("it prints %q", text)
			}
		})
	}
	if none.Reveal() != "" {
		t.Error("it reveals something")
	}
}

func TestASecretIsReadFromJSONAsItIs(t *testing.T) {
	var c config
	if err := json.Unmarshal([]byte(`{"password":" hush\n"}`), &c); err != nil || c.Password.Reveal() != " hush\n" {
		t.Errorf("read %q, %v", c.Password.Reveal(), err)
	}
}
