// Command outages takes away, one after the other, each thing that the stages need, for
// as long as it is told, while a shop does business, and prints a table:
//
//	outage | for | status said | exit code | /readyz | said after | recovered after
//
// Each row is an installation of its own: private servers, the real binary, three stages, or
// one process with the embedded broker ("run"), that are started again when they end, as
// systemd would. Recovered is when status says
// well again and both books agree. It exits with 1 when status said "well" to an outage,
// or something did not recover.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	binary := flag.String("binary", "bin/mage2sage", "the mage2sage binary")
	length := flag.Duration("for", 10*time.Second, "how long each outage lasts; status is waited for beyond it")
	only := flag.String("only", "", "outages by name, with commas between them; all when empty")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	path, err := filepath.Abs(*binary)
	if err != nil {
		fmt.Fprintln(os.Stderr, "outages:", err)
		os.Exit(1)
	}
	fmt.Println("| outage | for | status said | exit code | /readyz | said after | recovered after |")
	fmt.Println("|---|---|---|---|---|---|---|")
	failed := false
	for _, o := range outages {
		if *only != "" && !slices.Contains(strings.Split(*only, ","), o.name) {
			continue
		}
		r, err := measure(ctx, path, o, *length)
		if err != nil {
			r.recovered = "not measured: " + strings.ReplaceAll(err.Error(), "\n", " ")
		}
		failed = failed || err != nil
		fmt.Println(r)
	}
	if failed {
		stop()
		os.Exit(1)
	}
}

// A row is what came of one outage.
type row struct {
	outage    string
	length    time.Duration
	said      string // the first line of status at the end of the outage
	exit      int
	ready     string // what each process answers then
	after     string // from the beginning of the outage until status did not say well
	recovered string
}

func (r row) String() string {
	return fmt.Sprintf("| %s | %s | %s | %d | %s | %s | %s |", r.outage, r.length, strings.ReplaceAll(r.said, "|", "\\|"), r.exit, r.ready, r.after, r.recovered)
}
