package embedded_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// The login that the clusters of these tests take.
const user, password = servers.KafkaUser, servers.KafkaPassword

// shared is a cluster that takes logins of every mechanism, over TLS where it is told to.
func shared(t *testing.T, encrypted bool) (addr string, trust *tls.Config) {
	t.Helper()
	opts := []kfake.Opt{kfake.NumBrokers(1), kfake.EnableSASL(), kfake.BrokerConfigs(map[string]string{"group.initial.rebalance.delay.ms": "0"}),
		kfake.Superuser("PLAIN", user, password), kfake.Superuser("SCRAM-SHA-256", user, password), kfake.Superuser("SCRAM-SHA-512", user, password)}
	if encrypted {
		server := httptest.NewTLSServer(nil) // for its certificate of 127.0.0.1
		t.Cleanup(server.Close)
		trust = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
		trust.RootCAs.AddCert(server.Certificate())
		opts = append(opts, kfake.TLS(&tls.Config{Certificates: server.TLS.Certificates, MinVersion: tls.VersionTLS12}))
	}
	cluster, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster.ListenAddrs()[0], trust
}

// clusters are those that the tests of this file log in to: kfake, and a real Kafka where
// KAFKA=real asks for one.
var clusters = map[string]func(t *testing.T, encrypted bool) (addr string, trust *tls.Config){"kfake": shared, "Kafka": real}

// real is shared on a real Kafka.
func real(t *testing.T, encrypted bool) (addr string, trust *tls.Config) {
	t.Helper()
	plain, secured, certificate := servers.SecuredKafkaForTest(t)
	if !encrypted {
		return plain, nil
	}
	text, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	trust = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	trust.RootCAs.AppendCertsFromPEM(text)
	return secured, trust
}

// TestASharedClusterTakesTheLogin writes, reads and joins a group, which dials by another
// part of the library, with every mechanism, plain and over TLS.
func TestASharedClusterTakesTheLogin(t *testing.T) {
	ways := []struct {
		mechanism string
		encrypted bool
	}{
		{topic.ScramSHA256, false}, {topic.ScramSHA512, false}, {topic.Plain, false},
		{topic.ScramSHA256, true}, {topic.ScramSHA512, true}, {topic.Plain, true},
	}
	for cluster, at := range clusters {
		for _, way := range ways {
			t.Run(fmt.Sprintf("%s %s TLS %v", cluster, way.mechanism, way.encrypted), func(t *testing.T) {
				addr, trust := at(t, way.encrypted)
				writesAndReads(t, addr, topic.Login{User: user, Password: password, Mechanism: way.mechanism}, trust)
			})
		}
	}
}

func writesAndReads(t *testing.T, addr string, as topic.Login, trust *tls.Config) {
	t.Helper()
	client, err := topic.DialAs([]string{addr}, as, trust)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	name := fmt.Sprintf("login.%d", time.Now().UnixNano())
	if err := client.Ensure(t.Context(), []topic.Spec{{Name: name, Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Produce(t.Context(), name, 0, []topic.Record{{Key: []byte("k"), Value: []byte("v")}}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	var read []byte
	err = client.Consume(ctx, topic.Group{ID: name, Topics: []string{name}}, func(ctx context.Context, a topic.Assignment) error {
		batch, err := client.Fetch(ctx, a.Topic, a.Partition, 0, time.Second)
		if err == nil && len(batch.Records) > 0 {
			read = batch.Records[0].Value
		}
		stop()
		return err
	})
	if string(read) != "v" {
		t.Errorf("read %q, %v", read, err)
	}
}

// TestAClusterThatRefusesSaysWhatToCorrect has what goes wrong on the first day.
func TestAClusterThatRefusesSaysWhatToCorrect(t *testing.T) {
	for cluster, at := range clusters {
		t.Run(cluster, func(t *testing.T) {
			bare, _ := at(t, false)
			encrypted, _ := at(t, true)
			refusals(t, bare, encrypted)
		})
	}
}

func refusals(t *testing.T, bare, encrypted string) {
	right := topic.Login{User: user, Password: password, Mechanism: topic.ScramSHA512}
	for name, c := range map[string]struct {
		addr  string
		login topic.Login
		trust *tls.Config
		says  string
	}{
		"a wrong password":                 {bare, topic.Login{User: user, Password: "hunter2", Mechanism: topic.ScramSHA512}, nil, "kafka.password"},
		"a wrong user":                     {bare, topic.Login{User: "hunter2", Password: "x", Mechanism: topic.ScramSHA256}, nil, "kafka.password"},
		"a wrong plain password":           {bare, topic.Login{User: user, Password: "hunter2", Mechanism: topic.Plain}, nil, "kafka.password"},
		"a certificate that nobody trusts": {encrypted, right, &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}, "kafka.tls_ca"},
		"no TLS where it is wanted":        {encrypted, right, nil, "kafka.tls"},
		"no login where one is wanted":     {bare, topic.Login{}, nil, "kafka.username and kafka.password where it wants them"},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := topic.DialAs([]string{c.addr}, c.login, c.trust)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			err = client.Ping(t.Context())
			var unreachable *topic.UnreachableError
			if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%v, want one line with %q", err, c.says)
			}
			if problem, hint := topic.Trouble(err); problem+": "+hint != err.Error() {
				t.Errorf("the trouble is %q: %q, and the error %v", problem, hint, err)
			}
		})
	}
}

func TestTheEmbeddedBrokerTakesALoginFromTheConfig(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir, "")
	defer b.Close()
	password, err := os.ReadFile(filepath.Join(dir, "secret"))
	if err != nil {
		t.Fatal(err)
	}
	for given, want := range map[string]bool{strings.TrimSpace(string(password)): true, "another": false} {
		client, err := topic.DialAs([]string{b.Listens}, topic.Login{User: "mage2sage", Password: secret.String(given), Mechanism: topic.ScramSHA256}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Ping(t.Context()); (err == nil) != want {
			t.Errorf("%v, want it taken: %v", err, want)
		}
		client.Close()
	}
}

func TestALoginThatCannotBeWrittenIsNotRepeated(t *testing.T) {
	for name, l := range map[string]topic.Login{
		"characters that SCRAM forbids": {User: "hunter2", Password: "hunter2\u0007", Mechanism: topic.ScramSHA512},
		"no mechanism":                  {User: "hunter2", Password: "hunter2", Mechanism: "digest"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := topic.DialAs([]string{"127.0.0.1:1"}, l, nil); err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v, want an error without the login", err)
			}
		})
	}
}
