// Command demo shows the whole pipe on this machine: it starts a private MariaDB,
// Postgres and Sage simulator, drives the real mage2sage binary through the
// commands of the README, places orders in a Magento database, waits until they
// are in Sage, and compares the two books.
//
//	shop ─► MariaDB ─► mage2sage run (embedded broker) ─► Sage's ledger
//	            └────────────── compare ─────────────────────┘
//
// Its last line is "demo: 0.00 difference" and it exits 0, or it says what is
// missing and exits 1.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/mage2sage/mage2sage/testenv/check"
)

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "bin/mage2sage", "the mage2sage binary")
	flag.BoolVar(&o.keep, "keep", false, "leave everything running afterwards, until Ctrl-C")
	flag.IntVar(&o.orders, "orders", 50, "orders to place, each with an invoice")
	flag.IntVar(&o.creditMemos, "creditmemos", 10, "credit memos to make")
	flag.IntVar(&o.customerEdits, "edits", 5, "customers to edit")
	flag.DurationVar(&o.patience, "patience", 2*time.Minute, "how long to wait until all is in Sage")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		stop()
		os.Exit(1)
	}
}

type options struct {
	binary                             string
	keep                               bool
	orders, creditMemos, customerEdits int
	patience                           time.Duration
}

// say prints a line of progress with the seconds since the beginning.
var say = func() func(string, ...any) {
	began := time.Now()
	return func(format string, args ...any) {
		fmt.Printf("%5.1fs  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, args...))
	}
}()

// run is the demo from top to bottom.
func run(ctx context.Context, o options) error {
	binary, err := filepath.Abs(o.binary)
	if err != nil {
		return err
	}
	s, err := startStage(ctx, binary)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := s.install(ctx); err != nil {
		return err
	}
	if err := s.trade(ctx, o); err != nil {
		return err
	}
	report, err := s.settle(ctx, o.patience)
	if err != nil {
		return err
	}
	fmt.Println()
	report.Print(os.Stdout)
	fmt.Println()
	if o.keep {
		s.tell()
		<-ctx.Done()
	}
	return verdict(report)
}

// verdict prints the last line.
func verdict(r check.Report) error {
	if !r.OK() {
		for _, p := range r.Problems {
			fmt.Fprintln(os.Stderr, "demo:", p)
		}
		return fmt.Errorf("%s difference, %d documents or customers missing or different", r.Difference().Fixed(2), len(r.Problems))
	}
	fmt.Printf("demo: %s difference\n", r.Difference().Fixed(2))
	return nil
}
