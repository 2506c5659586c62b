package capture

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/capture/binlog"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// childEnv makes the test binary a capture that can be killed.
const childEnv = "CAPTURE_TEST_CHILD"

type childConfig struct {
	Config   Config
	Password string
	Brokers  []string
	Prefix   string
	Quick    bool // with the clocks of tests
	Tables   bool // with the topics of tables
	Unasked  bool // nothing that is asked for or wanted is read
}

func TestMain(m *testing.M) {
	text := os.Getenv(childEnv)
	if text == "" {
		os.Exit(m.Run())
	}
	var c childConfig
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		panic(err)
	}
	c.Config.Password = secret.String(c.Password)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	stage := &Stage{Config: c.Config, Partitions: testPartitions, Topics: topic.Dial(c.Brokers), TableTopics: c.Tables,
		Names: topic.Names{Prefix: c.Prefix}, Log: zerolog.New(os.Stderr)}
	if c.Quick {
		stage.clocks, stage.cascadeCheck = quick, 500*time.Millisecond
	}
	if c.Unasked {
		stage.clocks.requests = time.Hour
	}
	if err := stage.Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func childThatLogsTo(t testing.TB, c childConfig, log io.Writer) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// published sums the ends of all partitions.
func (r *running) published() (sum int64) {
	for d, n := range r.stage.partitions() {
		ends, err := r.stage.Topics.EndOffsets(context.Background(), r.stage.Names.Raw(d), n)
		if err != nil {
			return 0
		}
		for _, end := range ends {
			sum += end
		}
	}
	return sum
}

// repeated counts the streamed rows that stand in a topic more than once, and
// fails the test when one has two versions.
func (r *running) repeated() (n int) {
	r.t.Helper()
	versions := map[string]string{}
	for _, d := range []change.Domain{change.Customer, change.Sales} {
		for _, rec := range r.records(d) {
			e, err := change.DecodeEnvelope(rec.Value)
			if err != nil || rec.Header(change.HeaderKind) != "" || e == nil || e.Source.Snapshot == "true" {
				continue
			}
			id := fmt.Sprintf("%s %s %d", e.Transaction.ID, rec.Key, e.Transaction.TotalOrder)
			version := rec.Header(change.HeaderVersion)
			if before, again := versions[id+string(e.Op)]; again {
				n++
				if before != version {
					r.t.Errorf("%s was published as %s and as %s", id, before, version)
				}
			}
			versions[id+string(e.Op)] = version
		}
	}
	return n
}

func TestARestartGoesOnWithoutASnapshot(t *testing.T) {
	t.Parallel()
	s, r := streaming(t)
	s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (1, 'new')")
	r.caughtUp(s)
	if err := r.halt(); err != nil {
		t.Fatalf("a capture that was told to stop returned %v", err)
	}
	before := r.state()
	s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (2, 'new')")
	again := start(t, s.config, r.stage.Topics, r.stage.Names)
	again.caughtUp(s)
	after := again.state()
	if after.Checkpoint.Epoch != before.Checkpoint.Epoch || after.Checkpoint.Sequence <= before.Checkpoint.Sequence {
		t.Errorf("version %s after a restart, %s before: want the same epoch and a higher sequence", after.Checkpoint.Version(), before.Checkpoint.Version())
	}
	again.sameAsShop(s)
	again.unbroken()
}

func TestAConnectionThatBreaksIsDialledAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_")
	s.config.User = s.user("p", "SELECT ON `"+s.config.Database+"`.*", "REPLICATION SLAVE, BINLOG MONITOR ON *.*")
	s.config.Password = "p"
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	for i := range 3 {
		s.killDump()
		s.exec(fmt.Sprintf("INSERT INTO m2_sales_order (state) VALUES ('%d')", i))
		r.caughtUp(s)
	}
	r.sameAsShop(s)
	r.unbroken()
	if !strings.Contains(r.log.String(), "capture begins again") {
		t.Error("nothing says that capture began again")
	}
}

// killDump kills the connection by which the shop's own user reads the log.
func (s *magentoShop) killDump() {
	s.t.Helper()
	until(s.t, "the log is being read", func() bool {
		var id int64
		err := s.db.QueryRow("SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%' AND USER = ?", s.config.User).Scan(&id)
		if err != nil {
			return false
		}
		s.exec(fmt.Sprint("KILL ", id))
		return true
	})
}

