// Command start is a supervisor in the foreground: it starts private servers
// for tests and for trying things out, says where they are, and ends them when
// it ends, on a signal and on kill -9 alike.
//
//	go run ./testenv/start                          # prints TESTENV_… assignments, runs until Ctrl-C
//	go run ./testenv/start --env-file F             # writes them to F once all servers answer
//	go run ./testenv/start -- go test ./...         # runs a command with them, exits as it does
//	go run ./testenv/start --only source,kafka
//	go run ./testenv/start --source mysql-9.7       # also: SOURCE=mysql-9.7
//	KAFKA=real go run ./testenv/start               # Apache Kafka instead of kfake
//	go run ./testenv/start --install                # fetches what is missing, starts nothing; --debezium: Debezium too, --readers: what others read topics with
//
// Data is private and gone at the end unless --dir names a folder. Progress
// goes to stderr, assignments alone to stdout.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mage2sage/mage2sage/testenv/debezium"
	"github.com/mage2sage/mage2sage/testenv/readers"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

func main() {
	endWithGoRun()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	status, err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "testenv:", err)
	}
	os.Exit(status)
}

// endWithGoRun asks for SIGTERM when "go run" dies: it does not pass on the
// signals that end it, and the servers would outlive it.
func endWithGoRun() {
	parent, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", os.Getppid()))
	if err == nil && filepath.Base(parent) == "go" {
		_ = unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGTERM), 0, 0, 0)
	}
}

type settings struct {
	options servers.Options
	install bool
	// debezium has it fetched, too.
	debezium bool
	// readers has a schema registry, its client and Flink fetched, too.
	readers bool
	envFile string
	command []string
}

// run returns the status to exit with: that of the command, when there is one.
func run(ctx context.Context, args []string, out, log io.Writer) (int, error) {
	chosen, err := parse(args, log)
	if err != nil {
		return 2, err
	}
	if chosen.install {
		err := servers.Install(ctx, chosen.options)
		if err == nil && chosen.debezium {
			err = debezium.Install(ctx, log)
		}
		if err == nil && chosen.readers {
			err = readers.Install(ctx, log)
		}
		return status(err)
	}
	set, err := servers.Start(ctx, chosen.options)
	if err != nil {
		return 1, err
	}
	defer set.Stop()
	if err := announce(set, chosen, out); err != nil {
		return 1, err
	}
	if len(chosen.command) > 0 {
		return runCommand(ctx, chosen.command, set.Environment())
	}
	<-ctx.Done()
	return 0, nil
}

func parse(args []string, log io.Writer) (settings, error) {
	chosen := settings{options: servers.Options{Log: log}}
	flags := flag.NewFlagSet("start", flag.ContinueOnError)
	only := flags.String("only", "", "start these only, separated by commas: "+strings.Join(servers.Names, ","))
	kafka := flags.String("kafka", os.Getenv("KAFKA"), "kfake, or real for Apache Kafka (also: KAFKA=real)")
	flags.StringVar(&chosen.options.Source, "source", "", "server of the shop's database: "+strings.Join(servers.Releases(), ", ")+" (also: SOURCE=…)")
	sourceArgs := flags.String("source-args", "", "further arguments of that server, separated by blanks")
	flags.StringVar(&chosen.options.Dir, "dir", "", "keep data and logs in this folder; empty is a temporary one")
	flags.StringVar(&chosen.envFile, "env-file", "", "write the assignments to this file when all servers answer")
	flags.BoolVar(&chosen.install, "install", false, "fetch what is missing and start nothing")
	flags.BoolVar(&chosen.debezium, "debezium", os.Getenv("DEBEZIUM") != "", "with --install, fetch Debezium too (also: DEBEZIUM=1)")
	flags.BoolVar(&chosen.readers, "readers", os.Getenv("READERS") != "", "with --install, fetch a schema registry, its client and Flink too (also: READERS=1)")
	if err := flags.Parse(args); err != nil {
		return chosen, err
	}
	if *only != "" {
		chosen.options.Only = strings.Split(*only, ",")
	}
	if *kafka != "" && *kafka != "kfake" && *kafka != "real" {
		return chosen, fmt.Errorf("--kafka must be kfake or real, not %q", *kafka)
	}
	chosen.options.RealKafka = *kafka == "real"
	chosen.options.SourceArgs = strings.Fields(*sourceArgs)
	chosen.command = flags.Args()
	return chosen, nil
}

// announce writes the addresses; the file appears whole or not at all.
func announce(set *servers.Set, chosen settings, out io.Writer) error {
	if chosen.envFile != "" {
		partial := chosen.envFile + ".partial"
		if err := os.WriteFile(partial, []byte(set.Assignments()), 0o600); err != nil {
			return fmt.Errorf("write env file: %w", err)
		}
		if err := os.Rename(partial, chosen.envFile); err != nil {
			return fmt.Errorf("write env file: %w", err)
		}
	}
	if len(chosen.command) > 0 {
		return nil
	}
	_, err := io.WriteString(out, set.Assignments())
	return err
}

// runCommand passes a signal on as SIGTERM and waits for the command to end.
func runCommand(ctx context.Context, words, environment []string) (int, error) {
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.Env = append(os.Environ(), environment...)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	err := command.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return max(1, exit.ExitCode()), nil
	}
	return status(err)
}

func status(err error) (int, error) {
	if err != nil {
		return 1, err
	}
	return 0, nil
}
