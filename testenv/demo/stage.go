package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
	"github.com/mage2sage/mage2sage/testenv/check"
	"github.com/mage2sage/mage2sage/testenv/pipe"
	"github.com/mage2sage/mage2sage/testenv/shop"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// A stage is everything that the demo starts.
type stage struct {
	dir     string
	servers *servers.Set
	shop    *shop.Shop
	pipe    *pipe.Pipe
	run     *pipe.Stage
}

// startStage starts the servers and writes the files.
func startStage(ctx context.Context, binary string) (*stage, error) {
	dir, err := os.MkdirTemp("", "mage2sage-demo-")
	if err != nil {
		return nil, err
	}
	// Postgres runs as another user where this one is root.
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, err
	}
	s := &stage{dir: dir}
	say("starting a server for Magento, Postgres and the Sage simulator in %s", dir)
	s.servers, err = servers.Start(ctx, servers.Options{
		Dir: filepath.Join(dir, "servers"), Only: []string{"source", "postgres", "sage"}})
	if err != nil {
		return nil, err
	}
	if s.shop, err = shop.Open(s.servers.Source.DSN, shop.Options{Seed: 1}); err != nil {
		s.stop()
		return nil, err
	}
	s.pipe, err = pipe.New(pipe.Options{
		Dir: filepath.Join(dir, "mage2sage"), Binary: binary,
		Server: s.servers.Source.DSN, Database: "magento",
		Postgres: s.servers.Postgres.URL, Sage: s.servers.Sage.URL, AlsoCapture: "catalog"})
	if err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// install fills the shop's database and sets mage2sage up, as the README does.
func (s *stage) install(ctx context.Context) error {
	say("creating Magento's tables, stores, catalogue and customers")
	if err := s.shop.Install(ctx); err != nil {
		return err
	}
	if err := pipe.Grant(ctx, s.shop.DB(), "magento"); err != nil {
		return err
	}
	say("mage2sage migrate, binding import, connect")
	if err := s.pipe.Setup(ctx); err != nil {
		return err
	}
	say("mage2sage run")
	var err error
	s.run, err = s.pipe.Start("run")
	return err
}

// trade does business in the shop while mage2sage runs.
func (s *stage) trade(ctx context.Context, o options) error {
	say("placing %d orders with invoices in GBP and EUR, %d credit memos, %d customer edits", o.orders, o.creditMemos, o.customerEdits)
	return s.shop.Run(ctx, shop.Plan{Orders: o.orders, CreditMemos: o.creditMemos, CustomerEdits: o.customerEdits},
		func(p shop.Progress) {
			if p.Orders%10 == 0 {
				say("  %d orders, %d invoices, %d credit memos", p.Orders, p.Invoices, p.CreditMemos)
			}
		})
}

// books are Magento's tables and the simulator.
func (s *stage) books() check.Books {
	return check.Books{DB: s.shop.DB(), Sage: s.servers.Sage.URL, BaseCurrency: "GBP"}
}

// settle waits until the books agree, and shows how far it is. After patience it
// returns what still differs.
func (s *stage) settle(ctx context.Context, patience time.Duration) (check.Report, error) {
	say("waiting until all is in Sage")
	deadline := time.Now().Add(patience)
	missing := -1
	for {
		report, err := s.books().Compare(ctx)
		if err != nil {
			return report, err
		}
		if report.OK() {
			say("all is in Sage")
			return report, nil
		}
		if n := report.Missing(); n != missing {
			missing = n
			say("  %d documents and customers to go", n)
		}
		select {
		case <-ctx.Done():
			return report, ctx.Err()
		case <-s.run.Ended():
			return report, s.run.Err()
		case <-time.After(250 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			s.explain(ctx)
			return report, nil
		}
	}
}

// explain prints mage2sage's own view of what it did not post.
func (s *stage) explain(ctx context.Context) {
	documents, err := s.pipe.Documents(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
	}
	for _, d := range documents {
		if d.State != "posted" {
			fmt.Fprintf(os.Stderr, "demo: %s %s is %s: %s: %s\n", d.Kind, d.Number, d.State, d.Reason, d.Hint)
		}
	}
	fmt.Fprintf(os.Stderr, "demo: mage2sage's log is %s\n", s.run.Log)
}

// broker is where the embedded broker of a data folder listens, and how a client logs in.
func broker(dir string) string {
	address, err := embedded.Find(dir)
	if err != nil {
		return err.Error()
	}
	user, rest, _ := strings.Cut(address, ":")
	return fmt.Sprintf("%s, SASL_PLAINTEXT, SCRAM-SHA-256, user %s, password in %s", rest[strings.LastIndex(rest, "@")+1:], user, filepath.Join(dir, "secret"))
}

// tell prints where everything is, for KEEP=1.
func (s *stage) tell() {
	m := "mage2sage --config " + s.pipe.Config
	if rel, err := filepath.Rel(mustGetwd(), s.pipe.Binary); err == nil {
		m = rel + " --config " + s.pipe.Config
	}
	fmt.Printf(`Everything is still running; Ctrl-C ends it.

  Magento            %s   database magento
  Postgres           %s
  Kafka              %s
  Sage simulator     %s   see /_sim/documents?format=csv, /_sim/ledger, /_sim/calls
  config             %s
  log                %s

Look with:
  %s status
  %s documents
  %s binding show %s

`, s.servers.Source.DSN, s.servers.Postgres.URL, broker(filepath.Join(s.pipe.Dir, "kafka")), s.servers.Sage.URL, s.pipe.Config, s.run.Log, m, m, m, pipe.Binding)
}

func mustGetwd() string {
	dir, err := os.Getwd()
	if err != nil {
		return "/"
	}
	return dir
}

// stop ends everything; the folder goes with it unless something went wrong in
// mage2sage itself, whose log is then worth reading.
func (s *stage) stop() {
	failed := false
	if s.run != nil {
		failed = s.run.Stop() != nil
	}
	if s.shop != nil {
		s.shop.Close()
	}
	s.servers.Stop()
	if !failed {
		os.RemoveAll(s.dir)
	}
}
