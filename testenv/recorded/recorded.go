// Package recorded replays what a real Magento wrote: its database, and its binlog
// with one business operation per file. The recordings stand beside the checkout
// and are no part of the project; without them the tests that use them are
// skipped.
//
//	../shared/magento-real/ *baseline.sql.gz   the database before the first file
//	                        binlog.tar.xz      binlog.000003 … in order
//	                        steps.tsv          operation, file, …
//
// SHARED_DIR names another folder than ../shared.
package recorded

import (
	"bufio"
	"compress/gzip"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// Database is the recorded shop's: table maps in the recordings name it.
const Database = "m2"

// A Shop is the recordings.
type Shop struct{ dir string }

// Find skips the test where the recordings are not.
func Find(t testing.TB) Shop {
	t.Helper()
	shared := os.Getenv("SHARED_DIR")
	if shared == "" {
		shared = filepath.Join(root(t), "..", "shared")
	}
	s := Shop{filepath.Join(shared, "magento-real")}
	if _, err := os.Stat(s.dir); err != nil {
		t.Skip("the recordings of a real shop are not here: set SHARED_DIR to run this test")
	}
	return s
}

// root is the checkout's folder.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("there is no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
}

// Load creates the database as it was before the first recorded file. The server
// must be the test's own.
func (s Shop) Load(t testing.TB, m *servers.Source) {
	t.Helper()
	dumps, err := filepath.Glob(filepath.Join(s.dir, "*baseline.sql.gz"))
	if err != nil || len(dumps) != 1 {
		t.Fatalf("want one dump, found %d: %v", len(dumps), err)
	}
	f, err := os.Open(dumps[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dump, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	begin := "CREATE DATABASE m2; USE m2; SET sql_mode='NO_AUTO_VALUE_ON_ZERO'; SET foreign_key_checks=0;\n"
	load := m.Shell(t.Context(), "--default-character-set=utf8mb4")
	load.Stdin = io.MultiReader(strings.NewReader(begin), dump)
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("load the recorded database: %v: %s", err, out)
	}
}

// Replay runs each recorded file into the server, once per data folder, without the
// file's own sequence numbers, which would jump backwards there. Errors are gone
// over: in some files one event changes a row of an index that was rebuilt between
// the files.
func (s Shop) Replay(t testing.TB, m *servers.Source) {
	t.Helper()
	s.ReplayEach(t, m, func(string) {})
}

// ReplayEach is Replay, and says after each file what was done in it, such as
// "binlog.000037 product_price_change".
func (s Shop) ReplayEach(t testing.TB, m *servers.Source, after func(step string)) {
	t.Helper()
	steps := s.steps(t)
	for _, file := range s.unpack(t) {
		name := filepath.Base(file)
		if err := replayFile(t.Context(), m, file); err != nil {
			t.Fatalf("replay %s: %v", name, err)
		}
		after(name + " " + steps[name])
	}
}

// steps are the names of the operations, by file.
func (s Shop) steps(t testing.TB) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "steps.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(line, "\t"); len(fields) > 1 {
			all[fields[1]] = fields[0]
		}
	}
	return all
}

// unpack returns the recorded files in their order.
func (s Shop) unpack(t testing.TB) []string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "tar", "-xJf", filepath.Join(s.dir, "binlog.tar.xz"), "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("unpack: %v: %s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "binlog.*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded files: %v", err)
	}
	slices.Sort(files)
	return files
}

func replayFile(ctx context.Context, m *servers.Source, file string) error {
	events := m.Client(ctx, "mariadb-binlog", file)
	text, err := events.StdoutPipe()
	if err != nil {
		return err
	}
	into := m.Shell(ctx, "--force", "--binary-mode")
	stdin, err := into.StdinPipe()
	if err != nil {
		return err
	}
	if err := into.Start(); err != nil {
		return err
	}
	if err := events.Start(); err != nil {
		return err
	}
	if err := withoutSequence(stdin, text); err != nil {
		return err
	}
	if err := events.Wait(); err != nil {
		return err
	}
	into.Wait() // exits 1 when --force went over an error
	return nil
}

func withoutSequence(out io.WriteCloser, in io.Reader) error {
	defer out.Close()
	lines := bufio.NewReaderSize(in, 1<<20)
	for {
		line, err := lines.ReadString('\n')
		if !strings.Contains(line, "gtid_seq_no") {
			if _, werr := io.WriteString(out, line); werr != nil {
				return werr
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
