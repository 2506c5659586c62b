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

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/process"
)

func main() {
	ctx, stop := process.Interruptible(context.Background())
	code := execute(ctx, newRoot())
	stop()
	os.Exit(code)
}

// execute runs a command line, says what went wrong, and returns the exit code.
func execute(ctx context.Context, root *cobra.Command) int {
	err := root.ExecuteContext(ctx)
	code := exitCode(err)
	var verdict *verdictError
	if code != exitWell && !errors.As(err, &verdict) { // the verdict was printed
		fmt.Fprintln(terminal{root.ErrOrStderr()}, "mage2sage:", err)
	}
	return code
}

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
	cmd.PersistentPreRunE = checkFlags
	cmd.SetVersionTemplate("mage2sage {{.Version}}\n")
	defer usageErrors(cmd)
	cmd.PersistentFlags().StringVarP(&r.file, "config", "c", "mage2sage.yaml", "config file")
	cmd.AddCommand(r.capture(), r.transform(), r.sink(), r.run(), r.migrate(), r.binding(), r.operation(), r.document(), r.record(), r.connect(), r.sage(), r.keys(), r.xref(),
		r.status(), r.snapshot(), r.replay(), r.doctor(), r.topics(), r.documents(), r.duplicates(), r.purge(), r.source(), r.config(), r.version())
	return cmd
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
