package secret_test

import (
	"bytes"
	"encoding/json"
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
