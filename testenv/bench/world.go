package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/debezium"
	"github.com/mage2sage/mage2sage/testenv/shop"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// The subjects, as the table names them.
const (
	plain      = "mage2sage"
	withTables = "with table topics"
	peer       = "Debezium " + debezium.Version
)

// partitions of each topic, of capture's and of Debezium's.
const partitions = 6

// A world is a shop, a broker, and a folder for what the subjects keep.
type world struct {
	binary, dsn, broker, database, dir string
	isMySQL                            bool
	shop                               *shop.Shop
	topics                             *topic.Client
	next                               uint32 // id of the next replica
}

func newWorld(ctx context.Context, binary string) (*world, error) {
	w := &world{binary: binary, dsn: cmp.Or(os.Getenv("TESTENV_MARIADB"), os.Getenv("TESTENV_MYSQL")), isMySQL: os.Getenv("TESTENV_MARIADB") == "",
		broker: os.Getenv("TESTENV_KAFKA"), database: fmt.Sprintf("bench_%x", rand.Uint32()), next: 30_000 + rand.Uint32N(1<<20)}
	if w.dsn == "" || w.broker == "" {
		return nil, errors.New("TESTENV_MARIADB and TESTENV_KAFKA must say where the servers are: make bench-debezium")
	}
	var err error
	if w.dir, err = os.MkdirTemp("", "mage2sage-bench-"); err != nil {
		return nil, err
	}
	w.topics = topic.Dial([]string{w.broker})
	if w.shop, err = shop.Open(w.dsn, shop.Options{Database: w.database, Seed: 1, Fast: true}); err != nil {
		return nil, err
	}
	return w, w.shop.Install(ctx)
}

func (w *world) close() {
	_, _ = w.shop.DB().Exec("DROP DATABASE " + w.database)
	_ = w.shop.Close()
	w.topics.Close()
	_ = os.RemoveAll(w.dir)
}

// tables are those that are captured without being asked for, but for those of which only
// some rows leave.
func tables() (all []magento.Table) {
	for _, t := range magento.Tables {
		if t.Group == magento.Always && t.Filter == magento.EveryRow {
			all = append(all, t)
		}
	}
	return all
}

// A subject is one of those that are compared, with topics and state of its own.
type subject struct {
	name  string
	names topic.Names
	// arrives is the topic that has the rows of sales_order.
	arrives string
	// launch starts it where it stopped, or with a snapshot. snapshotted reports whether that
	// is complete.
	launch      func(ctx context.Context) (*servers.Process, error)
	snapshotted func(ctx context.Context) (bool, error)
	// begin has one that has no state stand at the end of the log; nil does it by a snapshot.
	begin func(ctx context.Context) (*servers.Process, error)
}

// subjects are all of them, new, for one run of one phase.
func (w *world) subjects(phase string) []*subject {
	return []*subject{w.capture(plain, phase+"-plain", false), w.capture(withTables, phase+"-tables", true), w.debezium(phase + "-debezium")}
}

// capture is the binary's capture alone, in a process of its own.
func (w *world) capture(name, prefix string, tables bool) *subject {
	s := &subject{name: name, names: topic.Names{Prefix: w.database + prefix}}
	s.arrives = s.names.Raw(change.Sales)
	if tables {
		s.arrives = s.names.Table(w.database, "sales_order")
	}
	w.next++
	id := w.next
	s.launch = func(ctx context.Context) (*servers.Process, error) {
		dir := filepath.Join(w.dir, prefix)
		file := filepath.Join(dir, "mage2sage.yaml")
		if err := errors.Join(os.MkdirAll(dir, 0o755), w.writeConfig(file, s.names.Prefix, id, tables)); err != nil {
			return nil, err
		}
		p := servers.NewProcess("mage2sage", filepath.Join(dir, "log"), func() *exec.Cmd {
			return exec.Command(w.binary, "--config", file, "capture")
		}, func(context.Context) error { return nil })
		return p, p.Start(ctx)
	}
	s.snapshotted = func(ctx context.Context) (bool, error) {
		state, err := w.topics.ReadSourceState(ctx, s.names, "shop")
		if err != nil || !state.Known {
			return false, nil // the topics are not there yet
		}
		for _, d := range magento.Domains() {
			if !state.Progress[d].Done {
				return false, nil
			}
		}
		return true, nil
	}
	return s
}

func (w *world) writeConfig(file, prefix string, id uint32, tables bool) error {
	server, err := mysql.ParseDSN(w.dsn)
	if err != nil {
		return err
	}
	host, port, _ := strings.Cut(server.Addr, ":")
	text := fmt.Sprintf(`prefix: %s
source: {name: shop, host: %s, port: %s, user: %s, password: %q, database: %s, server_id: %d}
kafka: {brokers: ["%s"], partitions: %d, table_topics: %t}
metrics: {listen: ""}
`, prefix, host, port, server.User, server.Passwd, w.database, id, w.broker, partitions, tables)
	return os.WriteFile(file, []byte(text), 0o600)
}

// debezium is a worker of Kafka Connect with one connector.
func (w *world) debezium(prefix string) *subject {
	s := &subject{name: peer, names: topic.Names{Prefix: w.database + prefix}}
	s.arrives = s.names.Table(w.database, "sales_order")
	w.next++
	o := debezium.Options{DSN: w.dsn, MySQL: w.isMySQL, Kafka: w.broker, Prefix: s.names.Prefix, Database: w.database,
		Dir: filepath.Join(w.dir, prefix), ServerID: w.next, Partitions: partitions}
	var running *debezium.Connector
	start := func(ctx context.Context, snapshot string) (p *servers.Process, err error) {
		if o.Columns, err = debezium.Columns(ctx, w.shop.DB(), w.database, "", tables()); err != nil {
			return nil, err
		}
		o.Snapshot = snapshot
		if running, err = debezium.StartAtOnce(ctx, o); err != nil {
			return nil, err
		}
		return running.Process, nil
	}
	s.launch = func(ctx context.Context) (*servers.Process, error) { return start(ctx, "initial") }
	s.begin = func(ctx context.Context) (*servers.Process, error) { return start(ctx, "no_data") }
	s.snapshotted = func(context.Context) (bool, error) { return running.Streams() == nil, nil }
	return s
}

// countRows counts those of all tables.
func (w *world) countRows(ctx context.Context) (sum int64, err error) {
	for _, t := range tables() {
		n, err := count(ctx, w.shop.DB(), t.Name)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

func count(ctx context.Context, db *sql.DB, table string) (n int64, err error) {
	err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table).Scan(&n)
	return n, err
}
