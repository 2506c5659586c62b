// Command bench runs capture and Debezium in turn on the same log, tables, broker and machine,
// and prints one table of figures with their ratios:
//
//	drain      a log that was written before: records/s, per CPU second, peak memory
//	snapshot   the same tables anew, while nothing is written
//	latency    from the commit to the consumer, at a steady rate of transactions
//
// Capture is measured twice, without and with the topics of tables. A record is one of
// Debezium's topics, tombstones included; capture writes the same ones, and its own beside
// them. Start-up is not counted: the clock starts with the first record. The order of the
// subjects turns round with each run.
//
//	make bench-debezium                                  # a few minutes
//	BENCH_RECORDS=1000000 BENCH_ROWS=1000000 BENCH_RUNS=4 BENCH_SECONDS=30 make bench-debezium
//
// It needs TESTENV_MARIADB (or TESTENV_MYSQL with SOURCE) and TESTENV_KAFKA of a real Kafka,
// as testenv/start gives them.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// A plan is how large everything is.
type plan struct {
	orders  int           // of the shop's business in the log
	records int           // of the log, about
	rows    int           // of the tables, about, before they are snapshotted
	runs    int           // of each phase
	length  time.Duration // of each measurement of latency
	rates   []int         // transactions per second
}

func main() {
	binary := flag.String("binary", "bin/mage2sage", "the mage2sage binary")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := plan{orders: size("BENCH_ORDERS", 200), records: size("BENCH_RECORDS", 200_000), rows: size("BENCH_ROWS", 200_000),
		runs: size("BENCH_RUNS", 2), length: time.Duration(size("BENCH_SECONDS", 6)) * time.Second, rates: []int{500, 1000}}
	if err := run(ctx, *binary, p); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func size(variable string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// run measures everything and prints the table.
func run(ctx context.Context, binary string, p plan) error {
	path, err := filepath.Abs(binary)
	if err != nil {
		return err
	}
	w, err := newWorld(ctx, path)
	if err != nil {
		return err
	}
	defer w.close()
	results := map[string]*result{}
	for _, s := range w.subjects("") {
		results[s.name] = &result{latency: map[int][]time.Duration{}}
	}
	if err := w.measureDrains(ctx, p, results); err != nil {
		return fmt.Errorf("drain: %w", err)
	}
	if err := w.grow(ctx, p.rows); err != nil {
		return fmt.Errorf("clone rows: %w", err)
	}
	if err := w.measureLives(ctx, p, results); err != nil {
		return err
	}
	return print(os.Stdout, p, results)
}

// measureDrains has each subject follow the log to a place, writes to the log what is behind
// it, and then has each go on, one after the other.
func (w *world) measureDrains(ctx context.Context, p plan, results map[string]*result) error {
	runs := make([][]*subject, p.runs)
	for i := range runs {
		runs[i] = w.subjects(fmt.Sprintf("drain%d", i))
		for _, s := range runs[i] {
			if err := w.stand(ctx, s); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	if err := w.business(ctx, p); err != nil {
		return err
	}
	last, err := w.mark(ctx)
	if err != nil {
		return err
	}
	for i, subjects := range runs {
		if i%2 == 1 {
			slices.Reverse(subjects)
		}
		for _, s := range subjects {
			say("drain %d of %d: %s", i+1, p.runs, s.name)
			if err := w.drain(ctx, s, last, &results[s.name].drain); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	records, err := w.recordsOf(ctx, runs[0])
	for _, r := range results {
		r.drain.count = records * int64(p.runs)
	}
	return err
}

// measureLives has each subject take a snapshot, and then follow what is written.
func (w *world) measureLives(ctx context.Context, p plan, results map[string]*result) error {
	rows, err := w.countRows(ctx)
	if err != nil {
		return err
	}
	for i := range p.runs {
		subjects := w.subjects(fmt.Sprintf("live%d", i))
		if i%2 == 1 {
			slices.Reverse(subjects)
		}
		for _, s := range subjects {
			say("snapshot and latency %d of %d: %s", i+1, p.runs, s.name)
			if err := w.live(ctx, s, rows, p, results[s.name]); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	return nil
}

// say tells on stderr how far it is.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
