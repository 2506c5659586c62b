package postgres

import (
	"encoding/binary"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestARefusalIsToldApartFromNoAnswer(t *testing.T) {
	c, err := pgx.ParseConfig("postgres://ada:hunter2@db.example:5432/books")
	if err != nil {
		t.Fatal(err)
	}
	for name, u := range map[string]struct {
		err  error
		want string
	}{
		"a wrong password":         {&pgconn.PgError{Code: "28P01", Message: "password authentication failed"}, `postgres at db.example:5432 refuses the login of user "ada": correct user and password in postgres.url`},
		"a user who may not enter": {&pgconn.PgError{Code: "28000"}, `refuses the login of user "ada"`},
		"no such database":         {&pgconn.PgError{Code: "3D000"}, `postgres at db.example:5432 has no database "books": create it, or correct postgres.url`},
		"too many clients":         {&pgconn.PgError{Code: "53300", Message: "sorry, too many clients already"}, "answers, and refuses the connection: sorry, too many clients already (SQLSTATE 53300): see its log"},
		"no room for its files":    {&pgconn.PgError{Code: "XX000", Message: "could not write init file"}, "refuses the connection: could not write init file (SQLSTATE XX000): see its log: its disk may be full"},
		"no answer":                {errors.New("connection refused"), "postgres does not answer at db.example:5432: start it or correct postgres.url"},
	} {
		t.Run(name, func(t *testing.T) {
			err := unusable(c, u.err)
			if !strings.Contains(err.Error(), u.want) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "start it") != (name == "no answer") {
				t.Errorf("%v, want %q", err, u.want)
			}
		})
	}
}

func TestAServerThatRefusesConnectionsIsNotOneThatIsAway(t *testing.T) {
	port := refusing(t, "XX000", "could not write init file")
	_, err := pgconn.Connect(t.Context(), "postgres://ada:hunter2@127.0.0.1:"+port+"/books?sslmode=disable")
	if problem, hint := Trouble(err); problem != "Postgres refuses the connection: could not write init file" || hint != "see its log: its disk may be full" {
		t.Errorf("%q, %q for %v", problem, hint, err)
	}
}

// refusing is a server that answers every connection with an error.
func refusing(t *testing.T, code, message string) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1024)) // the startup message
			body := "SFATAL\x00C" + code + "\x00M" + message + "\x00\x00"
			_, _ = conn.Write(append(binary.BigEndian.AppendUint32([]byte{'E'}, uint32(len(body)+4)), body...))
			conn.Close()
		}
	}()
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}
