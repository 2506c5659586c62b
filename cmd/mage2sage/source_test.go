package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

func TestEveryCheckOfTheSourceIsPrinted(t *testing.T) {
	server, err := mysql.ParseDSN(servers.SourceForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "mage2sage.yaml")
	text := fmt.Sprintf("source: {name: shop, host: %s, port: %s, user: %s, password: %s, database: nowhere}\n", host, port, server.User, server.Passwd)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := newRoot()
	cmd.SetOut(&out)
	cmd.SetArgs([]string{"-c", file, "source", "check"})
	if err := cmd.ExecuteContext(t.Context()); err == nil || exitCode(err) != exitPerson {
		t.Errorf("the command ended with %v, want exit code %d", err, exitPerson)
	}
	for _, line := range []string{"connection: ok", "log_bin: ok", "rights: ok", "database: there is no database nowhere: correct source.database"} {
		if !strings.Contains("\n"+out.String(), "\n"+line) {
			t.Errorf("it prints\n%s\nwant the line %q", out.String(), line)
		}
	}
}
