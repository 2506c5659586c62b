// Command nemesis does business in a shop while it takes everything else apart at random: it kills
// each stage again and again, and at every named point once; stops processes in their sleep for a
// minute; has Sage lose answers, answer late and forget; restarts servers, and puts back an older
// Postgres. Two of each stage run that may have two. Then it leaves all of them alone, and judges
// from Magento's tables and the simulator's ledger, without a word from mage2sage:
//
//	lost, doubled, wrong by a penny, paid twice, not settled, contact wrong, order wrong, stuck
//
// A seed repeats the choices, though not the moments. It exits with 1 where something is wrong.
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
)

func main() {
	var o options
	flag.StringVar(&o.binary, "binary", "bin/mage2sage-crashpoints", "mage2sage, built with the tag crashpoints")
	flag.Uint64Var(&o.seed, "seed", 1, "repeats the choices of another run")
	flag.IntVar(&o.orders, "orders", 1000, "orders to place")
	flag.IntVar(&o.kills, "kills", 100, "kills at random moments, at least")
	flag.DurationVar(&o.sleep, "sleep", time.Minute, "how long each stage is stopped once")
	flag.DurationVar(&o.patience, "patience", 2*time.Minute, "how long nothing may become better afterwards")
	flag.BoolVar(&o.realKafka, "real-kafka", os.Getenv("KAFKA") == "real", "Apache Kafka instead of kfake")
	flag.BoolVar(&o.keep, "keep", false, "leave the folder with all logs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	wrong, err := run(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "nemesis:", err)
	}
	if err != nil || wrong > 0 {
		stop()
		os.Exit(1)
	}
}

type options struct {
	binary        string
	seed          uint64
	orders, kills int
	sleep         time.Duration
	patience      time.Duration
	realKafka     bool
	keep          bool
}

// run is one nemesis from beginning to end; it returns how many things were wrong.
func run(ctx context.Context, o options) (wrong int, err error) {
	began := time.Now()
	if o.binary, err = filepath.Abs(o.binary); err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "mage2sage-nemesis-")
	if err != nil {
		return 0, err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // Postgres runs as another user where this one is root
		return 0, err
	}
	defer func() {
		if err == nil && wrong == 0 && !o.keep {
			os.RemoveAll(dir)
			return
		}
		fmt.Println("logs and data:", dir)
	}()
	i, err := install(ctx, dir, o)
	if err != nil {
		return 0, err
	}
	defer i.stop()
	say("seed %d: %d orders, at least %d kills", o.seed, o.orders, o.kills)
	if err := i.torment(ctx, o); err != nil {
		return 0, err
	}
	say("quiet; what was done: %s", &i.counts)
	problems, err := i.judge(ctx, o.patience)
	for _, p := range problems {
		fmt.Println("WRONG", p)
	}
	if err != nil {
		return len(problems), err
	}
	fmt.Printf("nemesis: seed %d, %s, %d wrong, in %s\n", o.seed, &i.counts, len(problems), time.Since(began).Round(time.Second))
	return len(problems), nil
}

func say(format string, args ...any) {
	fmt.Printf("%s  %s\n", time.Now().Format("15:04:05"), fmt.Sprintf(format, args...))
}
