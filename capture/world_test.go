package capture

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/capture/binlog/image"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

// patience bounds every wait of these tests.
const patience = 60 * time.Second

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

// mariaDB is the test server's DSN.
func mariaDB(t testing.TB) *mysql.Config {
	t.Helper()
	dsn := os.Getenv("TESTENV_MARIADB")
	if dsn == "" {
		if os.Getenv("TESTENV") == "required" {
			t.Fatal("TESTENV_MARIADB is not set")
		}
		t.Skip("TESTENV_MARIADB is not set")
	}
	c, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A magentoShop is a database with all captured tables, and some columns more.
type magentoShop struct {
	t      testing.TB
	db     *sql.DB
	config Config
}

func newShop(t testing.TB, tablePrefix string) *magentoShop {
	t.Helper()
	server := mariaDB(t)
	host, port, _ := strings.Cut(server.Addr, ":")
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	s := &magentoShop{t: t, config: Config{
		Name: "shop", Host: host, Port: number, User: server.User, Password: secret.String(server.Passwd),
		Database: fmt.Sprintf("capture_%x", rand.Uint32()), TablePrefix: tablePrefix, ServerID: 10_000 + rand.Uint32N(1<<30),
	}.WithDefaults()}
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
		s.exec(createTable(tablePrefix, table))
	}
	return s
}

// createTable gives a table its allowed columns, a secret one before the last,
// and types as Magento has them.
func createTable(prefix string, t magento.Table) string {
	var columns []string
	for i, c := range t.Columns {
		kind := columnType(t.Name, c)
		if slices.Contains(t.PK, c) {
			kind += " NOT NULL AUTO_INCREMENT"
		}
		if i == len(t.Columns)-1 {
			columns = append(columns, "`secret_hash` varchar(255) DEFAULT 'never'")
		}
		columns = append(columns, "`"+c+"` "+kind)
	}
	return fmt.Sprintf("CREATE TABLE `%s%s` (%s, PRIMARY KEY (%s)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3",
		prefix, t.Name, strings.Join(columns, ", "), strings.Join(t.PK, ","))
}

func columnType(table, column string) string {
	switch {
	case column == "value" && strings.HasSuffix(table, "_int"):
		return "int"
	case column == "value" && strings.HasSuffix(table, "_decimal"):
		return "decimal(20,6)"
	case column == "value" && strings.HasSuffix(table, "_datetime"):
		return "datetime"
	case column == "value":
		return "text"
	case strings.HasSuffix(column, "_at"):
		return "timestamp NULL"
	case column == "state" && table == "sales_order", column == "transaction_id", column == "country_id", column == "increment_id":
		return "varchar(50)"
	case strings.HasPrefix(column, "is_") || column == "state" || column == "customer_is_guest":
		return "smallint unsigned"
	case column == "value_id":
		return "int"
	case strings.HasSuffix(column, "_id"), strings.HasPrefix(column, "default_") && table == "customer_entity":
		return "int unsigned"
	case column == "qty", strings.HasPrefix(column, "qty_"), strings.HasSuffix(column, "percent"):
		return "decimal(12,4)"
	case strings.Contains(column, "amount"), strings.Contains(column, "total"), strings.Contains(column, "price"),
		strings.Contains(column, "rate"), strings.Contains(column, "adjustment"), column == "total_due", column == "total_paid",
		strings.Contains(column, "wrapping"), strings.HasPrefix(column, "gw_"), strings.HasPrefix(column, "amount"):
		return "decimal(20,4)"
	}
	return "varchar(255)"
}

