package servers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// DatabaseForTest makes an empty database on PostgresForTest's server and returns
// its URL. It is dropped at the end of the test, with whoever is still connected.
func DatabaseForTest(t testing.TB) string {
	t.Helper()
	admin := PostgresForTest(t)
	var raw [6]byte
	rand.Read(raw[:])
	name := "test_" + hex.EncodeToString(raw[:])
	RunSQL(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { RunSQL(t, admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
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
