package config

import (
	"crypto/tls"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
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

// authorityFile writes the certificate that a server shows into a file.
func authorityFile(t *testing.T, server *httptest.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestAClusterIsTrustedByTheAuthorityOfTheFile has kfake over TLS, and with KAFKA=real Apache
// Kafka.
func TestAClusterIsTrustedByTheAuthorityOfTheFile(t *testing.T) {
	server := httptest.NewTLSServer(nil) // for its certificate of 127.0.0.1
	defer server.Close()
	for name, cluster := range map[string]func(t *testing.T) (k Kafka, certificate string){
		"kfake": func(t *testing.T) (Kafka, string) {
			cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.TLS(&tls.Config{Certificates: server.TLS.Certificates, MinVersion: tls.VersionTLS12}))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(cluster.Close)
			return Kafka{Brokers: cluster.ListenAddrs()}, authorityFile(t, server)
		},
		"Kafka": func(t *testing.T) (Kafka, string) {
			_, addr, certificate := servers.SecuredKafkaForTest(t)
			return Kafka{Brokers: Brokers{addr}, Username: servers.KafkaUser, Password: servers.KafkaPassword, Mechanism: topic.ScramSHA512}, certificate
		},
	} {
		t.Run(name, func(t *testing.T) {
			k, trusted := cluster(t)
			k.TLS = tlsVerify
			for ca, want := range map[string]string{trusted: "", "": "set kafka.tls_ca to its authority's file"} {
				k.TLSCA = ca
				client, err := k.Dial()
				if err != nil {
					t.Fatal(err)
				}
				defer client.Close()
				if err := client.Ping(t.Context()); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
					t.Errorf("with %q: %v, want %q", ca, err, want)
				}
				if examined := client.Examine(t.Context(), topic.Needs{}); (len(examined.Faults()) == 0) != (want == "") {
					t.Errorf("with %q the examination finds %v", ca, examined)
				}
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
