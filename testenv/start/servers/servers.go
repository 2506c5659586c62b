package servers

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// sourceName is what a Source is called among the others.
const sourceName = "source"

// Names are the servers that Options.Only may name, in the order in which
// their addresses are printed.
var Names = []string{sourceName, "postgres", "kafka", "sage"}

// Options say which servers to start and where. The zero value starts all of
// them in a temporary folder.
type Options struct {
	// Dir keeps data and logs after the end; empty is a temporary folder.
	Dir string
	// Only names the servers to start; empty means all of Names.
	Only []string
	// RealKafka starts Apache Kafka instead of the kfake broker.
	RealKafka bool
	// Source is the release of the shop's server, one of Releases; empty is that of the
	// variable SOURCE, by which a whole test run is repeated on another server.
	Source string
	// SourceArgs come after the source's own arguments and those of the variable
	// SOURCE_ARGS; for example "--binlog-format=MIXED" to see a preflight check refuse it.
	SourceArgs []string
	// SageArgs come after the simulator's own arguments.
	SageArgs []string
	// Log takes one line per long step; nil discards them.
	Log io.Writer
}

// A Set is a group of running servers. A server that was not asked for is nil.
type Set struct {
	Source   *Source
	Postgres *Postgres
	Kafka    *Kafka
	Sage     *Sage

	dir *runDir
	log io.Writer
}

// Start starts the servers side by side and returns when all of them answer.
// When one does not, it stops the others and returns that one's last words.
func Start(ctx context.Context, options Options) (*Set, error) {
	for _, name := range options.Only {
		if !slices.Contains(Names, name) {
			return nil, fmt.Errorf("no server is called %q; there are %s", name, strings.Join(Names, ", "))
		}
	}
	if options.Log == nil {
		options.Log = io.Discard
	}
	dir, err := openRunDir(options.Dir)
	if err != nil {
		return nil, err
	}
	set := &Set{dir: dir, log: options.Log}
	if err := set.start(ctx, options); err != nil {
		set.Stop()
		return nil, err
	}
	return set, nil
}

func (s *Set) start(ctx context.Context, options Options) error {
	starters := map[string]func(context.Context, Options) error{
		sourceName: s.startSource, "postgres": s.startPostgres, "kafka": s.startKafka, "sage": s.startSage,
	}
	group, ctx := errgroup.WithContext(ctx)
	for name, start := range starters {
		if len(options.Only) > 0 && !slices.Contains(options.Only, name) {
			continue
		}
		group.Go(func() error {
			if err := start(ctx, options); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// Stop ends every server in an orderly way and removes a temporary folder.
func (s *Set) Stop() {
	var group errgroup.Group
	for _, process := range s.processes() {
		group.Go(func() error { process.Stop(); return nil })
	}
	_ = group.Wait()
	s.dir.close()
}

func (s *Set) processes() []*Process {
	var running []*Process
	if s.Source != nil {
		running = append(running, s.Source.Process)
	}
	if s.Postgres != nil {
		running = append(running, s.Postgres.Process)
	}
	if s.Kafka != nil {
		running = append(running, s.Kafka.Process)
	}
	if s.Sage != nil {
		running = append(running, s.Sage.Process)
	}
	return running
}

// Dir is the folder with the servers' data and their logs (log/<server>.log).
func (s *Set) Dir() string { return s.dir.path }

func (s *Set) step(format string, args ...any) {
	fmt.Fprintf(s.log, "testenv: "+format+"\n", args...)
}

// folder makes DIR/name and returns its path and whether it was new.
func (s *Set) folder(name string) (path string, fresh bool, err error) {
	path = filepath.Join(s.dir.path, name)
	if _, err := os.Stat(path); err == nil {
		return path, false, nil
	}
	return path, true, os.MkdirAll(filepath.Dir(path), 0o755)
}
