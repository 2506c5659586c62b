package capture

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// patience bounds every wait of these tests.
const patience = 3 * time.Minute

// until polls a condition.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain until %s", patience, what)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// A magentoShop is a database with all captured tables, and some columns more.
type magentoShop struct {
	t      testing.TB
	db     *sql.DB
	config Config
	stages bool // changes of products, as Adobe Commerce does
}

func newShop(t testing.TB, tablePrefix string, configure ...func(*magentoShop)) *magentoShop {
	t.Helper()
	return newShopOn(t, servers.SourceForTest(t), tablePrefix, configure...)
}

func newShopOn(t testing.TB, dsn, tablePrefix string, configure ...func(*magentoShop)) *magentoShop {
	t.Helper()
	server, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(server.Addr, ":")
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	s := &magentoShop{t: t, config: Config{
		Name: "shop", Host: host, Port: number, User: server.User, Password: secret.String(server.Passwd),
		Database: fmt.Sprintf("capture_%x", rand.Uint32()), TablePrefix: tablePrefix, ServerID: 10_000 + rand.Uint32N(1<<30),
	}.WithDefaults()}
	for _, f := range configure {
		f(s)
	}
	server.MultiStatements, server.InterpolateParams = true, true
	server.Params = map[string]string{"time_zone": "'+00:00'", "sql_mode": "''"}
	admin, err := sql.Open("mysql", server.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec("CREATE DATABASE " + s.config.Database + " CHARACTER SET utf8mb4"); err != nil {
		t.Fatal(err)
	}
	server.DBName = s.config.Database
	if s.db, err = sql.Open("mysql", server.FormatDSN()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.db.Close()
		_, _ = admin.Exec("DROP DATABASE " + s.config.Database)
		admin.Close()
	})
	for _, table := range magento.Tables {
		s.exec(s.createTable(table))
	}
	return s
}

func (s *magentoShop) exec(query string, args ...any) {
	s.t.Helper()
	query = portable(s.t, query)
	if _, err := s.db.Exec(query, args...); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
}

// tx runs statements as one transaction.
func (s *magentoShop) tx(statements ...string) {
	s.t.Helper()
	tx, err := s.db.Begin()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, q := range statements {
		if _, err := tx.Exec(q); err != nil {
			s.t.Fatalf("%s: %v", q, err)
		}
	}
	if err := tx.Commit(); err != nil {
		s.t.Fatal(err)
	}
}

// newTopics is a broker of the test's own, or names of its own on TESTENV_KAFKA.
func newTopics(t testing.TB) (*topic.Client, topic.Names) {
	t.Helper()
	names := topic.Names{Prefix: fmt.Sprintf("t%x", rand.Uint32())}
	if brokers := os.Getenv("TESTENV_KAFKA"); brokers != "" {
		c := topic.Dial(strings.Split(brokers, ","))
		t.Cleanup(c.Close)
		return c, names
	}
	b, err := embedded.Start(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	c := topic.Dial([]string{b.Addr})
	t.Cleanup(func() { c.Close(); b.Close() })
	return c, names
}

// A running is a stage that a test has started.
type running struct {
	t         testing.TB
	stage     *Stage
	stop      context.CancelFunc
	done      chan error
	log       *lines
	snapshots int // that were ordered, for anotherSnapshot
}

// lines collects a log.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

const testPartitions = 3

func start(t testing.TB, c Config, topics *topic.Client, names topic.Names) *running {
	t.Helper()
	return run(t, &Stage{Config: c, Partitions: testPartitions, Topics: topics, Names: names})
}

// quick are clocks for tests that wait for what follows a pause, and not for the pause.
var quick = clocks{shortest: 20 * time.Millisecond, longest: 200 * time.Millisecond, snapshots: 200 * time.Millisecond, history: 200 * time.Millisecond, unseen: 200 * time.Millisecond}

// run starts a stage until the test ends or halts it.
func run(t testing.TB, stage *Stage) *running {
	t.Helper()
	if stage.clocks == (clocks{}) {
		stage.clocks = quick
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &running{t: t, stop: stop, done: make(chan error, 1), log: &lines{}, stage: stage}
	stage.Log = zerolog.New(r.log)
	go func() { r.done <- stage.Run(ctx) }()
	t.Cleanup(func() { r.halt() })
	return r
}

// halt stops the stage; what Run returned is remembered.
func (r *running) halt() error {
	r.stop()
	err := <-r.done
	r.done <- err
	if r.t.Failed() {
		r.t.Logf("log:\n%s", r.log)
	}
	return err
}

// alive fails the test when the stage has ended.
func (r *running) alive() {
	r.t.Helper()
	select {
	case err := <-r.done:
		r.done <- err
		r.t.Fatalf("capture ended: %v\n%s", err, r.log)
	default:
	}
}

func (r *running) state() topic.SourceState {
	r.t.Helper()
	state, err := r.stage.Topics.ReadSourceState(context.Background(), r.stage.Names, r.stage.Config.Name)
	if err != nil {
		r.t.Fatal(err)
	}
	return state
}

// untilSaved waits for something in what capture saves. It looks whenever more was saved: who
// looks all the time takes time from what is measured.
func (r *running) untilSaved(what string, ok func(topic.SourceState) bool) {
	r.t.Helper()
	offsets := r.stage.Names.Offsets()
	until(r.t, what, func() bool {
		r.alive()
		ends, unmade := r.stage.Topics.EndOffsets(context.Background(), offsets, 1)
		if ok(r.state()) {
			return true
		}
		if unmade == nil { // the topic is there
			_, _ = r.stage.Topics.Fetch(context.Background(), offsets, 0, ends[0], time.Second)
		}
		return false
	})
}

// snapshotDone waits for the end of the snapshot.
func (r *running) snapshotDone() {
	r.t.Helper()
	r.untilSaved("the snapshot is complete", func(state topic.SourceState) bool {
		for _, d := range magento.Domains() {
			if p := state.Progress[d]; !p.Done || p.Epoch != state.Checkpoint.Epoch {
				return false
			}
		}
		for _, p := range state.Tables {
			if !p.Done && p.Epoch == state.Checkpoint.Epoch {
				return false
			}
		}
		return true
	})
	r.snapshots = r.ordered()
}

// ordered counts the snapshots that were ordered so far, of the shop or of less.
func (r *running) ordered() int {
	log := r.log.String()
	return strings.Count(log, "a new epoch began") + strings.Count(log, "a table is in doubt")
}

// anotherSnapshot waits until one is ordered, beside those of the last call or of snapshotDone.
func (r *running) anotherSnapshot() {
	r.t.Helper()
	until(r.t, "another snapshot is ordered", func() bool { r.alive(); return r.ordered() > r.snapshots })
	r.snapshots = r.ordered()
}

// caughtUp waits until the saved position is that of the server's log now.
func (r *running) caughtUp(s *magentoShop) {
	r.t.Helper()
	want := s.logEnd()
	r.untilSaved("capture has reached "+want.String(), func(state topic.SourceState) bool {
		at := position.Position{File: state.Checkpoint.File, Pos: state.Checkpoint.Pos}
		return state.Known && !state.Checkpoint.ByGTID && at.Reached(want)
	})
}
