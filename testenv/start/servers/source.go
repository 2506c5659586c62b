package servers

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	_ "github.com/go-sql-driver/mysql" // registers the driver of database/sql

	"github.com/mage2sage/mage2sage/testenv/ports"
)

// A Source is a private server for a shop's database, a MariaDB or a MySQL, with its
// binlog in rows, full row images and full metadata, in UTC.
type Source struct {
	*Process
	// Release is one of Releases.
	Release string
	// Addr is host:port.
	Addr string
	// Socket is the path of the server's Unix socket.
	Socket string
	// DSN is go-sql-driver's, of a user who may do everything, without a database.
	DSN string
	// Bin is the folder of wrappers that run the server's client programs.
	Bin string
}

// IsMySQL says that the server is a MySQL and no MariaDB.
func (s *Source) IsMySQL() bool { return isMySQL(s.Release) }

func isMySQL(release string) bool { return strings.HasPrefix(release, "mysql") }

// Client is a command that runs one of the server's client programs (mariadb and
// mariadb-binlog, or mysql and mysqlbinlog) logged in to this server.
func (s *Source) Client(ctx context.Context, program string, args ...string) *exec.Cmd {
	host, port, _ := strings.Cut(s.Addr, ":")
	login := []string{"--no-defaults", "-h" + host, "-P" + port, "-uroot"}
	environment := os.Environ()
	if s.IsMySQL() { // whose programs warn of a password among the arguments, and MariaDB's of one elsewhere
		environment = append(environment, "MYSQL_PWD=root")
	} else {
		login = append(login, "-proot")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(s.Bin, program), append(login, args...)...)
	cmd.Env = environment
	return cmd
}

// Shell is the client program that runs SQL, logged in to this server.
func (s *Source) Shell(ctx context.Context, args ...string) *exec.Cmd {
	return s.Client(ctx, releases[s.Release].clients()[0], args...)
}

// defaultRelease is the server that is started when nobody says which.
const defaultRelease = "mariadb-10.11"

// A release is a server that shops run on, as a suite of Debian has it.
type release struct {
	suite string
	vendor
}

// A vendor is what MariaDB and MySQL want otherwise than each other.
type vendor interface {
	// packages have the server and its client programs.
	packages() []string
	// daemon is the server's program; clients are those that people use, the shell first.
	daemon() string
	clients() []string
	// baseArgs are those without which the server does not even make its tables.
	baseArgs(unpacked) []string
	// serverArgs set the server up as mage2sage asks a shop's server to be.
	serverArgs() []string
	// bootstrap makes the system tables and the user root with password root.
	bootstrap(ctx context.Context, u unpacked, data string, fixed []string) error
	// fixed are those of a server's arguments that its first start settles for ever.
	fixed(args []string) []string
	// variable is the name under which the environment has the server's DSN.
	variable() string
}

// releases are told by name and by the suite of Debian that has them. MySQL is in sid
// alone, which has one line of it at a time: the long-term one.
var releases = map[string]release{
	"mariadb-10.11": {"bookworm", mariadb{}},
	"mariadb-11.8":  {"trixie", mariadb{}},
	"mysql-9.7":     {"sid", mysql{}},
}

// Releases are the servers that Options.Source may name.
func Releases() []string { return slices.Sorted(maps.Keys(releases)) }

// chosenSource is the release that is asked for: by name, else by the variable SOURCE.
func chosenSource(name string) (string, release, error) {
	if name == "" {
		name = os.Getenv("SOURCE")
	}
	if name == "" {
		name = defaultRelease
	}
	r, known := releases[name]
	if !known {
		return "", r, fmt.Errorf("no source is called %q; there are %s", name, strings.Join(Releases(), ", "))
	}
	return name, r, nil
}

func (s *Set) startSource(ctx context.Context, options Options) error {
	name, _, err := chosenSource(options.Source)
	if err != nil {
		return err
	}
	installed, err := installSource(ctx, name, s.step)
	if err != nil {
		return err
	}
	return s.runSource(ctx, name, unpacked{filepath.Join(installed, "rootfs")}, append(strings.Fields(os.Getenv("SOURCE_ARGS")), options.SourceArgs...))
}

