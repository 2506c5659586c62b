package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mage2sage": main})
}

// TestTheCommandLine runs the scripts in testdata: what an operator types, what is
// answered, and with which exit code.
func TestTheCommandLine(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata", RequireExplicitExec: true})
}

// TestTheCommandLineOverADatabase runs the scripts in testdata/books, each with a
// config file for a database of its own.
func TestTheCommandLineOverADatabase(t *testing.T) {
	servers.PostgresForTest(t) // without one, the whole test is skipped
	testscript.Run(t, testscript.Params{Dir: "testdata/books", RequireExplicitExec: true, Setup: func(env *testscript.Env) error {
		url := servers.DatabaseForTest(t)
		env.Setenv("DATABASE", url)
		text := fmt.Sprintf("postgres: {url: %q}\nsource: {name: shop}\ntransform: {state_dir: state}\nkafka: {data_dir: kafka}\n", url)
		return os.WriteFile(filepath.Join(env.WorkDir, "mage2sage.yaml"), []byte(text), 0o600)
	}})
}
