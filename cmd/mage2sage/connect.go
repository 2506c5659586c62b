package main

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

func (r *root) connect() *cobra.Command {
	var name, business string
	var noBrowser bool
	var patience time.Duration
	cmd := &cobra.Command{
		Use:   "connect --binding NAME",
		Short: "Get a person's consent at Sage and keep the tokens, encrypted",
		Long: "Prints Sage's consent page, waits for the callback on sage.callback, and connects the binding to the\n" +
			"business. Run it again when a binding needs a new consent: nothing is lost meanwhile.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.load(config.Postgres, config.Sage)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), patience)
			defer cancel()
			return r.withPostgres(ctx, func(db *postgres.DB) error {
				connected, err := binding.Connect(ctx, binding.ConnectRequest{
					Config: c.Sage, Store: db, Tokens: db, Binding: name, Business: business,
					OnConsentURL: func(url string) { showConsent(cmd, url, !noBrowser) },
				})
				if err != nil {
					return err
				}
				printBinding(cmd.OutOrStdout(), view.BindingOf(connected))
				return nil
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&name, "binding", "", "the binding to connect")
	flags.StringVar(&business, "business", "", "id of the business, when the login sees several")
	flags.BoolVar(&noBrowser, "no-browser", false, "only print the address")
	flags.DurationVar(&patience, "timeout", 10*time.Minute, "how long to wait for the person")
	cmd.MarkFlagRequired("binding")
	return cmd
}

// showConsent prints the address, and opens it where there is a browser.
func showConsent(cmd *cobra.Command, url string, browser bool) {
	fmt.Fprintf(cmd.OutOrStdout(), "Open this address, log in to Sage and allow access:\n\n  %s\n\n", url)
	if browser {
		// Without a desktop there is nothing to open, and the address is enough.
		_ = exec.Command("xdg-open", url).Start()
	}
}
