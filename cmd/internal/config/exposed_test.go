package config

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAFileWithSecretsIsForItsOwnerAlone(t *testing.T) {
	t.Setenv("PASSWORD", "hunter2")
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want bool
	}{
		"a password that all may read":       {"source: {password: hunter2}\n", 0o644, true},
		"a password that the group may read": {"source: {password: hunter2}\n", 0o640, true},
		"a password of the owner":            {"source: {password: hunter2}\n", 0o600, false},
		"a password from outside":            {"source: {password: \"${PASSWORD}\"}\n", 0o644, false},
		"an address with a password":         {"postgres: {url: \"postgres://u:p@db/x\"}\n", 0o644, true},
		"an address without":                 {"postgres: {url: \"postgres://u@db/x\"}\n", 0o644, false},
		"a password of Kafka's":              {"kafka: {brokers: \"a:9092\", username: u, password: hunter2}\n", 0o644, true},
		"a client secret":                    {"sage: {client_secret: s3cr3t}\n", 0o644, true},
		"no secret":                          {"prefix: x\n", 0o644, false},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "m.yaml")
			if err := os.WriteFile(file, []byte(c.text), c.mode); err != nil {
				t.Fatal(err)
			}
			got, err := Load(file)
			if err != nil || got.Exposed() != c.want {
				t.Errorf("%v, %v; want %v", got.Exposed(), err, c.want)
			}
		})
	}
}
