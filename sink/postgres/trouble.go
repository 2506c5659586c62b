package postgres

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Codes of Postgres's errors that say that it is going away, is not there yet, or cannot
// write (its manual, appendix A).
const (
	adminShutdown    = "57P01"
	crashShutdown    = "57P02"
	cannotConnectNow = "57P03"
	diskFull         = "53100"
)

// Trouble says in one line what keeps Postgres from answering, and what to do about it.
// problem is "" for an error that says something else.
func Trouble(err error) (problem, hint string) {
	var connect *pgconn.ConnectError
	var other *OtherPrefixError
	var refusal *pgconn.PgError
	switch {
	case errors.As(err, &other):
		return other.problem(), other.hint()
	case hasCode(err, diskFull):
		return "Postgres cannot write: its disk is full", "make room on the disk of Postgres"
	case errors.As(err, &connect) && errors.As(err, &refusal) && !hasCode(err, adminShutdown, crashShutdown, cannotConnectNow):
		return "Postgres refuses the connection: " + refusal.Message, refusalHint(refusal)
	case hasCode(err, adminShutdown, crashShutdown, cannotConnectNow), errors.As(err, &connect), pgconn.SafeToRetry(err):
		return "Postgres does not answer", "start it, or correct postgres.url"
	}
	return "", ""
}

// refusalHint is what to do about a server that answers a connection with an error. One
// that has no room for its own files (classes 58 and XX) cannot say so.
func refusalHint(e *pgconn.PgError) string {
	switch {
	case hasCode(e, invalidPassword, invalidAuthorization, noSuchDatabase):
		return "correct postgres.url"
	case strings.HasPrefix(e.Code, "58"), strings.HasPrefix(e.Code, "XX"), e.Code == diskFull:
		return "see its log: its disk may be full"
	}
	return "see its log"
}
