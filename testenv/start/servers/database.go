package servers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// DatabaseForTest makes an empty database on PostgresForTest's server and returns
// its URL. It is dropped at the end of the test, with whoever is still connected.
func DatabaseForTest(t testing.TB) string {
	t.Helper()
	return databaseForTest(t, PostgresForTest(t), "template1")
}

// A template is a database that is filled once for the test binary.
type template struct {
	once sync.Once
	name string
}

// templates holds a *template for each key.
var templates sync.Map

// CopyForTest is DatabaseForTest with the content that fill gives to the first database of
// a key: to copy it is quicker than to fill each. fill leaves no connection open. The first
// database stays until the server ends, as the next test may want it.
func CopyForTest(t testing.TB, key string, fill func(url string) error) string {
	t.Helper()
	admin := PostgresForTest(t)
	kept, _ := templates.LoadOrStore(key, &template{})
	first := kept.(*template)
	first.once.Do(func() {
		name := databaseName()
		RunSQL(t, admin, "CREATE DATABASE "+name)
		if err := fill(withDatabase(t, admin, name)); err != nil {
			t.Fatalf("fill the database that tests copy: %v", err)
		}
		first.name = name
	})
	if first.name == "" {
		t.Fatalf("the database %q that tests copy was not filled: see the first test that failed", key)
	}
	return databaseForTest(t, admin, first.name)
}

// databaseForTest copies files, which without fsync takes half of the time of a log of them.
func databaseForTest(t testing.TB, admin, from string) string {
	t.Helper()
	name := databaseName()
	RunSQL(t, admin, "CREATE DATABASE "+name+" TEMPLATE "+from+" STRATEGY FILE_COPY")
	t.Cleanup(func() { RunSQL(t, admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return withDatabase(t, admin, name)
}

func databaseName() string {
	var raw [6]byte
	rand.Read(raw[:])
	return "test_" + hex.EncodeToString(raw[:])
}

// withDatabase is the URL of another database of a server.
func withDatabase(t testing.TB, admin, name string) string {
	t.Helper()
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// RunSQL runs one statement on a connection of its own.
func RunSQL(t testing.TB, database, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		t.Fatalf("connect to Postgres: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("run SQL: %v", err)
	}
}
