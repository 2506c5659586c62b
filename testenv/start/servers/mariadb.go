package servers

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	_ "github.com/go-sql-driver/mysql" // registers the driver of database/sql
)

// A MariaDB is a private server of MariaDB 10.11 with its binlog in rows, full
// row images and full metadata, in UTC.
type MariaDB struct {
	*Process
	// Addr is host:port.
	Addr string
	// DSN is go-sql-driver's, of a user who may do everything, without a database.
	DSN string
	// Bin is the folder of wrappers that run mariadb and mariadb-binlog.
	Bin string
}

// Client is a command that runs one of MariaDB's client programs (mariadb,
// mariadb-binlog) logged in to this server.
func (m *MariaDB) Client(ctx context.Context, program string, args ...string) *exec.Cmd {
	host, port, _ := strings.Cut(m.Addr, ":")
	login := []string{"--no-defaults", "-h" + host, "-P" + port, "-uroot", "-proot"}
	return exec.CommandContext(ctx, filepath.Join(m.Bin, program), append(login, args...)...)
}

func (s *Set) startMariaDB(ctx context.Context, options Options) error {
	installed, err := installMariaDB(ctx, s.step)
	if err != nil {
		return err
	}
	files := mariadbFiles{root: filepath.Join(installed, "rootfs")}
	data, err := s.mariadbData(ctx, files)
	if err != nil {
		return err
	}
	bin, err := files.wrappers(filepath.Join(s.dir.path, "mariadb-bin"))
	if err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	server := &MariaDB{Addr: addr, DSN: "root:root@tcp(" + addr + ")/", Bin: bin}
	args := append(files.serverArgs(data, port), strings.Fields(os.Getenv("MARIADB_ARGS"))...)
	args = append(args, options.MariaDBArgs...)
	server.Process = &Process{
		name:    "mariadb",
		logFile: filepath.Join(s.dir.path, "log", "mariadb.log"),
		command: func() *exec.Cmd { return files.run("usr/sbin/mariadbd", args...) },
		ready:   func(ctx context.Context) error { return pingSQL(ctx, server.DSN) },
		ending:  syscall.SIGTERM,
	}
	s.MariaDB = server
	return server.Start(ctx)
}

// mariadbData is DIR/mariadb; a new one is a copy of an empty server's folder.
func (s *Set) mariadbData(ctx context.Context, files mariadbFiles) (string, error) {
	data, fresh, err := s.folder("mariadb")
	if err != nil || !fresh {
		return data, err
	}
	template, err := cached("mariadb-"+mariadbSuite+"-data", func(dir string) error {
		s.step("making MariaDB's empty data folder")
		return files.bootstrap(ctx, dir)
	})
	if err != nil {
		return "", err
	}
	return data, copyTree(ctx, template, data)
}

// mariadbFiles are the unpacked packages.
type mariadbFiles struct{ root string }

// run is a command with the unpacked C library in place of the host's.
func (f mariadbFiles) run(program string, args ...string) *exec.Cmd {
	words := f.words(program)
	return exec.Command(words[0], append(words[1:], args...)...)
}

func (f mariadbFiles) words(program string) []string {
	path := filepath.Join(f.root, program)
	libraries := make([]string, 0, 4)
	loaders, _ := filepath.Glob(filepath.Join(f.root, "lib*", "*", "ld-linux*"))
	for _, folder := range []string{"usr/lib/*-linux-gnu", "lib/*-linux-gnu"} {
		found, _ := filepath.Glob(filepath.Join(f.root, folder))
		libraries = append(libraries, found...)
	}
	if len(loaders) == 0 {
		return []string{path}
	}
	return []string{loaders[0], "--library-path", strings.Join(libraries, ":"), "--argv0", path, path}
}

func (f mariadbFiles) share() string { return filepath.Join(f.root, "usr/share/mysql") }

func (f mariadbFiles) baseArgs(data string) []string {
	args := []string{
		"--no-defaults",
		"--basedir=" + filepath.Join(f.root, "usr"),
		"--datadir=" + data,
		"--lc-messages-dir=" + f.share(),
		"--character-sets-dir=" + filepath.Join(f.share(), "charsets"),
		"--plugin-dir=" + filepath.Join(f.root, "usr/lib/mysql/plugin"),
		"--innodb-log-file-size=64M",
	}
	if os.Getuid() == 0 {
		args = append(args, "--user=root")
	}
	return args
}

// serverArgs sets the server up as mage2sage asks a shop's server to be; what
// is durable only against a power cut is switched off for speed.
func (f mariadbFiles) serverArgs(data string, port int) []string {
	return append(f.baseArgs(data),
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--port=%d", port),
		"--socket="+filepath.Join(data, "s"),
		"--pid-file="+filepath.Join(data, "pid"),
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
	)
}

// bootstrap makes the system tables and the user root with password root.
func (f mariadbFiles) bootstrap(ctx context.Context, data string) error {
	var script strings.Builder
	script.WriteString("create database if not exists mysql;\nuse mysql;\nSET @auth_root_socket=NULL;\n")
	for _, name := range []string{"system_tables", "performance_tables", "system_tables_data", "sys_schema"} {
		text, err := os.ReadFile(filepath.Join(f.share(), "mysql_"+name+".sql"))
		if err != nil {
			return fmt.Errorf("read system tables: %w", err)
		}
		script.Write(text)
	}
	script.WriteString("use mysql;\n")
	for _, host := range []string{"localhost", "127.0.0.1"} {
		fmt.Fprintf(&script, "replace into global_priv values ('%s','root',json_object('access',-1,'plugin','mysql_native_password','authentication_string',password('root')));\n", host)
	}
	words := f.words("usr/sbin/mariadbd")
	args := append(words[1:], f.baseArgs(data)...)
	cmd := exec.CommandContext(ctx, words[0], append(args, "--bootstrap", "--enforce-storage-engine=", "--max-allowed-packet=16M")...)
	cmd.Stdin = strings.NewReader(script.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("bootstrap: %w: %s", err, out)
	}
	return nil
}

// wrappers writes shell scripts that run the client programs from anywhere.
func (f mariadbFiles) wrappers(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make wrappers: %w", err)
	}
	for _, program := range []string{"mariadb", "mariadb-binlog"} {
		words := f.words(filepath.Join("usr/bin", program))
		for i, word := range words {
			words[i] = Quote(word)
		}
		script := "#!/bin/sh\nexec " + strings.Join(words, " ") + " \"$@\"\n"
		if err := os.WriteFile(filepath.Join(dir, program), []byte(script), 0o755); err != nil {
			return "", fmt.Errorf("make wrappers: %w", err)
		}
	}
	return dir, nil
}

func pingSQL(ctx context.Context, dsn string) error {
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.PingContext(ctx)
}
