package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

// TestTheLoginOfTheFileReachesTheCluster takes the embedded broker for a shared cluster.
func TestTheLoginOfTheFileReachesTheCluster(t *testing.T) {
	dir := t.TempDir()
	b, err := embedded.Start(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	password, err := os.ReadFile(filepath.Join(dir, "secret"))
	if err != nil {
		t.Fatal(err)
	}
	right := secret.String(strings.TrimSpace(string(password)))
	for name, c := range map[string]struct {
		kafka Kafka
		want  bool
	}{
		"the login":         {Kafka{Username: "mage2sage", Password: right, Mechanism: topic.ScramSHA256}, true},
		"another password":  {Kafka{Username: "mage2sage", Password: "hunter2", Mechanism: topic.ScramSHA256}, false},
		"another mechanism": {Kafka{Username: "mage2sage", Password: right, Mechanism: topic.ScramSHA512}, false},
		"no login":          {Kafka{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.kafka.Brokers = Brokers{b.Listens}
			client, err := c.kafka.Dial()
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			if err := client.Ping(t.Context()); (err == nil) != c.want {
				t.Errorf("%v, want it taken: %v", err, c.want)
			}
		})
	}
}

func TestKafkaIsEncryptedAsTheFileSays(t *testing.T) {
	if got := (Kafka{TLS: tlsOff}).encryption(); got != nil {
		t.Error("off is encrypted")
	}
	for word, blind := range map[string]bool{tlsVerify: false, tlsSkipVerify: true} {
		t.Run(word, func(t *testing.T) {
			if got := (Kafka{TLS: word}).encryption(); got == nil || got.InsecureSkipVerify != blind {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestTheClientPacksAsTheFileSays(t *testing.T) {
	c, err := Parse("f.yaml", []byte("kafka: {brokers: [\"a:9092\"], compression: zstd}\n"))
	if err != nil {
		t.Fatal(err)
	}
	client, err := c.Kafka.Dial()
	if err != nil || client.Compression != topic.ZSTD {
		t.Errorf("it packs with %q, %v", client.Compression, err)
	}
	if d := Default().Kafka.Compression; d != topic.LZ4 {
		t.Errorf("without a word it packs with %q", d)
	}
}
