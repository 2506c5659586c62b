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

// SourceForTest returns go-sql-driver's DSN, without a database, of a user who
// may do everything on the server of the shop's database: TESTENV_MARIADB, or
// TESTENV_MYSQL where the variable SOURCE asks for a MySQL.
func SourceForTest(t testing.TB) string {
	t.Helper()
	return shared(t, sourceName, sourceVariable(t))
}

// SourceWithForTest is SourceForTest on a server with further arguments, such as
// "--lower-case-table-names=1". It is always started here, once for the test binary
// and each list of arguments.
func SourceWithForTest(t testing.TB, args ...string) string {
	t.Helper()
	skipShort(t)
	requireInstalled(t, sourceName)
	key := sourceName + " " + strings.Join(args, " ")
	return started(t, key, sourceVariable(t), Options{Only: []string{sourceName}, SourceArgs: args})
}

// MySQLForTest reports whether the source of this run is a MySQL.
func MySQLForTest(t testing.TB) bool {
	t.Helper()
	return sourceVariable(t) == mysql{}.variable()
}

// MariaDBOnlyForTest skips a test of what MySQL does not have.
func MariaDBOnlyForTest(t testing.TB, what string) {
	t.Helper()
	if MySQLForTest(t) {
		t.Skipf("MySQL has no %s", what)
	}
}

func sourceVariable(t testing.TB) string {
	t.Helper()
	_, r, err := chosenSource("")
	if err != nil {
		t.Fatalf("SOURCE: %v", err)
	}
	return r.variable()
}

// PostgresForTest returns the URL of a superuser and the database postgres.
func PostgresForTest(t testing.TB) string { return shared(t, "postgres", "TESTENV_POSTGRES") }

// KafkaForTest returns host:port of a broker.
func KafkaForTest(t testing.TB) string { return shared(t, "kafka", "TESTENV_KAFKA") }

// SecuredKafkaForTest returns the addresses of a real Kafka that want a login, plain and
// over TLS, and the file with the certificate to trust. The test is skipped unless
// KAFKA=real asks for one.
func SecuredKafkaForTest(t testing.TB) (login, encrypted, certificate string) {
	t.Helper()
	if !realKafkaWanted() {
		t.Skip("the broker is not a real Kafka: KAFKA=real")
	}
	of := func(variable string) string { return shared(t, "kafka", variable) }
	return of("TESTENV_KAFKA_LOGIN"), of("TESTENV_KAFKA_ENCRYPTED"), of("TESTENV_KAFKA_CERTIFICATE")
}

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

// A binaryServer is started once for the test binary; it ends with the binary. The set
// is kept, because the lock on its folder ends with it, and another run clears away a
// folder that nobody has locked.
type binaryServer struct {
	once sync.Once
	set  *Set
	err  error
}

// binaryServers holds a *binaryServer for each kind of server.
var binaryServers sync.Map

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
	return started(t, server, variable, Options{Only: []string{server}, RealKafka: realKafkaWanted()})
}

// started is the value of a variable of the servers that were started under a key.
func started(t testing.TB, key, variable string, options Options) string {
	t.Helper()
	kept, _ := binaryServers.LoadOrStore(key, &binaryServer{})
	server := kept.(*binaryServer)
	server.once.Do(func() {
		server.set, server.err = Start(context.Background(), options)
	})
	if server.err != nil {
		t.Fatalf("start %s: %v", key, server.err)
	}
	for _, pair := range server.set.Environment() {
		if value, found := strings.CutPrefix(pair, variable+"="); found {
			return value
		}
	}
	t.Fatalf("%s says nothing about %s", key, variable)
	return ""
}

// RealKafkaForTest is KafkaForTest where KAFKA=real asks for Apache Kafka; "" elsewhere, for
// tests that otherwise have an embedded broker of their own.
func RealKafkaForTest(t testing.TB) string {
	t.Helper()
	if !realKafkaWanted() {
		return ""
	}
	return KafkaForTest(t)
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