func (s *magentoShop) exec(query string, args ...any) {
	s.t.Helper()
	if _, err := s.db.Exec(query, args...); err != nil {
		s.t.Fatalf("%s: %v", firstLine(query), err)
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
	t     testing.TB
	stage *Stage
	stop  context.CancelFunc
	done  chan error
	log   *lines
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

// run starts a stage until the test ends or halts it.
func run(t testing.TB, stage *Stage) *running {
	t.Helper()
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

func (r *running) state() State {
	r.t.Helper()
	state, err := ReadState(context.Background(), r.stage.Topics, r.stage.Names, r.stage.Config.Name)
	if err != nil {
		r.t.Fatal(err)
	}
	return state
}

// snapshotDone waits for the end of the snapshot.
func (r *running) snapshotDone() {
	r.t.Helper()
	until(r.t, "the snapshot is complete", func() bool {
		r.alive()
		state := r.state()
		for _, d := range magento.Domains() {
			if p := state.Progress[d]; !p.Done || p.Epoch != state.Position.Epoch {
				return false
			}
		}
		return true
	})
}

// caughtUp waits until the saved position is that of the server's log now.
func (r *running) caughtUp(s *magentoShop) {
	r.t.Helper()
	var gtid string
	if err := s.db.QueryRow("SELECT @@global.gtid_binlog_pos").Scan(&gtid); err != nil {
		r.t.Fatal(err)
	}
	want := sequenceOf(r.t, gtid)
	until(r.t, "capture has reached "+gtid, func() bool {
		r.alive()
		state := r.state()
		return state.Known && sequenceOf(r.t, state.Position.GTID) >= want
	})
}

func sequenceOf(t testing.TB, gtid string) uint64 {
	if gtid == "" {
		return 0
	}
	n, err := strconv.ParseUint(gtid[strings.LastIndexByte(gtid, '-')+1:], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A placed is a record and where it stands.
type placed struct {
	topic.Record
	partition int
}

// records reads a domain's topic, partition by partition.
func (r *running) records(d change.Domain) (all []placed) {
	r.t.Helper()
	for p := range r.stage.partitions()[d] {
		_, err := r.stage.Topics.ReadAll(context.Background(), r.stage.Names.Raw(d), p, func(rec topic.Record) error {
			all = append(all, placed{rec, p})
			return nil
		})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	return all
}

// A known is what a reader knows of a row.
type knownRow struct {
	json    string
	root    string
	version change.Version
}

// table is what a reader of a domain has in the end: by key, the newest or equal
// version wins, deleted rows and rows from before the last snapshot are gone.
func table(t testing.TB, records []placed) map[string]knownRow {
	t.Helper()
	rows, begin := map[string]knownRow{}, change.Version{}
	for _, r := range records {
		version, err := change.ParseVersion(r.Header(change.HeaderVersion))
		if err != nil {
			t.Fatal(err)
		}
		switch r.Header(change.HeaderKind) {
		case change.KindCommit:
			continue
		case change.KindSnapshotBegin, change.KindSnapshotEnd:
			s, err := change.DecodeSnapshot(r.Value)
			if err != nil {
				t.Fatal(err)
			}
			begin = change.Latest(begin, s.Begin)
			continue
		}
		place := fmt.Sprintf("%d/%s", r.partition, r.Key)
		if known, ok := rows[place]; ok && version.Before(known.version) {
			continue
		}
		e, err := change.DecodeEnvelope(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		known := knownRow{version: version, root: r.Header(change.HeaderRoot)}
		if e != nil && e.Op != change.Delete {
			known.json = string(e.After)
		}
		rows[place] = known
	}
	for place, row := range rows {
		if row.json == "" || row.version.Before(begin) {
			delete(rows, place)
		}
	}
	return rows
}

// expected reads the tables of a domain as a reader should know them.
func (s *magentoShop) expected(d change.Domain, partitions int) map[string]knownRow {
	s.t.Helper()
	ctx := context.Background()
	db, err := s.config.open()
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	shop := shop{db, s.config}
	roots, err := newRoots(shop)
	if err != nil {
		s.t.Fatal(err)
	}
	filter, all := newFilter(shop), map[string]knownRow{}
	for _, t := range magento.InDomain(d) {
		if _, wanted := shop.wanted()[shop.physical(t.Name)]; !wanted {
			continue
		}
		layout, err := shop.layout(ctx, t)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, img := range s.selectAll(db, shop.qualified(t.Name), layout) {
			passes, err := filter.passes(ctx, t, &img)
			if err != nil {
				s.t.Fatal(err)
			}
			root, ok, err := roots.of(ctx, t, &img)
			if err != nil {
				s.t.Fatal(err)
			}
			if !passes || !ok {
				continue
			}
			partition := 0
			if root != "" {
				partition = topic.Partition(root, partitions)
			}
			all[fmt.Sprintf("%d/%s", partition, img.Key)] = knownRow{json: string(img.JSON), root: string(root)}
		}
	}
	return all
}

func (s *magentoShop) selectAll(db *sql.DB, table string, l *image.Layout) (all []image.Image) {
	s.t.Helper()
	var names []string
	for _, c := range l.Columns {
		names = append(names, quote(c.Name))
	}
	rows, err := db.Query("SELECT " + strings.Join(names, ", ") + " FROM " + table)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	raw, values, at := make([]sql.RawBytes, len(names)), make([][]byte, len(names)), make([]any, len(names))
	for i := range raw {
		at[i] = &raw[i]
	}
	for rows.Next() {
		if err := rows.Scan(at...); err != nil {
			s.t.Fatal(err)
		}
		for i := range raw {
			values[i] = raw[i]
		}
		_, img := l.AppendSelected(nil, values)
		all = append(all, img)
	}
	return all
}

// sameAsShop compares what a reader of every topic knows with the tables.
func (r *running) sameAsShop(s *magentoShop) (rows int) {
	r.t.Helper()
	for _, d := range magento.Domains() {
		have, want := table(r.t, r.records(d)), s.expected(d, r.stage.partitions()[d])
		faults := 0
		for place, row := range want {
			if got := have[place]; (got.json != row.json || got.root != row.root) && faults < 5 {
				faults++
				r.t.Errorf("%s %s\n have %s %q\n want %s %q", d, place, got.json, got.root, row.json, row.root)
			}
		}
		for place, row := range have {
			if _, ok := want[place]; !ok && faults < 10 {
				faults++
				r.t.Errorf("%s %s is known and not in the shop: %s", d, place, row.json)
			}
		}
		rows += len(want)
	}
	return rows
}

// unbroken checks every partition's chain of markers: none names a predecessor
// that is newer than what stands before it. (A chunk that was delivered and not
// saved leaves a marker that the next session does not know of.)
func (r *running) unbroken() {
	r.t.Helper()
	for _, d := range magento.Domains() {
		last, markers := map[int]change.Version{}, 0
		for _, rec := range r.records(d) {
			if rec.Header(change.HeaderKind) != change.KindCommit {
				continue
			}
			c, err := change.DecodeCommit(rec.Value)
			if err != nil {
				r.t.Fatal(err)
			}
			if before := last[rec.partition]; before.Before(c.Previous) {
				r.t.Errorf("%s/%d: marker %s names %s as previous, and only %s stands before it", d, rec.partition, c.Version, c.Previous, before)
			}
			last[rec.partition] = change.Latest(last[rec.partition], c.Version)
			markers++
		}
		if markers == 0 && d == change.Sales {
			r.t.Error("there is no marker at all")
		}
	}
}

// envelopes decodes the row records of one table.
func envelopes(t testing.TB, records []placed, table string) (all []*change.Envelope) {
	t.Helper()
	for _, r := range records {
		if r.Header(change.HeaderKind) != "" {
			continue
		}
		key, err := change.DecodeKey(r.Key)
		if err != nil {
			t.Fatal(err)
		}
		if key.Table != table {
			continue
		}
		e, err := change.DecodeEnvelope(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func decodeRow[T any](t testing.TB, raw json.RawMessage) (row T) {
	t.Helper()
	if err := json.Unmarshal(raw, &row); err != nil {
		t.Fatal(err)
	}
	return row
}

// oneOfEach puts n rows into every table, each child hanging on a parent.
func (s *magentoShop) oneOfEach(n int) {
	s.t.Helper()
	for _, t := range magento.Tables {
		for i := 1; i <= n; i++ {
			var columns, values []string
			for _, c := range t.Columns {
				columns, values = append(columns, "`"+c+"`"), append(values, sampleValue(t, c, i))
			}
			s.exec(fmt.Sprintf("INSERT INTO `%s%s` (%s) VALUES (%s)", s.config.TablePrefix, t.Name, strings.Join(columns, ","), strings.Join(values, ",")))
		}
	}
}

func sampleValue(t magento.Table, column string, i int) string {
	switch kind := columnType(t.Name, column); {
	case column == "path":
		return "'" + magento.ConfigPaths[i] + "'"
	case column == "attribute_code":
		return []string{"''", "'vat_office'", "'shoe_size'"}[i%3]
	case strings.Contains(kind, "int"):
		return fmt.Sprint(i)
	case strings.HasPrefix(kind, "decimal"):
		return fmt.Sprintf("%d.%04d", i*1000, i)
	case strings.HasPrefix(kind, "timestamp"), strings.HasPrefix(kind, "datetime"):
		return fmt.Sprintf("'2026-01-31 12:00:%02d'", i)
	}
	return fmt.Sprintf("'%s %d ä\"\\\\'", column[:1], i)
}
