package servers_test

import (
	"cmp"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/segmentio/kafka-go"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

func TestAKilledServerComesBackWithItsDataOnItsPort(t *testing.T) {
	set := servers.PrivateForTest(t, servers.Options{Only: []string{"source", "postgres", "kafka"}})
	for name, server := range map[string]struct {
		process      *servers.Process
		write, check func(*testing.T)
	}{
		"source": {
			set.Source.Process,
			func(t *testing.T) {
				execSQL(t, set.Source.DSN, "create database kept", "create table kept.t (id int primary key)", "insert into kept.t values (7)")
			},
			func(t *testing.T) { execSQL(t, set.Source.DSN, "delete from kept.t where id = 7") },
		},
		"postgres": {
			set.Postgres.Process,
			func(t *testing.T) {
				execPostgres(t, set.Postgres.URL, "create table kept (id int)", "insert into kept values (7)")
			},
			func(t *testing.T) { execPostgres(t, set.Postgres.URL, "delete from kept where id = 7") },
		},
		"kafka": {
			set.Kafka.Process,
			func(t *testing.T) { createTopic(t, set.Kafka.Addr, "kept") },
			func(t *testing.T) { requireTopic(t, set.Kafka.Addr, "kept") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			server.write(t)
			server.process.Kill()
			if err := server.process.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			server.check(t)
			if err := server.process.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestTheSourceIsSetUpAsAShopShouldBe(t *testing.T) {
	db := open(t, servers.SourceForTest(t))
	for variable, want := range map[string]string{
		"log_bin": "1", "binlog_format": "ROW", "binlog_row_image": "FULL", "binlog_row_metadata": "FULL",
		"time_zone": "+00:00", "skip_name_resolve": "1", "max_allowed_packet": "268435456",
	} {
		var got string
		if err := db.QueryRow("select @@global." + variable).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("@@%s is %s, want %s", variable, got, want)
		}
	}
}

func TestTheSourceIsTheReleaseThatWasAskedFor(t *testing.T) {
	name := cmp.Or(os.Getenv("SOURCE"), "mariadb-10.11")
	var version string
	if err := open(t, servers.SourceForTest(t)).QueryRow("select version()").Scan(&version); err != nil {
		t.Fatal(err)
	}
	kind, line, _ := strings.Cut(name, "-")
	if !strings.HasPrefix(version, line+".") || strings.Contains(version, "MariaDB") != (kind == "mariadb") {
		t.Errorf("the server is %s, want %s", version, name)
	}
	if servers.MySQLForTest(t) != (kind == "mysql") {
		t.Errorf("%s is taken for the other kind", name)
	}
}

// A MariaDB that starts deletes from its tmpdir what looks like temporary tables.
func TestEverySourceHasATmpdirOfItsOwn(t *testing.T) {
	set := servers.PrivateForTest(t, servers.Options{Only: []string{"source"}})
	var dir string
	if err := open(t, set.Source.DSN).QueryRow("select @@tmpdir").Scan(&dir); err != nil || !strings.HasPrefix(dir, set.Dir()) {
		t.Errorf("tmpdir is %s, %v; want one in %s", dir, err, set.Dir())
	}
}

func TestAnUnknownSourceIsRefusedWithThoseThatThereAre(t *testing.T) {
	_, err := servers.Start(t.Context(), servers.Options{Only: []string{"source"}, Source: "mysql-5.7"})
	if err == nil || !strings.Contains(err.Error(), `"mysql-5.7"`) || !strings.Contains(err.Error(), "mariadb-10.11, mariadb-11.8, mysql-9.7") {
		t.Fatalf("got %v, want an error that names the source and those that there are", err)
	}
}

func TestFurtherArgumentsReachTheSource(t *testing.T) {
	set := servers.PrivateForTest(t, servers.Options{Only: []string{"source"}, SourceArgs: []string{"--binlog-format=MIXED"}})
	out, err := set.Source.Shell(t.Context(), "-N", "-e", "select @@binlog_format").CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "MIXED" {
		t.Fatalf("got %q, %v; want MIXED", out, err)
	}
}

func TestAServerWithArgumentsIsStartedOnceForTheTestBinary(t *testing.T) {
	first := servers.SourceWithForTest(t, "--lower-case-table-names=1")
	if again := servers.SourceWithForTest(t, "--lower-case-table-names=1"); again != first {
		t.Errorf("the same arguments gave %s and %s", first, again)
	}
	var got string
	if err := open(t, first).QueryRow("select @@lower_case_table_names").Scan(&got); err != nil || got != "1" {
		t.Errorf("lower_case_table_names is %q, %v; want 1", got, err)
	}
	execSQL(t, first, "create database Mixed", "drop database MIXED")
}

func TestAVariableGivesEverySourceFurtherArguments(t *testing.T) {
	t.Setenv("SOURCE_ARGS", "--binlog-row-metadata=MINIMAL --binlog-format=MIXED")
	set := servers.PrivateForTest(t, servers.Options{Only: []string{"source"}, SourceArgs: []string{"--binlog-format=STATEMENT"}})
	out, err := set.Source.Shell(t.Context(), "-N", "-e", "select @@binlog_row_metadata, @@binlog_format").CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "MINIMAL\tSTATEMENT" {
		t.Fatalf("got %q, %v; want MINIMAL of the variable and STATEMENT of the test", out, err)
	}
}

func TestAFolderGivenKeepsDataForTheNextStart(t *testing.T) {
	options := servers.Options{Only: []string{"source"}, Dir: t.TempDir()}
	first := servers.PrivateForTest(t, options)
	execSQL(t, first.Source.DSN, "create database kept")
	if _, err := servers.Start(t.Context(), options); err == nil || !strings.Contains(err.Error(), "another set of servers") {
		t.Errorf("a second set in the folder: %v, want it refused at once", err)
	}
	first.Stop()
	second := servers.PrivateForTest(t, options)
	execSQL(t, second.Source.DSN, "use kept")
}

// Postgres refuses root and runs as another user, who may not enter root's folders.
func TestPostgresRunsInAFolderBelowOneThatIsClosedToOthers(t *testing.T) {
	closed := filepath.Join(t.TempDir(), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	options := servers.Options{Only: []string{"postgres"}, Dir: filepath.Join(closed, "servers")}
	servers.PrivateForTest(t, options).Stop()
	servers.PrivateForTest(t, options) // with the data of the first
}

func TestAnUnknownServerIsRefusedByName(t *testing.T) {
	_, err := servers.Start(t.Context(), servers.Options{Only: []string{"oracle"}})
	if err == nil || !strings.Contains(err.Error(), `"oracle"`) {
		t.Fatalf("got %v, want an error that names the server", err)
	}
}

func TestATemporaryFolderIsGoneAfterStop(t *testing.T) {
	set := servers.PrivateForTest(t, servers.Options{Only: []string{"kafka"}})
	set.Stop()
	if _, err := os.Stat(set.Dir()); !os.IsNotExist(err) {
		t.Fatalf("%s is still there: %v", set.Dir(), err)
	}
	select {
	case <-set.Kafka.Ended():
	default:
		t.Error("the broker outlived Stop")
	}
}

func TestQuoteMakesOneWordForAShell(t *testing.T) {
	if got, want := servers.Quote("it's $HOME"), `'it'\''s $HOME'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func execSQL(t *testing.T, dsn string, statements ...string) {
	t.Helper()
	db := open(t, dsn)
	for _, statement := range statements {
		result, err := db.Exec(statement)
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		if n, _ := result.RowsAffected(); strings.HasPrefix(statement, "delete") && n != 1 {
			t.Fatalf("%s found %d rows, want 1", statement, n)
		}
	}
}

func execPostgres(t *testing.T, url string, statements ...string) {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(context.Background())
	for _, statement := range statements {
		result, err := connection.Exec(t.Context(), statement)
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		if strings.HasPrefix(statement, "delete") && result.RowsAffected() != 1 {
			t.Fatalf("%s found %d rows, want 1", statement, result.RowsAffected())
		}
	}
}

func createTopic(t *testing.T, addr, name string) {
	t.Helper()
	connection := dial(t, addr)
	if err := connection.CreateTopics(kafka.TopicConfig{Topic: name, NumPartitions: 3, ReplicationFactor: 1}); err != nil {
		t.Fatal(err)
	}
}

func requireTopic(t *testing.T, addr, name string) {
	t.Helper()
	partitions, err := dial(t, addr).ReadPartitions(name)
	if err != nil || len(partitions) != 3 {
		t.Fatalf("topic %s has partitions %v, %v; want 3", name, partitions, err)
	}
}

func dial(t *testing.T, addr string) *kafka.Conn {
	t.Helper()
	connection, err := kafka.DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return connection
}
