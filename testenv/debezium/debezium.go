// Package debezium runs Debezium in Kafka Connect, as people do, so that what capture writes
// can be held against it and measured beside it:
//
//	Install   its jars by Maven, once, into the cache of the test servers
//	Start     one connector in a worker of its own, which ends with the process that started it
//
// It writes JSON without schemas, decimals as strings, and is otherwise set as Debezium is by
// default. It needs java 17 or later, and a real Kafka: Connect makes the topics.
package debezium

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/mage2sage/mage2sage/testenv/ports"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// Version is the release that is run, and connectVersion that of Kafka Connect.
const (
	Version        = "3.5.0.Final"
	connectVersion = "4.3.1"
	cacheName      = "debezium-" + Version
)

// project is the Maven project whose dependencies are the worker and both connectors.
const project = `<project>
 <modelVersion>4.0.0</modelVersion>
 <groupId>mage2sage</groupId><artifactId>debezium</artifactId><version>1</version>
 <dependencies>
  <dependency><groupId>org.apache.kafka</groupId><artifactId>connect-runtime</artifactId><version>` + connectVersion + `</version></dependency>
  <dependency><groupId>org.apache.kafka</groupId><artifactId>connect-json</artifactId><version>` + connectVersion + `</version></dependency>
  <dependency><groupId>io.debezium</groupId><artifactId>debezium-connector-mysql</artifactId><version>` + Version + `</version></dependency>
  <dependency><groupId>io.debezium</groupId><artifactId>debezium-connector-mariadb</artifactId><version>` + Version + `</version></dependency>
  <dependency><groupId>io.debezium</groupId><artifactId>debezium-storage-file</artifactId><version>` + Version + `</version></dependency>
  <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
 </dependencies>
</project>
`

// Install fetches what is missing.
func Install(ctx context.Context, log io.Writer) error {
	_, err := servers.InstallJars(ctx, cacheName, project, func(format string, args ...any) { fmt.Fprintf(log, "testenv: "+format+"\n", args...) })
	return err
}

// ForTest skips a test where nobody asked for a real Kafka, or where Debezium is not
// installed; with TESTENV=required the latter fails it. It returns the broker's address.
func ForTest(t testing.TB) string {
	t.Helper()
	broker := servers.RealKafkaForTest(t)
	switch {
	case broker == "":
		t.Skip("Debezium needs a real Kafka: KAFKA=real")
	case servers.JarsInstalled(cacheName):
	case os.Getenv("TESTENV") == "required":
		t.Fatal("Debezium is required and not installed: go run ./testenv/start --install --debezium")
	default:
		t.Skip("Debezium is not installed: go run ./testenv/start --install --debezium")
	}
	return broker
}

// Options say what a connector follows and where it writes.
type Options struct {
	DSN      string // of a user who may do everything, go-sql-driver's
	MySQL    bool   // the server is no MariaDB
	Kafka    string // host:port of a real one
	Prefix   string // of the topics: <prefix>.<database>.<table>
	Database string
	// Columns are those to follow, by table.
	Columns map[string][]string
	// Dir keeps offsets and the history of the schema: a connector that is started again with
	// it goes on where the last one stopped.
	Dir string
	// Snapshot is snapshot.mode: initial, or no_data for the log alone.
	Snapshot string
	// ServerID is that of a replica that nobody has.
	ServerID uint32
	// Partitions of each topic; 0 is one.
	Partitions int
	// More are further properties of the connector.
	More map[string]string
}

// streams is what a worker logs when its connector follows the log, and failed when it has
// given up.
var (
	streams = []byte("Keepalive thread is running")
	failed  = []byte("Task threw an uncaught and unrecoverable exception")
)

// A Connector is a running one.
type Connector struct {
	*servers.Process
	log string
}

// Start starts a worker with one connector, and returns when it follows the log. Where a
// snapshot is to be taken, that is behind it.
func Start(ctx context.Context, o Options) (*Connector, error) {
	return start(ctx, o, (*Connector).Streams)
}

// StartAtOnce returns when the worker's process has started.
func StartAtOnce(ctx context.Context, o Options) (*Connector, error) {
	return start(ctx, o, func(*Connector) error { return nil })
}

