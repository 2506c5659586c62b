package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// consentFlags say how the person is asked.
type consentFlags struct {
	noBrowser, paste bool
	patience         time.Duration
}

func (r *root) connect() *cobra.Command {
	var name, business string
	var ask consentFlags
	cmd := &cobra.Command{
		Use:   "connect --binding NAME",
		Short: "Get a person's consent at Sage and keep the tokens, encrypted",
		Long: "Prints Sage's consent page, waits for the callback on sage.callback, and connects the binding to the\n" +
			"business. Where the browser does not reach this machine, paste the address that Sage sends it to.\n" +
			"Run it again when a binding needs a new consent: nothing is lost meanwhile.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.load(config.Postgres, config.Sage)
			if err != nil {
				return err
			}
			ctx, stop := ask.waiting(cmd.Context())
			defer stop(nil)
			return r.withPostgres(ctx, func(db *postgres.DB) error {
				connected, err := binding.Connect(ctx, binding.ConnectRequest{
					Config: c.Sage, Store: db, Tokens: db, Binding: name, Business: business, Pasted: ask.paste,
					OnConsentURL: func(url string, paste func(string) error) {
						ask.show(cmd.OutOrStdout(), url)
						go ask.read(cmd.InOrStdin(), cmd.OutOrStdout(), paste, stop)
					},
				})
				if err != nil {
					return err
				}
				printBinding(cmd.OutOrStdout(), view.BindingOf(connected))
				return warnOfNumbers(cmd, db, connected.Name)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&name, "binding", "", "the binding to connect")
	flags.StringVar(&business, "business", "", "id of the business, when the login sees several")
	flags.BoolVar(&ask.noBrowser, "no-browser", false, "only print the address")
	flags.BoolVar(&ask.paste, "paste", false, "do not listen on sage.callback: the answer is pasted")
	flags.DurationVar(&ask.patience, "timeout", 10*time.Minute, "how long to wait for the person")
	cmd.MarkFlagRequired("binding")
	return cmd
}

// waiting is the time that a person has.
func (f consentFlags) waiting(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	late := fmt.Errorf("no answer came within %s: run connect again, with --paste where the browser does not reach this machine", f.patience)
	ctx, end := context.WithTimeoutCause(ctx, f.patience, late)
	ctx, stop := context.WithCancelCause(ctx)
	return ctx, func(cause error) { stop(cause); end() }
}

// show prints the address, and opens it where there is a browser.
func (f consentFlags) show(w io.Writer, url string) {
	linef(w, "Open this address, log in to Sage and allow access:\n\n  %s\n\n", url)
	linef(w, "If the browser then shows a page that it cannot open, paste that page's address here.\n")
	if !f.noBrowser && !f.paste {
		// Without a desktop there is nothing to open, and the address is enough.
		_ = exec.Command("xdg-open", url).Start()
	}
}

// read takes what a person pastes until an answer is taken. Input that ends is no
// answer: without the callback there would be nothing more to wait for.
func (f consentFlags) read(in io.Reader, w io.Writer, paste func(string) error, stop context.CancelCauseFunc) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if lines.Text() == "" {
			continue
		}
		err := paste(lines.Text())
		if err == nil {
			return
		}
		linef(w, "%s\n", err)
	}
	if f.paste {
		stop(errors.New("the input ended before an answer was pasted: run connect again"))
	}
}
