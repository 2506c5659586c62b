// Package need gives a test the real servers that it needs.
//
//	dsn := need.MariaDB(t)      // TESTENV_MARIADB, or a private server of this test binary
//	set := need.Private(t, servers.Options{Only: []string{"kafka"}})
//	set.Kafka.Kill()            // servers of one test alone, to be stopped and killed
//
// A TESTENV_* variable wins. Without one, a server that is installed is started
// once for the test binary and dies with it. Where neither is there, the test is
// skipped; with TESTENV=required it fails instead, so a green run hides nothing.
package need

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// MariaDB returns go-sql-driver's DSN, without a database, of a user who may do everything.
func MariaDB(t testing.TB) string {
	return shared(t, "mariadb", "TESTENV_MARIADB")
}

// MariaDBPrograms returns the folder of the client programs mariadb and mariadb-binlog.
func MariaDBPrograms(t testing.TB) string {
	return shared(t, "mariadb", "TESTENV_MARIADB_BIN")
}

// Postgres returns the URL of a superuser and the database postgres.
func Postgres(t testing.TB) string { return shared(t, "postgres", "TESTENV_POSTGRES") }

// Kafka returns host:port of a broker.
func Kafka(t testing.TB) string { return shared(t, "kafka", "TESTENV_KAFKA") }

// Sage returns the base URL of the simulator.
func Sage(t testing.TB) string { return shared(t, "sage", "TESTENV_SAGE") }

// Private starts servers for this test alone and stops them at its end.
func Private(t testing.TB, options servers.Options) *servers.Set {
	t.Helper()
	for _, name := range options.Only {
		requireInstalled(t, name)
	}
	set, err := servers.Start(context.Background(), options)
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

func shared(t testing.TB, server, variable string) string {
	t.Helper()
	if value := os.Getenv(variable); value != "" {
		return value
	}
	requireInstalled(t, server)
	started := binaryServers[server]
	started.once.Do(func() {
		set, err := servers.Start(context.Background(), servers.Options{Only: []string{server}})
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

func requireInstalled(t testing.TB, server string) {
	t.Helper()
	if servers.Installed(server) {
		return
	}
	if os.Getenv("TESTENV") == "required" {
		t.Fatalf("%s is required and not installed: go run ./testenv/start --install", server)
	}
	t.Skipf("%s is not installed: go run ./testenv/start --install", server)
}
