package e2e

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/check"
	"github.com/mage2sage/mage2sage/testenv/pipe"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
	"github.com/mage2sage/mage2sage/testenv/shop"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// stages are the processes of a world whose stages run apart.
var stages = []string{"capture", "transform", "sink"}

// A world is one shop, one installation of mage2sage and one Sage.
type world struct {
	t      testing.TB
	name   string // of its databases and topics
	shop   *shop.Shop
	db     *sql.DB // on Magento's database
	sage   string
	pipe   *pipe.Pipe
	mutex  sync.Mutex
	stages map[string]*pipe.Stage
	// supervised worlds start a stage again that has ended, as systemd would.
	supervised bool
}

// options choose what differs between worlds.
type options struct {
	embedded bool // the broker lives in `run`
	alone    bool // neither Postgres nor Sage is there, for capture and transform alone
	server   string
	kafka    string
	postgres string
	database string // "" makes a shop in a database of the world's own
	policy   string
	// alsoCapture is what capture is asked for beyond documents and customers.
	alsoCapture       string
	productAttributes string
	registry          string // URL of a schema registry; "" is none
	shop              shop.Options
	// watch sees every request to Sage before the simulator; nil: nobody does.
	watch func(http.Handler) http.Handler
}

var worlds atomic.Int64

// newWorld makes everything but starts no stage.
func newWorld(t testing.TB, o options) *world {
	t.Helper()
	if testing.Short() {
		t.Skip("end to end: not a short test")
	}
	number := worlds.Add(1)
	w := &world{t: t, name: fmt.Sprintf("e2e_%d_%d", os.Getpid(), number), stages: map[string]*pipe.Stage{}}
	if o.server == "" {
		o.server = servers.SourceForTest(t)
	}
	var handler http.Handler = simulator.New(simulator.Options{AutoConsent: true})
	if o.watch != nil {
		handler = o.watch(handler)
	}
	sim := httptest.NewServer(handler)
	t.Cleanup(sim.Close)
	w.sage = sim.URL
	w.openShop(&o)
	if o.kafka == "" && !o.embedded {
		o.kafka = servers.KafkaForTest(t)
	}
	var err error
	w.pipe, err = pipe.New(pipe.Options{
		Dir: t.TempDir(), Binary: binary(t), Prefix: w.name, Server: o.server, Database: o.database, Table: o.shop.Prefix,
		Kafka: o.kafka, Postgres: w.freshPostgres(o), Sage: w.sage, ServerID: 7100 + uint32(number), Policy: o.policy,
		AlsoCapture: o.alsoCapture, ProductAttributes: o.productAttributes, Registry: o.registry,
	})
	w.must(err)
	if !o.alone {
		w.must(w.pipe.Setup(t.Context()))
	}
	t.Cleanup(w.stopAll)
	return w
}

// freshPostgres is the URL of a database of the world's own; "" where it has none.
func (w *world) freshPostgres(o options) string {
	w.t.Helper()
	if o.alone {
		return ""
	}
	if o.postgres == "" {
		o.postgres = servers.PostgresForTest(w.t)
	}
	url, err := pipe.FreshDatabase(w.t.Context(), o.postgres, w.name)
	w.must(err)
	return url
}

// openShop installs a shop, or opens a database that is there.
func (w *world) openShop(o *options) {
	w.t.Helper()
	existing := o.database != ""
	if !existing {
		o.database = w.name
	}
	o.shop.Database = o.database
	s, err := shop.Open(o.server, o.shop)
	w.must(err)
	w.t.Cleanup(func() { s.Close() })
	w.shop, w.db = s, s.DB()
	if !existing {
		w.must(s.Install(w.t.Context()))
	}
	w.must(pipe.Grant(w.t.Context(), w.db, o.database))
}

// binary compiles mage2sage once for all tests.
var binary = func() func(testing.TB) string {
	var once sync.Once
	var path string
	var err error
	return func(t testing.TB) string {
		t.Helper()
		once.Do(func() {
			var dir string
			if dir, err = os.MkdirTemp("", "mage2sage-e2e-"); err == nil {
				path, err = pipe.Build(context.Background(), dir)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
}()

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// start starts stages; without names, capture, transform and sink.
func (w *world) start(names ...string) {
	w.t.Helper()
	if len(names) == 0 {
		names = stages
	}
	for _, name := range names {
		s, err := w.pipe.Start(name)
		w.must(err)
		w.mutex.Lock()
		w.stages[name] = s
		w.mutex.Unlock()
	}
}

// stage is the present process of that name.
func (w *world) stage(name string) *pipe.Stage {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.stages[name]
}

// stopAll ends every stage; the log's end is shown when the test failed.
func (w *world) stopAll() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for name, s := range w.stages {
		s.Kill()
		if w.t.Failed() {
			if data, err := os.ReadFile(s.Log); err == nil {
				lines := strings.Split(string(data), "\n")
				w.t.Logf("last words of %s:\n%s", name, strings.Join(lines[max(0, len(lines)-15):], "\n"))
			}
		}
	}
	clear(w.stages)
}

// compare holds both books against each other once.
func (w *world) compare() check.Report {
	w.t.Helper()
	report, err := check.Books{DB: w.db, TablePrefix: w.pipe.Table, Sage: w.sage, BaseCurrency: "GBP"}.Compare(w.t.Context())
	w.must(err)
	return report
}

// eventually asks until it is so; it fails at once when a stage has ended.
func (w *world) eventually(patience time.Duration, so func() bool) bool {
	w.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if so() {
			return true
		}
		w.attend()
		pause()
	}
	return false
}

// attend fails on a stage that has ended, or starts it again where the world is
// supervised.
func (w *world) attend() {
	w.t.Helper()
	for _, name := range append(slices.Clone(stages), "run") {
		s := w.stage(name)
		if s == nil || s.Err() == nil {
			continue
		}
		if !w.supervised {
			w.t.Fatal(s.Err())
		}
		w.t.Log(s.Err())
		w.start(name)
	}
}

// pause is the interval of polling from outside.
func pause() { <-time.After(100 * time.Millisecond) }

// writes counts the changing calls that Sage has accepted.
func (w *world) writes() int {
	w.t.Helper()
	n, err := check.Writes(w.t.Context(), w.sage)
	w.must(err)
	return n
}

// plan is a small day of business.
func plan(orders int) shop.Plan {
	return shop.Plan{Orders: orders, CreditMemos: orders / 5, CustomerEdits: orders / 10}
}

// trade does a day's business.
func (w *world) trade(p shop.Plan) {
	w.t.Helper()
	w.must(w.shop.Run(w.t.Context(), p, nil))
}
