// Command cmd does business in a made-up Magento shop: it installs the shop
// where it is missing, and places, invoices and credits orders.
//
//	go run ./testenv/shop/cmd --dsn 'root:root@tcp(127.0.0.1:3306)/' --orders 50
//	go run ./testenv/shop/cmd --dsn … --orders 100000 --per-second 2      # a slow day
//	go run ./testenv/shop/cmd --dsn … --orders 20000 --fast --workers 4   # a large binlog
//
// The DSN may stand in TESTENV_MARIADB. Totals by entity and currency go to
// stdout at the end, progress to stderr.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mage2sage/mage2sage/testenv/shop"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "shop:", err)
		os.Exit(1)
	}
}

type settings struct {
	dsn     string
	options shop.Options
	plan    shop.Plan
}

func parse(args []string) (settings, error) {
	var chosen settings
	flags := flag.NewFlagSet("shop", flag.ContinueOnError)
	flags.StringVar(&chosen.dsn, "dsn", os.Getenv("TESTENV_MARIADB"), "go-sql-driver's DSN without a database")
	flags.StringVar(&chosen.options.Database, "database", "magento", "the shop's database")
	flags.StringVar(&chosen.options.Prefix, "table-prefix", "", "stands before every table's name")
	flags.Uint64Var(&chosen.options.Seed, "seed", 1, "decides prices, people and what happens")
	flags.BoolVar(&chosen.options.TaxInclusive, "tax-inclusive", false, "prices are entered with tax")
	flags.BoolVar(&chosen.options.Fast, "fast", false, "leave out carts, queues and cron")
	orders := flags.Int("orders", 50, "how many orders; what follows them is in proportion")
	full := flags.Bool("full", false, "do everything that the shop knows: open, captured and void invoices, cancelled orders, deleted customers, …")
	perSecond := flags.Float64("per-second", 0, "steps per second; 0 is as fast as it goes")
	workers := flags.Int("workers", 1, "orders at the same time; more than one is not repeatable")
	if err := flags.Parse(args); err != nil {
		return chosen, err
	}
	if chosen.dsn == "" {
		return chosen, errors.New("--dsn or TESTENV_MARIADB must say where the database server is")
	}
	chosen.plan = shop.Plan{Orders: *orders, CreditMemos: *orders / 5, CustomerEdits: *orders / 10, AddressEdits: *orders / 10, Crons: *orders / 10}
	if *full {
		chosen.plan = shop.FullPlan(*orders)
	}
	chosen.plan.PerSecond, chosen.plan.Workers = *perSecond, *workers
	return chosen, nil
}

func run(ctx context.Context, args []string, out, log io.Writer) error {
	chosen, err := parse(args)
	if err != nil {
		return err
	}
	s, err := shop.Open(chosen.dsn, chosen.options)
	if err != nil {
		return err
	}
	defer s.Close()
	switch err := s.Install(ctx); {
	case errors.Is(err, shop.ErrInstalled):
		fmt.Fprintln(log, "shop: goes on in the database that is there")
	case err != nil:
		return err
	}
	if err := s.Run(ctx, chosen.plan, reporter(log)); err != nil {
		return err
	}
	return printTotals(ctx, s, out)
}

// reporter writes a line every few seconds.
func reporter(log io.Writer) func(shop.Progress) {
	var last time.Time
	return func(p shop.Progress) {
		if p.Steps < p.StepsInAll && time.Since(last) < 3*time.Second {
			return
		}
		last = time.Now()
		fmt.Fprintf(log, "shop: %d of %d steps, %d orders, %d invoices, %d credit memos\n",
			p.Steps, p.StepsInAll, p.Orders, p.Invoices, p.CreditMemos)
	}
}

func printTotals(ctx context.Context, s *shop.Shop, out io.Writer) error {
	totals, err := s.Totals(ctx)
	if err != nil {
		return err
	}
	for _, t := range totals {
		fmt.Fprintf(out, "%-10s %s %6d %16s\n", t.Entity, t.Currency, t.Count, t.Sum)
	}
	return nil
}