// runSource starts unpacked packages with further arguments.
func (s *Set) runSource(ctx context.Context, name string, files unpacked, further []string) error {
	r := releases[name]
	data, err := s.sourceData(ctx, name, files, r.fixed(further))
	if err != nil {
		return err
	}
	bin, err := files.wrappers(filepath.Join(s.dir.path, "source-bin"), r.clients())
	if err != nil {
		return err
	}
	temporary := filepath.Join(s.dir.path, "source-tmp")
	if err := os.MkdirAll(temporary, 0o755); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	port, err := ports.Free()
	if err != nil {
		return err
	}
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	server := &Source{Release: name, Addr: addr, Socket: filepath.Join(data, "s"), DSN: "root:root@tcp(" + addr + ")/", Bin: bin}
	args := slices.Concat(r.baseArgs(files), []string{"--datadir=" + data, "--tmpdir=" + temporary, fmt.Sprintf("--port=%d", port), "--socket=" + server.Socket},
		commonArgs, r.serverArgs(), further)
	server.Process = &Process{
		name:    name,
		logFile: filepath.Join(s.dir.path, "log", "source.log"),
		command: func() *exec.Cmd { return files.run(r.daemon(), args...) },
		ready:   func(ctx context.Context) error { return pingSQL(ctx, server.DSN) },
		ending:  syscall.SIGTERM,
	}
	s.Source = server
	return server.Start(ctx)
}

// commonArgs are understood by every release. What is durable only against a power cut
// is switched off for speed. Each server has a tmpdir of its own, for a MariaDB that starts
// deletes from it what looks like temporary tables, and the others may crash of that.
var commonArgs = []string{
	"--pid-file=pid",
	"--bind-address=127.0.0.1",
	"--skip-name-resolve",
	"--server-id=1",
	"--log-bin=binlog",
	"--binlog-format=ROW",
	"--binlog-row-image=FULL",
	"--binlog-row-metadata=FULL",
	"--default-time-zone=+00:00",
	"--innodb-buffer-pool-size=256M",
	"--innodb-flush-log-at-trx-commit=2",
	"--sync-binlog=0",
	"--max-allowed-packet=256M",
	"--max-connections=300",
}

// asUser lets root run a server, which it refuses by default.
func asUser() []string {
	if os.Getuid() == 0 {
		return []string{"--user=root"}
	}
	return nil
}

// sourceData is DIR/source; a new one is a copy of an empty server's folder.
func (s *Set) sourceData(ctx context.Context, name string, files unpacked, fixed []string) (string, error) {
	data, fresh, err := s.folder("source")
	if err != nil || !fresh {
		return data, err
	}
	template, err := cached(name+"-data"+strings.Join(fixed, ""), func(dir string) error {
		s.step("making the empty data folder of %s", name)
		return releases[name].bootstrap(ctx, files, dir, fixed)
	})
	if err != nil {
		return "", err
	}
	return data, copyTree(ctx, template, data)
}

// installSource unpacks a server's packages with all their libraries into the cache and
// returns that folder. The host's packages stay as they are: the programs run with the C
// library that was unpacked beside them.
func installSource(ctx context.Context, name string, step func(string, ...any)) (string, error) {
	r := releases[name]
	return cached(name, func(dir string) error {
		step("fetching %s from the Debian mirror that this system is set up with", name)
		apt, err := newPrivateApt(ctx, filepath.Join(dir, "apt"), r.suite)
		if err != nil {
			return err
		}
		packages, err := apt.resolve(ctx, r.packages()...)
		if err != nil {
			return err
		}
		step("downloading and unpacking %d packages", len(packages))
		if err := apt.unpack(ctx, packages, filepath.Join(dir, "rootfs")); err != nil {
			return err
		}
		return os.RemoveAll(filepath.Join(dir, "apt"))
	})
}

func pingSQL(ctx context.Context, dsn string) error {
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.PingContext(ctx)
}
