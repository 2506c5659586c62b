// Command mage2sage follows a Magento shop's database log, publishes what happened
// as canonical entities on Kafka, and posts them to Sage Business Cloud
// Accounting: every document once, in order, equal to the penny.
//
// This package is wiring only: a file is one command, or one family of commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/config/strict"
	"github.com/mage2sage/mage2sage/cmd/internal/process"
)

func main() {
	ctx, stop := process.Interruptible(context.Background())
	defer stop()
	cmd, err := newRoot().ExecuteContextC(ctx)
	var verdict *verdictError
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return
	case errors.As(err, &verdict):
		os.Exit(int(verdict.State))
	}
	fmt.Fprintln(terminal{os.Stderr}, "mage2sage:", err)
	if cmd.Name() == "status" { // its 1 and 2 are verdicts
		os.Exit(exitConfig)
	}
	os.Exit(exitCode(err))
}

// Exit codes, the same for every command but status, whose codes are its verdict, and 3
// for whatever keeps it from one.
const (
	exitError  = 1
	exitUsage  = 2
	exitConfig = 3
)

// exitCode tells scripts what kind of failure it was.
func exitCode(err error) int {
	var mistake *strict.Error
	var usage *usageError
	switch {
	case errors.As(err, &mistake):
		return exitConfig
	case errors.As(err, &usage), isCobras(err):
		return exitUsage
	}
	return exitError
}

// isCobras reports whether cobra refused the command line by itself; it has no types
// for that.
func isCobras(err error) bool {
	return strings.HasPrefix(err.Error(), "unknown command ") || strings.HasPrefix(err.Error(), "required flag(s) ")
}

// A usageError is a command line that does not make sense.
type usageError struct{ error }

// root is what every command gets.
type root struct {
	file   string // --config
	warned bool   // of a file that others may read
}

func newRoot() *cobra.Command {
	r := &root{}
	cmd := &cobra.Command{
		Use:           "mage2sage",
		Version:       thisBuild().String(),
		Short:         "Magento's documents in Sage: every one once, in order, equal to the penny",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	cmd.SetVersionTemplate("mage2sage {{.Version}}\n")
	defer usageErrors(cmd)
	cmd.PersistentFlags().StringVarP(&r.file, "config", "c", "mage2sage.yaml", "config file")
	cmd.AddCommand(r.capture(), r.transform(), r.sink(), r.run(), r.migrate(), r.binding(), r.operation(), r.record(), r.connect(), r.sage(),
		r.status(), r.documents(), r.source(), r.config(), r.version())
	return cmd
}

// usageErrors makes wrong arguments of all commands usage errors, and those of a
// family of commands: "binding lst" is a mistake, not a wish for help.
func usageErrors(cmd *cobra.Command) {
	if cmd.HasSubCommands() && cmd.HasParent() {
		cmd.Args, cmd.RunE = cobra.NoArgs, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return &usageError{fmt.Errorf("%w: see %s --help", err, cmd.CommandPath())}
			}
			return nil
		}
	}
	for _, below := range cmd.Commands() {
		usageErrors(below)
	}
}

// load reads the config and checks the parts that a command needs.
func (r *root) load(parts ...config.Part) (config.Config, error) {
	c, err := config.Load(r.file)
	if err != nil {
		return c, err
	}
	if c.Exposed() && !r.warned {
		r.warned = true
		fmt.Fprintf(terminal{os.Stderr}, "mage2sage: %s holds secrets and others may read it: chmod 600 %q\n", r.file, r.file)
	}
	return c, c.Need(parts...)
}

// logger logs to standard error; standard output is for data.
func logger(c config.Config) zerolog.Logger {
	return process.Logger(os.Stderr, c.Log.Level, c.Log.Format)
}
