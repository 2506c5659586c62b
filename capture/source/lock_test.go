package source

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// openForTest is a database of the test's own on the test server.
func openForTest(t *testing.T) *Database {
	t.Helper()
	server, err := mysql.ParseDSN(servers.MariaDBForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(server.Addr)
	number, _ := strconv.Atoi(port)
	db, err := Open(t.Context(), Options{
		Host: host, Port: number, User: server.User, Password: secret.String(server.Passwd),
		Database: fmt.Sprintf("source_%x", rand.Uint32()), TablePrefix: "m2_", ServerID: 10_000 + rand.Uint32N(1<<30),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestALockThatIsLostStopsTheSession(t *testing.T) {
	db := openForTest(t)
	l, err := db.Lock(t.Context(), fmt.Sprintf("lock_%x", rand.Uint32()), LockWait)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	if err := l.check(t.Context()); err != nil {
		t.Fatalf("a lock that is held: %v", err)
	}
	var id int64
	if err := l.conn.QueryRowContext(t.Context(), "SELECT CONNECTION_ID()").Scan(&id); err != nil {
		t.Fatal(err)
	}
	if _, err := db.db.ExecContext(t.Context(), fmt.Sprint("KILL ", id)); err != nil {
		t.Fatal(err)
	}
	if err := l.check(t.Context()); !errors.Is(err, ErrLockLost) {
		t.Errorf("a lock whose connection was killed: %v, want ErrLockLost", err)
	}
}
