package source

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// openForTest is a database of the test's own on the test server.
func openForTest(t *testing.T) *Database {
	t.Helper()
	server, err := mysql.ParseDSN(servers.SourceForTest(t))
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

func TestALockThatAnotherConnectionHoldsIsLost(t *testing.T) {
	db := openForTest(t)
	name := fmt.Sprintf("lock_%x", rand.Uint32())
	l, err := db.Lock(t.Context(), name, LockWait)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	var locked *LockedError
	if _, err := db.Lock(t.Context(), name, 0); !errors.As(err, &locked) || locked.Lock != "mage2sage."+name {
		t.Errorf("a second lock: %v, want a LockedError", err)
	}
	if _, err := l.conn.ExecContext(t.Context(), "DO RELEASE_LOCK(?)", l.name); err != nil {
		t.Fatal(err)
	}
	if err := l.check(t.Context()); !errors.Is(err, ErrLockLost) {
		t.Errorf("a lock that was given away: %v, want ErrLockLost", err)
	}
	second, err := db.Lock(t.Context(), name, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Release()
	if err := l.check(t.Context()); !errors.Is(err, ErrLockLost) {
		t.Errorf("a lock that another connection holds: %v, want ErrLockLost", err)
	}
}

func TestAProofOfTheLockGrowsOld(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		until time.Time
		held  bool
	}{
		"a fresh proof":                        {now.Add(Lease), true},
		"an old one":                           {now.Add(-time.Millisecond), false},
		"one that the clock on the wall knows": {now.Round(0).Add(-time.Millisecond), false},
	} {
		t.Run(name, func(t *testing.T) {
			var l Lock
			l.until.Store(&c.until)
			if err := l.Held(); (err == nil) != c.held || err != nil && !errors.Is(err, ErrLockLost) {
				t.Errorf("held: %v, want %v", err, c.held)
			}
		})
	}
}

// The first holder says nothing more, as if its host were gone.
func TestTheServerDropsASilentHolder(t *testing.T) {
	db := openForTest(t)
	name := fmt.Sprintf("lock_%x", rand.Uint32())
	silent, err := db.Lock(t.Context(), name, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Release()
	began := time.Now()
	second, err := db.Lock(t.Context(), name, LockWait)
	if err != nil {
		t.Fatalf("a silent holder was not succeeded: %v", err)
	}
	defer second.Release()
	if took := time.Since(began); took < Lease {
		t.Errorf("it was dropped after %v, while it may still write", took)
	}
	if err := silent.Held(); !errors.Is(err, ErrLockLost) {
		t.Errorf("the silent holder still counts as the holder: %v", err)
	}
}

func TestALockThatIsHeldElsewhereIsNotToldToLoseData(t *testing.T) {
	text := (&LockedError{Lock: "mage2sage.shop", By: "connection 17"}).Error()
	if !strings.Contains(text, "connection 17") || strings.Contains(text, "prefix") {
		t.Errorf("it says %q", text)
	}
}
