package postgres

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mage2sage/mage2sage/sink/work"
)

// What is about data parks one document; all else is an outage, in which nothing parks.
func TestOnlyARefusalOfDataParksADocument(t *testing.T) {
	for code, c := range map[string]struct {
		reason work.Reason // "" for an outage
		says   string
	}{
		"22003": {work.AmountTooLarge, "9999999999999999.9999"},
		"22P05": {work.NotStorable, "a character that Postgres does not take"},
		"23505": {work.ClashesWithAnother, "another document has its identity"},
		"54000": {work.NotStorable, "a value is longer than an index takes"},
		"54001": {work.NotStorable, "SQLSTATE 54001"},
		"53100": {}, // the disk is full
		"53200": {}, // out of memory
		"53300": {}, // too many connections
		"40P01": {}, // a deadlock
		"57P01": {}, // the server is shutting down
		"08006": {}, // the connection broke
	} {
		t.Run(code, func(t *testing.T) {
			err := fmt.Errorf("write verdict: %w", &pgconn.PgError{Code: code, Message: "quotes Ada's row"})
			if isAboutData(err) != (c.reason != "") {
				t.Fatalf("about data: %v", isAboutData(err))
			}
			if c.reason == "" {
				return
			}
			if why := parkedForData(err); why.Reason != c.reason || !strings.Contains(why.Hint, c.says) || strings.Contains(why.Hint, "Ada") {
				t.Errorf("%s: %q, want %s that says %q", why.Reason, why.Hint, c.reason, c.says)
			}
		})
	}
	if isAboutData(errors.New("no answer")) {
		t.Error("what Postgres has not said is taken for a refusal of data")
	}
}