func TestALogThatDoesNotContinueBringsANewEpochAndASnapshot(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*change.Checkpoint){
		"the position was purged or never was":  func(p *change.Checkpoint) { p.GTID = "0-2-99999999999" },
		"another server answers":                func(p *change.Checkpoint) { p.ServerID++; p.TSMS -= 1000 },
		"kafka has less than was acknowledged":  func(p *change.Checkpoint) { p.EndOffsets[change.Sales][0] += 100 },
		"the last run met something unreadable": func(p *change.Checkpoint) { p.File, p.GTID = "", "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, r := streaming(t)
			s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (1, 'new'), (2, 'new')")
			r.caughtUp(s)
			r.halt()
			p := r.state().Checkpoint
			first := p.Epoch
			spoil(&p)
			r.save(p)
			s.exec("DELETE FROM m2_sales_order WHERE entity_id = 1") // nobody sees it
			again := start(t, s.config, r.stage.Topics, r.stage.Names)
			until(t, "a new epoch began", func() bool { again.alive(); return again.state().Checkpoint.Epoch > first })
			again.snapshotDone()
			again.caughtUp(s)
			if rows := again.sameAsShop(s); rows != 1 {
				t.Errorf("%d rows, want 1", rows)
			}
			if !strings.Contains(again.log.String(), "a new epoch began") {
				t.Errorf("the log does not say so:\n%s", again.log)
			}
		})
	}
}

// A DDL between these two is not in the log, so that the rows after it are what says it.
const unlogged, logged = "SET SESSION sql_log_bin=0; ", "; SET SESSION sql_log_bin=1; "

func TestWhatCannotBeReadStopsCaptureUntilAPersonHasPutItRight(t *testing.T) {
	for name, c := range map[string]struct{ statements, says, cure string }{
		"a row without all of its columns": {
			"SET SESSION binlog_row_image=MINIMAL; UPDATE m2_sales_order SET state='x'; SET SESSION binlog_row_image=FULL", "SET GLOBAL binlog_row_image=FULL", ""},
		"a column of a strange type": {
			unlogged + "UPDATE m2_sales_order SET state=NULL; ALTER TABLE m2_sales_order MODIFY state vector(3)" + logged + "UPDATE m2_sales_order SET grand_total=1", "correct the table",
			"ALTER TABLE m2_sales_order MODIFY state varchar(200)"},
		"a character set that is not known": {
			unlogged + "ALTER TABLE m2_sales_order MODIFY state varchar(200) CHARACTER SET greek" + logged + "UPDATE m2_sales_order SET state='x'", "CONVERT TO CHARACTER SET utf8mb4",
			"ALTER TABLE m2_sales_order MODIFY state varchar(200) CHARACTER SET utf8mb4"},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(c.statements, "vector") && !servers.MySQLForTest(t) {
				t.Skip("MariaDB logs its vectors and UUIDs as bytes: a start refuses such a column")
			}
			s, r := streaming(t)
			if strings.Contains(c.statements, "CHARACTER SET") {
				s.metadata("FULL") // a log without names does not tell character sets either
			}
			s.exec("INSERT INTO m2_sales_order (entity_id, state) VALUES (1, 'new')")
			r.caughtUp(s)
			s.exec(c.statements)
			var err error
			until(t, "capture has ended", func() bool {
				select {
				case err = <-r.done:
					r.done <- err
					return true
				default:
					return false
				}
			})
			var unreadable *binlog.UnreadableError
			if !errors.As(err, &unreadable) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("capture ended with %v, want an UnreadableError that says %q", err, c.says)
			}
			if c.cure != "" {
				s.exec(c.cure)
			}
			again := start(t, s.config, r.stage.Topics, r.stage.Names)
			until(t, "the first lines are logged", func() bool { return strings.Contains(again.log.String(), "capture began") })
			again.snapshotDone()
			again.caughtUp(s)
			again.sameAsShop(s)
		})
	}
}

func TestASecondCaptureIsRefusedAndToldWhoHoldsTheSource(t *testing.T) {
	s, r := streaming(t)
	db, err := source.Open(t.Context(), s.config.source("other"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Lock(t.Context(), r.stage.Names.Prefix, 0)
	var locked *source.LockedError
	if !errors.As(err, &locked) || !strings.Contains(err.Error(), "connection") {
		t.Fatalf("a second capture got %v, want a LockedError that names the first", err)
	}
	r.halt()
	l, err := db.Lock(t.Context(), r.stage.Names.Prefix, source.LockWait)
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	l.Release()
}

func TestAnotherPartitionCountIsRefused(t *testing.T) {
	_, r := streaming(t)
	r.halt()
	other := *r.stage
	other.Partitions++
	err := other.Run(t.Context())
	var count *topic.PartitionCountError
	if !errors.As(err, &count) {
		t.Errorf("four partitions after three: %v, want a PartitionCountError", err)
	}
}
