package main

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

func TestTheCommandInstallsAShopDoesBusinessAndPrintsTotals(t *testing.T) {
	set := servers.PrivateForTest(t, servers.Options{Only: []string{"source"}})
	args := []string{"--dsn", set.Source.DSN, "--orders", "20", "--fast", "--seed", "5"}
	for _, again := range []string{"in a new shop", "in the shop that is there"} {
		var out strings.Builder
		if err := run(t.Context(), args, &out, io.Discard); err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		for _, line := range []string{`(?m)^invoice +GBP +\d+ +\d+\.\d{4}$`, `(?m)^invoice +EUR `, `(?m)^creditmemo +GBP `} {
			if !regexp.MustCompile(line).MatchString(out.String()) {
				t.Errorf("%s: no line %s in\n%s", again, line, out.String())
			}
		}
	}
}

func TestTheCommandSaysWhatItLacks(t *testing.T) {
	t.Setenv("TESTENV_MARIADB", "")
	if err := run(t.Context(), nil, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "--dsn") {
		t.Errorf("got %v, want an error that names --dsn", err)
	}
}
