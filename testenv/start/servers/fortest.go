package servers

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
)

// The ForTest functions give a test the real servers that it needs. A TESTENV_*
// variable wins. Without one, a server that is installed is started once for
// the test binary and dies with it. Where neither is there the test is skipped;
// with TESTENV=required it fails instead, so a green run hides nothing. A short test
// (go test -short) starts no server of its own.

// MariaDBForTest returns go-sql-driver's DSN, without a database, of a user who
// may do everything.
func MariaDBForTest(t testing.TB) string {
	return shared(t, "mariadb", "TESTENV_MARIADB")
}

// PostgresForTest returns the URL of a superuser and the database postgres.
func PostgresForTest(t testing.TB) string { return shared(t, "postgres", "TESTENV_POSTGRES") }

// KafkaForTest returns host:port of a broker.
func KafkaForTest(t testing.TB) string { return shared(t, "kafka", "TESTENV_KAFKA") }

// PrivateForTest starts servers for this test alone and stops them at its end.
func PrivateForTest(t testing.TB, options Options) *Set {
	t.Helper()
	skipShort(t)
	names := options.Only
	if len(names) == 0 {
		names = Names
	}
	for _, name := range names {
		requireInstalled(t, name)
	}
	options.RealKafka = options.RealKafka || realKafkaWanted()
	set, err := Start(context.Background(), options)
	if err != nil {
		t.Fatalf("start servers: %v", err)
	}
	t.Cleanup(set.Stop)
	return set
}

// A binaryServer is started once for the test binary; it ends with the binary.
type binaryServer struct {
	once        sync.Once
	environment []string
	err         error
}

var binaryServers = map[string]*binaryServer{
	"mariadb": {}, "postgres": {}, "kafka": {}, "sage": {},
}

func skipShort(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skipf("a short test starts no server")
	}
}

func shared(t testing.TB, server, variable string) string {
	t.Helper()
	if value := os.Getenv(variable); value != "" {
		return value
	}
	requireInstalled(t, server)
	skipShort(t)
	started := binaryServers[server]
	started.once.Do(func() {
		set, err := Start(context.Background(), Options{Only: []string{server}, RealKafka: realKafkaWanted()})
		if started.err = err; err == nil {
			started.environment = set.Environment()
		}
	})
	if started.err != nil {
		t.Fatalf("start %s: %v", server, started.err)
	}
	for _, pair := range started.environment {
		if value, found := strings.CutPrefix(pair, variable+"="); found {
			return value
		}
	}
	t.Fatalf("%s says nothing about %s", server, variable)
	return ""
}

// realKafkaWanted is what KAFKA=real says to the supervisor too.
func realKafkaWanted() bool { return os.Getenv("KAFKA") == "real" }

func requireInstalled(t testing.TB, server string) {
	t.Helper()
	if Installed(server) {
		return
	}
	if os.Getenv("TESTENV") == "required" {
		t.Fatalf("%s is required and not installed: go run ./testenv/start --install", server)
	}
	t.Skipf("%s is not installed: go run ./testenv/start --install", server)
}
