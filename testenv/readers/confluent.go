package readers

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// confluentVersion is the release of confluent-kafka.
const confluentVersion = "2.16.1"

//go:embed read.py
var readScript string

func installConfluent(ctx context.Context, name string, step func(string, ...any)) (string, error) {
	return servers.Cached(name, func(dir string) error {
		step("fetching %s with pip", name)
		_, err := run(exec.CommandContext(ctx, "python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore",
			"--target", filepath.Join(dir, "lib"), "confluent-kafka[json,schemaregistry]=="+confluentVersion))
		return err
	})
}

// A Read record is one as the client has it: its key, and its value after the deserializer
// has looked up its schema and found it valid by it.
type Read struct {
	Key   string
	Value json.RawMessage
}

// ReadJSON reads a topic from its beginning to the end of now, partition by partition.
func ReadJSON(t testing.TB, broker, registry, topic string) (all []Read) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "python3", "-c", readScript, broker, registry, topic)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(confluent.forTest(t), "lib"))
	out, err := run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || !json.Valid([]byte(value)) {
			t.Fatal(fmt.Errorf("the client says %q", line))
		}
		all = append(all, Read{key, json.RawMessage(value)})
	}
	return all
}
