package config

import (
	"os"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestTheConfigInTheComposeFileIsValid reads the config file that the compose
// file carries, with every part that `mage2sage run` needs.
func TestTheConfigInTheComposeFileIsValid(t *testing.T) {
	data, err := os.ReadFile("../../../testenv/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var compose struct {
		Configs map[string]struct{ Content string }
	}
	if err := yaml.Unmarshal(data, &compose); err != nil {
		t.Fatal(err)
	}
	c, err := Parse("compose.yaml", []byte(compose.Configs["mage2sage"].Content))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Need(Source, Transform, Postgres, Sage); err != nil {
		t.Error(err)
	}
}
