package servers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// mariadb is what a MariaDB wants.
type mariadb struct{}

func (mariadb) packages() []string {
	return []string{"mariadb-server-core", "mariadb-client-core", "mariadb-client"}
}

func (mariadb) daemon() string { return "usr/sbin/mariadbd" }

func (mariadb) clients() []string { return []string{"mariadb", "mariadb-binlog"} }

func (mariadb) variable() string { return "TESTENV_MARIADB" }

func (mariadb) baseArgs(u unpacked) []string {
	share := mariadbShare(u)
	return append([]string{
		"--no-defaults",
		"--basedir=" + u.path("usr"),
		"--lc-messages-dir=" + share,
		"--character-sets-dir=" + filepath.Join(share, "charsets"),
		"--plugin-dir=" + u.path("usr/lib/mysql/plugin"),
		"--innodb-log-file-size=64M",
	}, asUser()...)
}

func (mariadb) serverArgs() []string { return nil }

func (mariadb) fixed([]string) []string { return nil }

// mariadbShare is where the messages and the SQL of the system tables are.
func mariadbShare(u unpacked) string {
	if share := u.path("usr/share/mariadb"); isFile(filepath.Join(share, "mariadb_system_tables.sql")) {
		return share
	}
	return u.path("usr/share/mysql")
}

func (m mariadb) bootstrap(ctx context.Context, u unpacked, data string, _ []string) error {
	script, err := mariadbSystemTables(mariadbShare(u))
	if err != nil {
		return err
	}
	words := u.words(m.daemon())
	args := append(words[1:], m.baseArgs(u)...)
	cmd := exec.CommandContext(ctx, words[0], append(args, "--datadir="+data, "--bootstrap", "--enforce-storage-engine=", "--max-allowed-packet=16M")...)
	cmd.Stdin = strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("bootstrap: %w: %s", err, out)
	}
	return nil
}

// mariadbSystemTables is the SQL that a bootstrapping server reads, a statement a line.
func mariadbSystemTables(share string) (string, error) {
	var script strings.Builder
	script.WriteString("create database if not exists mysql;\nuse mysql;\nSET @auth_root_socket=NULL;\n")
	for _, name := range []string{"system_tables", "performance_tables", "system_tables_data", "sys_schema"} {
		file := filepath.Join(share, "mariadb_"+name+".sql") // older releases call it mysql_
		if !isFile(file) {
			file = filepath.Join(share, "mysql_"+name+".sql")
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read system tables: %w", err)
		}
		script.Write(text)
	}
	script.WriteString("use mysql;\n")
	for _, host := range []string{"localhost", "127.0.0.1"} {
		fmt.Fprintf(&script, "replace into global_priv values ('%s','root',json_object('access',-1,'plugin','mysql_native_password','authentication_string',password('root')));\n", host)
	}
	return script.String(), nil
}