func start(ctx context.Context, o Options, ready func(*Connector) error) (*Connector, error) {
	jars, err := servers.InstallJars(ctx, cacheName, project, func(string, ...any) {})
	if err != nil {
		return nil, err
	}
	c := &Connector{log: filepath.Join(o.Dir, "log")}
	if err := errors.Join(os.MkdirAll(o.Dir, 0o755), os.RemoveAll(c.log)); err != nil {
		return nil, err
	}
	worker, connector, err := o.write()
	if err != nil {
		return nil, err
	}
	c.Process = servers.NewProcess("debezium", c.log, func() *exec.Cmd {
		return exec.Command("java", "-Xms256m", "-Xmx1g", "-XX:+UseG1GC", "-cp", filepath.Join(jars, "lib", "*"),
			"org.apache.kafka.connect.cli.ConnectStandalone", worker, connector)
	}, func(context.Context) error { return ready(c) })
	return c, c.Process.Start(ctx)
}

// Streams is nil once the connector follows the log.
func (c *Connector) Streams() error {
	text, err := os.ReadFile(c.log)
	switch {
	case err != nil:
		return err
	case bytes.Contains(text, failed):
		return errors.New("the connector has given up")
	case !bytes.Contains(text, streams):
		return errors.New("the connector does not follow the log yet")
	}
	return nil
}

// Log is what the worker has said so far.
func (c *Connector) Log() string {
	text, _ := os.ReadFile(c.log)
	return string(text)
}

// write writes the files of properties of worker and connector.
func (o Options) write() (worker, connector string, err error) {
	listen, err := ports.FreeAddress()
	if err != nil {
		return "", "", err
	}
	of, err := o.connector()
	if err != nil {
		return "", "", err
	}
	worker, connector = filepath.Join(o.Dir, "worker.properties"), filepath.Join(o.Dir, "connector.properties")
	return worker, connector, errors.Join(writeProperties(worker, o.worker(listen)), writeProperties(connector, of))
}

// worker is set as those who care for throughput do.
func (o Options) worker(listen string) map[string]string {
	const converter = "org.apache.kafka.connect.json.JsonConverter"
	return map[string]string{
		"bootstrap.servers": o.Kafka, "listeners": "http://" + listen, "plugin.discovery": "only_scan",
		"key.converter": converter, "key.converter.schemas.enable": "false",
		"value.converter": converter, "value.converter.schemas.enable": "false",
		"offset.storage.file.filename": filepath.Join(o.Dir, "offsets"), "offset.flush.interval.ms": "1000",
		"producer.acks": "all", "producer.linger.ms": "5", "producer.batch.size": "1048576", "producer.buffer.memory": "134217728",
		"producer.compression.type": "lz4",
	}
}

func (o Options) connector() (map[string]string, error) {
	server, err := mysql.ParseDSN(o.DSN)
	if err != nil {
		return nil, fmt.Errorf("read DSN: %w", err)
	}
	host, port, _ := strings.Cut(server.Addr, ":")
	var tables, columns []string
	for table, names := range o.Columns {
		tables = append(tables, o.Database+"\\."+table)
		columns = append(columns, o.Database+"\\."+table+"\\.("+strings.Join(names, "|")+")")
	}
	all := map[string]string{
		"name": "shop", "connector.class": "io.debezium.connector.mariadb.MariaDbConnector", "tasks.max": "1",
		"database.hostname": host, "database.port": port, "database.user": server.User, "database.password": server.Passwd,
		"database.server.id": fmt.Sprint(o.ServerID), "topic.prefix": o.Prefix, "database.include.list": o.Database,
		"table.include.list": strings.Join(tables, ","), "column.include.list": strings.Join(columns, ","),
		"snapshot.mode": o.Snapshot, "snapshot.locking.mode": "none", "snapshot.fetch.size": "10000",
		"schema.history.internal":                                "io.debezium.storage.file.history.FileSchemaHistory",
		"schema.history.internal.file.filename":                  filepath.Join(o.Dir, "history"),
		"schema.history.internal.store.only.captured.tables.ddl": "true",
		"decimal.handling.mode":                                  "string", "include.schema.changes": "false",
		"max.batch.size": "8192", "max.queue.size": "32768", "poll.interval.ms": "10",
		"topic.creation.default.replication.factor": "1", "topic.creation.default.partitions": fmt.Sprint(max(1, o.Partitions)),
	}
	if o.MySQL {
		all["connector.class"] = "io.debezium.connector.mysql.MySqlConnector"
		all["database.ssl.mode"] = "preferred"
	}
	for name, value := range o.More {
		all[name] = value
	}
	return all, nil
}

// writeProperties writes them as Java reads them: a backslash is doubled.
func writeProperties(file string, all map[string]string) error {
	var lines []string
	for name, value := range all {
		lines = append(lines, name+"="+strings.ReplaceAll(value, `\`, `\\`))
	}
	slices.Sort(lines)
	return os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600)
}
