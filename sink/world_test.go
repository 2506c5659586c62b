package sink

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/fixture"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// A world is a broker, a database of its own, a simulated Sage, and a connected
// binding.
type world struct {
	t      testing.TB
	config Config
	db     *postgres.DB
	dsn    string
	topics *topic.Client
	broker string // its address, with the login
	names  topic.Names
	// pipeline is the identity of its topics.
	pipeline string
	sim      *simulator.Server
	// interval of its stages; 0 is the usual
	interval time.Duration
	logs     *lockedBuffer
	health   health.Board

	mu      sync.Mutex
	version uint64
	epoch   uint64
}

var (
	ada        = fixture.Ada
	amt        = fixture.Amount
	invoiceOf  = fixture.Invoice
	paid       = fixture.Paid
	creditOf   = fixture.CreditMemo
	customerOf = fixture.Customer
)

// business is the simulator's only one.
var business = simulator.BusinessID(0)

// policyYAML is a policy with the simulator's ids.
func policyYAML(more string) string {
	return "binding: shop-uk\nsource: shop\npolicy:\n" + chart.Policy() + more
}

func newWorld(t testing.TB, o simulator.Options) *world {
	t.Helper()
	return newWorldOn(t, o, "", "test")
}

// newWorldOn is newWorld on a broker; "" is an embedded one of its own.
func newWorldOn(t testing.TB, o simulator.Options, broker, prefix string) *world {
	t.Helper()
	w := &world{t: t, broker: broker, names: topic.Names{Prefix: prefix}, pipeline: "P1", epoch: 1, logs: &lockedBuffer{}}
	w.openStore()
	w.openBroker()
	sim, base := simulator.Start(t.(simulator.Test), o)
	w.sim = sim
	w.config.Sage = sageConfig(base)
	w.importBinding(policyYAML(""))
	w.connect()
	return w
}

func (w *world) openStore() {
	w.dsn = servers.CopyForTest(w.t, "migrated", migrate)
	w.config.Postgres = postgres.Config{URL: secret.String(w.dsn)}
	var err error
	w.db, err = postgres.Open(w.t.Context(), w.config.Postgres)
	w.must(err)
	w.t.Cleanup(w.db.Close)
}

func migrate(url string) error {
	_, err := postgres.Migrate(context.Background(), postgres.Config{URL: secret.String(url)})
	return err
}

// sql runs one statement on a connection of its own.
func (w *world) sql(statement string) {
	w.t.Helper()
	servers.RunSQL(w.t, w.dsn, statement)
}

func (w *world) openBroker() {
	if w.broker == "" {
		broker, err := embedded.Start(w.t.TempDir(), "")
		w.must(err)
		w.t.Cleanup(broker.Close)
		w.broker = broker.Addr
	}
	w.topics = topic.Dial([]string{w.broker})
	w.t.Cleanup(w.topics.Close)
	var specs []topic.Spec
	for _, k := range plan.Kinds() {
		specs = append(specs, topic.Spec{Name: w.names.Canonical(string(k)), Partitions: 2})
	}
	w.must(w.topics.Ensure(w.t.Context(), specs))
	w.identify()
}

// bindingFile reads a binding as the command does.
func (w *world) bindingFile(text string) binding.File {
	w.t.Helper()
	f := binding.NewFile()
	w.must(yaml.UnmarshalWithOptions([]byte(text), &f, yaml.Strict()))
	return f
}

func (w *world) importBinding(text string) {
	w.t.Helper()
	_, err := binding.Import(w.t.Context(), w.db, w.bindingFile(text))
	w.must(err)
}

// connect is what Connect does after the consent.
func (w *world) connect() { w.connectTo(business) }

func (w *world) connectTo(business string) {
	w.t.Helper()
	granted := w.sim.Grant()
	pair := auth.TokenPair{Access: secret.String(granted.Access), Refresh: secret.String(granted.Refresh),
		AccessExpiresAt: time.Now().Add(time.Duration(granted.ExpiresIn) * time.Second), RefreshExpiresAt: time.Now().Add(time.Hour)}
	w.must(binding.TokenStore{Store: w.db, Keys: w.keys(), Binding: "shop-uk", Business: business}.Put(w.t.Context(), pair))
	w.must(w.db.Connect(w.t.Context(), work.Connection{Binding: "shop-uk", Business: business, BusinessName: "Demo Shop 1 Ltd", BaseCurrency: "GBP"}))
}

func (w *world) keys() *auth.Keyring {
	keys, err := auth.NewKeyring(w.config.Sage.EncryptionKeys)
	w.must(err)
	return keys
}

// start runs a stage until the returned function is called, or the test ends.
func (w *world) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	s := &Stage{Config: w.config, Topics: w.topics, Names: w.names, Log: zerolog.New(w.logs), Health: &w.health, interval: w.interval}
	go func() { done <- s.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				w.t.Errorf("stage ended with %v", err)
			}
		})
	}
	w.t.Cleanup(stop)
	return stop
}

// until waits for a condition, looking twenty times a second.
func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	deadline := time.After(90 * time.Second) // a session or a doubt may have to end first, on a loaded machine
	for !ok() {
		select {
		case <-deadline:
			w.t.Fatalf("never happened: %s\ndocuments:\n%s\nlogs:\n%s", what, w.dump(), w.logs.tail())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (w *world) dump() string {
	rows, err := w.db.Items(context.Background(), postgres.ItemFilter{})
	w.must(err)
	text, err := json.MarshalIndent(rows, "", " ")
	w.must(err)
	return string(text)
}

// item is the sync item of an entity, zero when there is none.
func (w *world) item(id canonical.ID) work.SyncItem {
	w.t.Helper()
	rows, err := w.db.Items(w.t.Context(), postgres.ItemFilter{})
	w.must(err)
	for _, r := range rows {
		if r.ID == id {
			return r
		}
	}
	return work.SyncItem{}
}

// reaches waits until a document has a state, and a reason where one is given.
func (w *world) reaches(id canonical.ID, state work.ItemState, reason work.Reason) work.SyncItem {
	w.t.Helper()
	var row work.SyncItem
	w.until(fmt.Sprintf("%s %s %s", id, state, reason), func() bool {
		row = w.item(id)
		return row.State == state && row.Reason == reason
	})
	return row
}

// paid waits until a document is posted and paid.
func (w *world) paid(id canonical.ID) {
	w.t.Helper()
	w.until(string(id)+" paid", func() bool { r := w.item(id); return r.State == "posted" && r.Payment == work.Paid })
}

// inSage counts what stands in the simulator by kind.
func (w *world) inSage(kind string) (found []simulator.Document) {
	for _, d := range w.sim.Documents() {
		if d.Kind == kind {
			found = append(found, d)
		}
	}
	return found
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// lockedBuffer takes log lines from many goroutines.
type lockedBuffer struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if os.Getenv("SINK_TEST_LOGS") != "" {
		os.Stderr.Write(p)
	}
	return b.all.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}

func (b *lockedBuffer) tail() string {
	lines := strings.Split(b.String(), "\n")
	return strings.Join(lines[max(0, len(lines)-25):], "\n")
}
