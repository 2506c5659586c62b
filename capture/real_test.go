package capture

import (
	"bufio"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// realBinlogs is the folder of a real Magento's database and binlogs: below
// SHARED_DIR, or beside the repository. Without it the test is skipped.
func realBinlogs(t *testing.T) string {
	t.Helper()
	shared := os.Getenv("SHARED_DIR")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	dir := filepath.Join(shared, "magento-real")
	if _, err := os.Stat(filepath.Join(dir, "binlog.tar.xz")); err != nil {
		t.Skip("there are no real binlogs: set SHARED_DIR")
	}
	return dir
}

func TestEveryRowThatARealMagentoWritesIsCaptured(t *testing.T) {
	dir := realBinlogs(t)
	s := newShop(t, "")
	// Table maps name the database m2; it stands on this server while the test runs.
	s.config.Database = "m2"
	s.exec("CREATE DATABASE m2")
	t.Cleanup(func() { s.exec("DROP DATABASE m2") })
	conn, err := s.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	loadDump(t, conn, dir)
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	snapshotRows := r.state().Progress[change.Reference].Rows + r.state().Progress[change.Customer].Rows
	events, failed := replay(t, conn, unpack(t, dir))
	r.caughtUp(s)
	if strings.Count(r.log.String(), "a new epoch began") != 1 {
		t.Errorf("capture lost the thread:\n%s", r.log)
	}
	t.Logf("snapshot: %d rows of reference and customers; replayed %d statements of rows, %d refused", snapshotRows, events, failed)
	s.compareWithCascades(r)
	sales := table(t, r.records(change.Sales))
	for name, want := range map[string]int{"sales_invoice": 15, "sales_creditmemo": 9} {
		n := 0
		for place := range sales {
			if strings.Contains(place, `"`+name+`"`) {
				n++
			}
		}
		if n != want {
			t.Errorf("%d rows of %s are known, want %d", n, name, want)
		}
	}
}

// compareWithCascades is sameAsShop, but rows of children may be known that a
// foreign key's cascade has deleted without a word in the log.
func (s *magentoShop) compareWithCascades(r *running) {
	for _, d := range magento.Domains() {
		have, want := table(s.t, r.records(d)), s.expected(d, testPartitions)
		for place, row := range want {
			if got := have[place]; got.json != row.json || got.root != row.root {
				s.t.Errorf("%s %s\n have %s %q\n want %s %q", d, place, got.json, got.root, row.json, row.root)
			}
		}
		silent := 0
		for place := range have {
			if _, ok := want[place]; !ok {
				silent++
				if strings.Contains(place, `"customer_entity"`) || strings.Contains(place, `"sales_order"`) {
					s.t.Errorf("%s is known and was deleted with a word", place)
				}
			}
		}
		s.t.Logf("%s: %d rows equal, %d deleted by cascades", d, len(want), silent)
	}
}

// loadDump executes a dump statement by statement; triggers are left out.
func loadDump(t *testing.T, conn *sql.Conn, dir string) {
	t.Helper()
	dumps, err := filepath.Glob(filepath.Join(dir, "*baseline.sql.gz"))
	if err != nil || len(dumps) != 1 {
		t.Fatalf("dumps %v, %v", dumps, err)
	}
	f, err := os.Open(dumps[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	exec1(t, conn, "USE m2")
	reader, statement, delimiter := bufio.NewReaderSize(z, 1<<20), &strings.Builder{}, ";"
	for {
		line, err := reader.ReadString('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if after, ok := strings.CutPrefix(line, "DELIMITER "); ok {
			delimiter = strings.TrimSpace(after)
			continue
		}
		statement.WriteString(line)
		if !strings.HasSuffix(strings.TrimSpace(line), delimiter) {
			continue
		}
		if delimiter == ";" {
			exec1(t, conn, statement.String())
		}
		statement.Reset()
	}
	exec1(t, conn, "SET SESSION sql_mode='NO_AUTO_VALUE_ON_ZERO', foreign_key_checks=0, unique_checks=0")
}

func exec1(t *testing.T, conn *sql.Conn, query string) {
	t.Helper()
	if _, err := conn.ExecContext(context.Background(), query); err != nil {
		t.Fatalf("%.80s: %v", query, err)
	}
}

func unpack(t *testing.T, dir string) (files []string) {
	t.Helper()
	into := t.TempDir()
	if out, err := exec.Command("tar", "-xJf", filepath.Join(dir, "binlog.tar.xz"), "-C", into).CombinedOutput(); err != nil {
		t.Fatalf("tar: %v: %s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(into, "binlog.0*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no binlogs: %v", err)
	}
	slices.Sort(files)
	return files
}

// replay has the server execute the rows of binlog files, as mariadb-binlog's
// output does. Refused statements are counted: an indexer wrote between the files.
func replay(t *testing.T, conn *sql.Conn, files []string) (events, failed int) {
	t.Helper()
	var group []string
	try := func(query string) {
		if _, err := conn.ExecContext(context.Background(), query); err != nil {
			failed++
		}
	}
	for _, file := range files {
		parser := replication.NewBinlogParser()
		parser.SetFlavor("mariadb")
		err := parser.ParseFile(file, 0, func(e *replication.BinlogEvent) error {
			raw := base64.StdEncoding.EncodeToString(e.RawData)
			switch event := e.Event.(type) {
			case *replication.FormatDescriptionEvent:
				try("BINLOG '" + raw + "'")
			case *replication.MariadbGTIDEvent:
				if !event.IsStandalone() {
					try("BEGIN")
				}
			case *replication.TableMapEvent:
				group = append(group, raw)
			case *replication.RowsEvent:
				group = append(group, raw)
				if event.Flags&replication.RowsEventStmtEndFlag != 0 {
					try("BINLOG '\n" + strings.Join(group, "\n") + "\n'")
					group = group[:0]
					events++
				}
			case *replication.XIDEvent:
				try("COMMIT")
			case *replication.QueryEvent:
				try(string(event.Query))
			}
			return nil
		})
		if err != nil {
			t.Fatal(fmt.Errorf("%s: %w", filepath.Base(file), err))
		}
	}
	return events, failed
}
