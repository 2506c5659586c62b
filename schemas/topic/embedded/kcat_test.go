package embedded_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/fixture"
)

// kcat is librdkafka, as most clients that are not written in Java or Go.
func TestKcatLogsInAndReadsATopic(t *testing.T) {
	fixture.Program(t, "kcat")
	dir := t.TempDir()
	b := start(t, dir, "")
	defer b.Close()
	c := topic.Dial([]string{b.Addr})
	defer c.Close()
	if err := c.Ensure(t.Context(), []topic.Spec{{Name: "x", Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Produce(t.Context(), "x", 0, []topic.Record{{Key: []byte("invoice:1"), Value: []byte("{}")}}); err != nil {
		t.Fatal(err)
	}
	secret, err := os.ReadFile(filepath.Join(dir, "secret"))
	if err != nil {
		t.Fatal(err)
	}
	read := func(password string) (string, error) {
		said, err := exec.CommandContext(t.Context(), "kcat", "-b", b.Listens, "-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanism=SCRAM-SHA-256",
			"-X", "sasl.username=mage2sage", "-X", "sasl.password="+password, "-t", "x", "-C", "-o", "beginning", "-e", "-q", "-f", "%k %s\n").Output()
		return string(said), err
	}
	if said, err := read(string(secret)); err != nil || said != "invoice:1 {}\n" {
		t.Errorf("it reads %q, %v", said, err)
	}
	if said, err := read("guessed"); err == nil || said != "" {
		t.Errorf("with another password it reads %q, %v", said, err)
	}
}
