package debezium_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/capture"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/debezium"
	"github.com/mage2sage/mage2sage/testenv/shop"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

const (
	tablePrefix = "m2_"
	partitions  = 3
)

// A world is a shop that both follow, into topics under two prefixes.
type world struct {
	t            *testing.T
	dsn          string
	shop         *shop.Shop
	topics       *topic.Client
	config       capture.Config
	ours, theirs topic.Names
	dir          string
	broker       string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	broker := debezium.ForTest(t)
	tag := fmt.Sprintf("%x", rand.Uint32())
	w := &world{t: t, dsn: servers.SourceForTest(t), topics: topic.Dial([]string{broker}), broker: broker, dir: t.TempDir(),
		ours: topic.Names{Prefix: "ours-" + tag}, theirs: topic.Names{Prefix: "theirs-" + tag}}
	t.Cleanup(w.topics.Close)
	server, err := mysql.ParseDSN(w.dsn)
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(server.Addr, ":")
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	w.config = capture.Config{Name: "shop", Host: host, Port: number, User: server.User, Password: secret.String(server.Passwd),
		Database: "compared_" + tag, TablePrefix: tablePrefix, ServerID: 20_000 + rand.Uint32N(1<<30),
		AlsoCapture: []magento.Group{magento.CatalogGroup, magento.CompanyGroup}}.WithDefaults()
	if w.shop, err = shop.Open(w.dsn, shop.Options{Database: w.config.Database, Prefix: tablePrefix, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = w.shop.DB().Exec("DROP DATABASE " + w.config.Database)
		w.shop.Close()
	})
	if err := w.shop.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) exec(statements ...string) {
	w.t.Helper()
	for _, s := range statements {
		if _, err := w.shop.DB().ExecContext(w.t.Context(), s); err != nil {
			w.t.Fatalf("%s: %v", s, err)
		}
	}
}

// columns are those that Debezium is to follow.
func (w *world) columns() map[string][]string {
	w.t.Helper()
	all, err := debezium.Columns(w.t.Context(), w.shop.DB(), w.config.Database, tablePrefix, w.tables())
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// tables are those whose rows leave all, or by their path.
func (w *world) tables() (all []magento.Table) {
	for _, t := range magento.Tables {
		wanted := t.Group == magento.Always || t.Group == magento.CatalogGroup || t.Group == magento.CompanyGroup
		if wanted && (t.Filter == magento.EveryRow || t.Filter == magento.ListedPaths) {
			all = append(all, t)
		}
	}
	return all
}

// followBoth has both take a snapshot and follow the log from there on.
func (w *world) followBoth() {
	w.t.Helper()
	done := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	log, err := os.Create(filepath.Join(w.dir, "capture.log"))
	if err != nil {
		w.t.Fatal(err)
	}
	stage := &capture.Stage{Config: w.config, Partitions: partitions, TableTopics: true, Topics: w.topics, Names: w.ours, Log: zerolog.New(log)}
	go func() { done <- stage.Run(ctx) }()
	w.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			w.t.Errorf("capture ended with %v", err)
		}
		if text, err := os.ReadFile(log.Name()); err == nil && w.t.Failed() {
			w.t.Logf("capture:\n%s", text)
		}
		log.Close()
	})
	connector, err := debezium.Start(w.t.Context(), debezium.Options{
		DSN: w.dsn, MySQL: servers.MySQLForTest(w.t), Kafka: w.broker, Prefix: w.theirs.Prefix, Database: w.config.Database, Columns: w.columns(),
		Dir: filepath.Join(w.dir, "debezium"), Snapshot: "initial", ServerID: w.config.ServerID + 1, Partitions: partitions,
		More: map[string]string{"provide.transaction.metadata": "true"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(connector.Stop)
	w.until("capture's snapshot is complete", func() bool {
		state, err := w.topics.ReadSourceState(w.t.Context(), w.ours, "shop")
		if err != nil || !state.Known {
			return false
		}
		for _, d := range magento.Domains() {
			if !state.Progress[d].Done {
				return false
			}
		}
		return true
	})
}

func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !ok(); {
		if time.Now().After(deadline) {
			w.t.Fatalf("waited two minutes in vain until %s", what)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// bothReached waits until both have a row that was written last.
func (w *world) bothReached() {
	w.t.Helper()
	w.exec("INSERT INTO m2_tax_class (class_name, class_type) VALUES ('the last', 'PRODUCT')")
	for _, names := range []topic.Names{w.ours, w.theirs} {
		name := names.Table(w.config.Database, tablePrefix+"tax_class")
		w.until(name+" has the last row", func() bool {
			for _, r := range w.read(name) {
				if strings.Contains(string(r.Value), `"the last"`) {
					return true
				}
			}
			return false
		})
	}
}

// read reads a topic, partition by partition; none where it is not there.
func (w *world) read(name string) (all []topic.Record) {
	w.t.Helper()
	n, err := w.topics.PartitionCount(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	for p := range n {
		if _, err := w.topics.ReadAll(w.t.Context(), name, p, func(r topic.Record) error {
			all = append(all, r)
			return nil
		}); err != nil {
			w.t.Fatal(err)
		}
	}
	return all
}

// defaults are those of a table's columns, by name, without quotes.
func (w *world) defaults(table string) map[string]string {
	w.t.Helper()
	rows, err := w.shop.DB().Query("SELECT COLUMN_NAME, COLUMN_DEFAULT FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLUMN_DEFAULT IS NOT NULL", w.config.Database, table)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var column, value string
		if err := rows.Scan(&column, &value); err != nil {
			w.t.Fatal(err)
		}
		all[column] = strings.Trim(value, "'")
	}
	return all
}
