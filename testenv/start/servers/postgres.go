package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"

	"github.com/mage2sage/mage2sage/testenv/ports"
)

// A Postgres is a private server of the newest Postgres that is installed.
type Postgres struct {
	*Process
	// URL is of a superuser, with the database postgres.
	URL string
}

func (s *Set) startPostgres(ctx context.Context, _ Options) error {
	bin, err := installPostgres(ctx, s.step)
	if err != nil {
		return err
	}
	as, err := ordinaryUser()
	if err != nil {
		return err
	}
	data, err := s.postgresData(ctx, bin, as)
	if err != nil {
		return err
	}
	port, err := ports.Free()
	if err != nil {
		return err
	}
	server := &Postgres{URL: fmt.Sprintf("postgres://postgres:postgres@127.0.0.1:%d/postgres?sslmode=disable", port)}
	server.Process = &Process{
		name:    "postgres",
		logFile: filepath.Join(s.dir.path, "log", "postgres.log"),
		command: func() *exec.Cmd { return postgresCommand(bin, data, port, as) },
		ready:   func(ctx context.Context) error { return pingPostgres(ctx, server.URL) },
		ending:  syscall.SIGINT,  // fast shutdown
		dying:   syscall.SIGQUIT, // immediate shutdown
	}
	s.Postgres = server
	return server.Start(ctx)
}

func postgresCommand(bin, data string, port int, as *syscall.Credential) *exec.Cmd {
	cmd := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200", "-c", "timezone=UTC")
	cmd.Dir = "/" // the child enters it before its rights count
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	if as != nil && !openToAll(filepath.Dir(data)) {
		cmd.SysProcAttr.AmbientCaps = []uintptr{unix.CAP_DAC_OVERRIDE}
	}
	return cmd
}

// openToAll reports whether every user may enter a folder and all that it lies in. A
// server that runs as another user needs root's right to pass through one that is
// closed.
func openToAll(folder string) bool {
	for {
		info, err := os.Stat(folder)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return true
		}
		folder = parent
	}
}

// postgresData is DIR/postgres; a new one is a copy of an empty cluster.
func (s *Set) postgresData(ctx context.Context, bin string, as *syscall.Credential) (string, error) {
	data, fresh, err := s.folder("postgres")
	if err != nil || !fresh {
		return data, err
	}
	version := filepath.Base(filepath.Dir(bin))
	template, err := cached("postgres-"+version+"-data", func(dir string) error {
		s.step("making the empty cluster of Postgres %s", version)
		return initdb(ctx, bin, filepath.Join(dir, "data"), as)
	})
	if err != nil {
		return "", err
	}
	return data, copyTree(ctx, filepath.Join(template, "data"), data)
}

// initdb works in a temporary folder: the user that it runs as may not be able
// to enter the cache, which is in somebody's home.
func initdb(ctx context.Context, bin, target string, as *syscall.Credential) error {
	scratch, err := os.MkdirTemp("", runPattern+"initdb-")
	if err != nil {
		return fmt.Errorf("make scratch folder: %w", err)
	}
	defer os.RemoveAll(scratch)
	if as != nil {
		if err := os.Chown(scratch, int(as.Uid), int(as.Gid)); err != nil {
			return fmt.Errorf("hand over scratch folder: %w", err)
		}
	}
	data := filepath.Join(scratch, "data")
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres",
		"-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	cmd.Dir = scratch
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return copyTree(ctx, data, target)
}

// ordinaryUser is whom Postgres runs as: it refuses root. Nil is ourselves.
func ordinaryUser() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(found.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(found.Gid, 10, 32)
		if uidErr == nil && gidErr == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("postgres refuses to run as root, and there is no user postgres or nobody")
}

// installPostgres returns the folder of the newest installed server's programs
// and installs Debian's package when there is none.
func installPostgres(ctx context.Context, step func(string, ...any)) (string, error) {
	if bin := postgresBin(); bin != "" {
		return bin, nil
	}
	step("installing Postgres from Debian's package")
	if err := command(ctx, "", "apt-get", "-qq", "update"); err != nil {
		return "", err
	}
	if err := command(ctx, "", "apt-get", "-qq", "-y", "--no-install-recommends", "install", "postgresql"); err != nil {
		return "", err
	}
	if bin := postgresBin(); bin != "" {
		return bin, nil
	}
	return "", errors.New("the package postgresql brought no server into /usr/lib/postgresql")
}

func postgresBin() string {
	best, bestVersion := "", 0
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	for _, program := range found {
		bin := filepath.Dir(program)
		if version, err := strconv.Atoi(filepath.Base(filepath.Dir(bin))); err == nil && version > bestVersion {
			best, bestVersion = bin, version
		}
	}
	return best
}

func pingPostgres(ctx context.Context, url string) error {
	connection, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	return connection.Close(ctx)
}
