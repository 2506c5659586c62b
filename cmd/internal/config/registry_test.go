package config

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/mage2sage/mage2sage/schemas/topic/registry"
)

// withRegistry is the complete file with a schema registry.
func withRegistry(part string) string {
	return with("kafka", "schema_registry: {"+part+"}")
}

func TestARegistryThatCannotBeMeantIsRefusedWithItsKey(t *testing.T) {
	for name, c := range map[string]struct{ part, key, fix string }{
		"no scheme":                    {"url: \"registry:8081\"", "kafka.schema_registry.url", "write an address such as https://registry:8081"},
		"another scheme":               {"url: \"ftp://registry\"", "kafka.schema_registry.url", "https://"},
		"no host":                      {"url: \"https:///subjects\"", "kafka.schema_registry.url", "https://"},
		"a question in it":             {"url: \"https://registry?token=hunter2\"", "kafka.schema_registry.url", "https://"},
		"a login in it":                {"url: \"https://u:hunter2@registry\"", "kafka.schema_registry.url has a login in it", "kafka.schema_registry.username"},
		"no address":                   {"username: u, password: hunter2", "kafka.schema_registry.url is empty", "leave the others"},
		"a user without a password":    {"url: \"https://r\", username: u", "kafka.schema_registry.username and", "write both"},
		"a password over http":         {"url: \"http://r\", username: u, password: hunter2", "kafka.schema_registry.password would go to whoever listens", "write https://"},
		"kafka's off":                  {"url: \"https://r\", tls: \"off\"", `kafka.schema_registry.tls "off"`, "write verify or skip-verify"},
		"authorities over http":        {"url: \"http://r\", tls_ca: /nowhere", "kafka.schema_registry.tls_ca is for", "https://"},
		"authorities that are nowhere": {"url: \"https://r\", tls_ca: /nowhere", "kafka.schema_registry.tls_ca", "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			err := check(withRegistry(c.part))
			if err == nil || !strings.Contains(err.Error(), c.key) || !strings.Contains(err.Error(), c.fix) {
				t.Fatalf("%v, want %q and %q", err, c.key, c.fix)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("it tells the password: %v", err)
			}
		})
	}
}

func TestARegistryThatIsMeantIsAccepted(t *testing.T) {
	for _, part := range []string{"", "url: \"http://127.0.0.1:8081\"", "url: \"https://r/apis/ccompat/v7\", username: u, password: p", "url: \"https://r\", tls: skip-verify"} {
		if err := check(withRegistry(part)); err != nil {
			t.Errorf("{%s}: %v", part, err)
		}
	}
}

func TestThereIsNoRegistryWithoutAnAddress(t *testing.T) {
	if c, err := Default().Kafka.SchemaRegistry.Dial(); c != nil || err != nil {
		t.Errorf("%v, %v", c, err)
	}
}

func TestARegistryIsTrustedByTheAuthorityOfTheFile(t *testing.T) {
	server := httptest.NewTLSServer(srfake.NewRegistry(srfake.WithAuth("Basic dTpodW50ZXIy")).Handler()) // u:hunter2
	defer server.Close()
	ca := authorityFile(t, server)
	for name, c := range map[string]struct {
		part string
		want string
	}{
		"its authority":      {"tls_ca: " + ca, ""},
		"the system's":       {"tls: verify", "certificate that is not trusted"},
		"any":                {"tls: skip-verify", ""},
		"a slash at the end": {"url: " + server.URL + "/, tls_ca: " + ca, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(c.part, "url") {
				c.part += ", url: " + server.URL
			}
			file := filepath.Join(t.TempDir(), "f.yaml")
			if err := os.WriteFile(file, []byte(withRegistry(c.part+", username: u, password: hunter2")), 0o600); err != nil {
				t.Fatal(err)
			}
			read, err := Load(file)
			if err != nil {
				t.Fatal(err)
			}
			client, err := read.Kafka.SchemaRegistry.Dial()
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Register(t.Context(), registry.SubjectOf("t", []byte("{}")))
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
