package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// mysql is what a MySQL wants.
type mysql struct{}

func (mysql) packages() []string { return []string{"mysql-server-core", "mysql-client-core"} }

func (mysql) daemon() string { return "usr/sbin/mysqld" }

func (mysql) clients() []string { return []string{"mysql", "mysqlbinlog"} }

func (mysql) variable() string { return "TESTENV_MYSQL" }

// baseArgs name folders that are elsewhere when the packages are installed.
func (mysql) baseArgs(u unpacked) []string {
	share := u.path("usr/share/mysql")
	return append([]string{
		"--no-defaults",
		"--basedir=" + u.path("usr"),
		"--lc-messages-dir=" + share,
		"--character-sets-dir=" + filepath.Join(share, "charsets"),
		"--plugin-dir=" + u.path("usr/lib/mysql/plugin"),
		"--secure-file-priv=",
		"--innodb-redo-log-capacity=64M",
	}, asUser()...)
}

// serverArgs switch GTIDs on, which releases before 9 do not by themselves.
func (mysql) serverArgs() []string {
	return []string{"--mysqlx=OFF", "--gtid-mode=ON", "--enforce-gtid-consistency=ON"}
}

// fixed: MySQL refuses to start with another way of comparing names than its dictionary has.
func (mysql) fixed(args []string) (all []string) {
	for _, arg := range args {
		if strings.HasPrefix(arg, "--lower-case-table-names=") {
			all = append(all, arg)
		}
	}
	return all
}

// mysqlUsers gives root a password, over a socket and over TCP.
const mysqlUsers = `ALTER USER 'root'@'localhost' IDENTIFIED BY 'root';
CREATE USER 'root'@'127.0.0.1' IDENTIFIED BY 'root';
GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;
`

// bootstrap forgets the identity of the new server, so that each copy of its folder gets
// one of its own: two servers with one cannot replicate each other.
func (m mysql) bootstrap(ctx context.Context, u unpacked, data string, fixed []string) error {
	users := data + ".sql"
	if err := os.WriteFile(users, []byte(mysqlUsers), 0o600); err != nil {
		return fmt.Errorf("bootstrap: %w", err)
	}
	defer os.Remove(users)
	words := u.words(m.daemon())
	args := append(words[1:], m.baseArgs(u)...)
	err := command(ctx, "", words[0], append(append(args, "--datadir="+data, "--initialize-insecure", "--init-file="+users), fixed...)...)
	if err != nil {
		return fmt.Errorf("bootstrap: %w", err)
	}
	if err := os.Remove(filepath.Join(data, "auto.cnf")); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
