package postgres

import (
	"errors"
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
		"too many clients":         {&pgconn.PgError{Code: "53300", Message: "sorry, too many clients already"}, "answers, and refuses the connection: sorry, too many clients already (SQLSTATE 53300)"},
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
