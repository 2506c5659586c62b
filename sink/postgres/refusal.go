package postgres

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mage2sage/mage2sage/sink/work"
)

// Classes of Postgres's errors that are about the data of a statement: data exception,
// integrity constraint violation, and program limit exceeded (its manual, appendix A). All
// others are an outage, and whatever was tried is tried again.
var dataClasses = []string{"22", "23", "54"}

// isAboutData reports whether Postgres refused a statement for the values in it, so that
// to try it again would fail again, and other values would pass.
func isAboutData(err error) bool {
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code == checkViolation && e.ConstraintName == "" { // no table of its month: that is nobody's data
		return false
	}
	for _, class := range dataClasses {
		if strings.HasPrefix(e.Code, class) {
			return true
		}
	}
	return false
}

// Codes of errors about data that are explained to people in words of their own.
const (
	numericOutOfRange  = "22003"
	unsupportedUnicode = "22P05"
	badEncoding        = "22021"
	uniqueViolation    = "23505"
	checkViolation     = "23514"
	limitExceeded      = "54000"
)

var dataWords = map[string]string{
	numericOutOfRange:  "a number is larger than its column takes",
	unsupportedUnicode: "a text holds a character that Postgres does not take",
	badEncoding:        "a text holds a character that Postgres does not take",
	uniqueViolation:    "something else has the same key",
	limitExceeded:      "a value is longer than an index takes",
}

// explainData says what Postgres did not take. It names no value: Postgres's own messages
// may quote the row.
func explainData(err error) string {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return ""
	}
	words, ok := dataWords[e.Code]
	if !ok {
		words = "a value is not one that its column takes"
	}
	if e.ConstraintName != "" {
		words += ", " + e.ConstraintName
	}
	return "Postgres refuses it: " + words + " (SQLSTATE " + e.Code + ")"
}

// parkedForData is why an item parks whose verdict Postgres refused to write.
func parkedForData(err error) work.ParkReason {
	switch {
	case hasCode(err, numericOutOfRange):
		return work.ParkReason{Reason: work.AmountTooLarge,
			Hint: "an amount is larger than any that is kept, such as the 9999999999999999.9999 that MariaDB makes of what is too large: correct it in Magento"}
	case hasCode(err, uniqueViolation):
		return work.ParkReason{Reason: work.ClashesWithAnother,
			Hint: explainData(err) + ": another document has its identity: compare the two in Magento"}
	}
	return work.ParkReason{Reason: work.NotStorable, Hint: explainData(err) + ": correct the document in Magento"}
}
