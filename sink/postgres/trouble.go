package postgres

import (
	"errors"

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
	switch {
	case errors.As(err, &other):
		return other.problem(), other.hint()
	case hasCode(err, diskFull):
		return "Postgres cannot write: its disk is full", "make room on the disk of Postgres"
	case hasCode(err, adminShutdown, crashShutdown, cannotConnectNow), errors.As(err, &connect), pgconn.SafeToRetry(err):
		return "Postgres does not answer", "start it, or correct postgres.url"
	}
	return "", ""
}
