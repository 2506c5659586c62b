package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/sink"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// purgeFlags are what a purge is asked for.
type purgeFlags struct {
	plan, yes bool
	binding   string
	customer  uint64
	email     string
}

func (r *root) purge() *cobra.Command {
	var f purgeFlags
	var show *output
	cmd := &cobra.Command{
		Use:   "purge --plan|--yes",
		Short: "Delete from Postgres what is not kept any more, by the periods of retention in the config file",
		Long: "What a binding knows of Sage goes retention.after_disconnect after a person has disconnected it, and the binding is closed for good;\n" +
			"names, addresses and the like go from documents that\n" +
			"are settled for retention.personal_data; months of the audit trail go retention.audit after their end. The sink that runs does so each day. Nothing in Sage or in the topics is touched.\n" +
			"With --customer or --email one person's data is erased, whatever the periods: names, addresses and notes; money, cross references and digests stay.\n" +
			"Reading the topics again does not bring it back. What is not settled yet keeps who it is; then the exit code is 1, and this is to be typed again.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.load(config.Postgres)
			if err != nil {
				return err
			}
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				if f.customer != 0 || f.email != "" {
					return r.erase(cmd, c, db, f, show)
				}
				if err := knownBinding(cmd.Context(), db, f.binding); err != nil {
					return err
				}
				p := &sink.Purge{DB: db, Retention: c.Retention, Binding: f.binding, Now: time.Now()}
				do := p.Run
				if f.plan {
					do = p.Plan
				}
				gone, err := do(cmd.Context())
				if err != nil {
					return err
				}
				return show.print(cmd.OutOrStdout(), gone, func(w io.Writer) { printPurged(w, gone, f.plan) })
			})
		},
	}
	show = outputFlag(cmd)
	cmd.Flags().BoolVar(&f.plan, "plan", false, "delete nothing, and say what would go")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "delete it")
	cmd.Flags().StringVar(&f.binding, "binding", "", "only what is kept of this binding")
	cmd.Flags().Uint64Var(&f.customer, "customer", 0, "erase this customer, by the id in Magento, and the customer's e-mail address")
	cmd.Flags().StringVar(&f.email, "email", "", "erase the buyer with this e-mail address, and the customers who have it")
	cmd.MarkFlagsMutuallyExclusive("binding", "customer", "email")
	cmd.MarkFlagsOneRequired("plan", "yes")
	cmd.MarkFlagsMutuallyExclusive("plan", "yes")
	return cmd
}

func printPurged(w io.Writer, p sink.Purged, plan bool) {
	if !p.Any() {
		linef(w, "nothing is kept longer than the periods of retention say\n")
		return
	}
	t := newTable(w, "WHAT", "TABLE", "ROWS")
	for _, b := range p.Bindings {
		for _, table := range slices.Sorted(maps.Keys(b.Tables)) {
			t.row("binding "+b.Binding, table, fmt.Sprint(b.Tables[table]))
		}
	}
	if n := p.PersonalData; n.Entities+n.Operations > 0 {
		t.row("who bought, of what is settled", "entities", fmt.Sprint(n.Entities))
		t.row("who bought, of what is settled", "operations", fmt.Sprint(n.Operations))
	}
	if len(p.AuditMonths) > 0 {
		t.row(strings.Join(p.AuditMonths, " "), "audit", fmt.Sprint(p.AuditEntries))
	}
	t.Flush()
	if plan {
		linef(w, "nothing was deleted: --yes deletes it\n")
	}
}
