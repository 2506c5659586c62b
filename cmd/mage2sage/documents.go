package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

func (r *root) documents() *cobra.Command {
	var filter postgres.ItemFilter
	var state string
	var show *output
	cmd := &cobra.Command{
		Use:   "documents",
		Short: "List documents: state, reason, hint, totals in Magento and in Sage",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			filter.State = work.ItemState(state)
			if state != "" && !slices.Contains(work.ItemStates(), filter.State) {
				return &usageError{fmt.Errorf("--state %q: write one of %v", state, work.ItemStates())}
			}
			if filter.Limit < 0 {
				return &usageError{fmt.Errorf("--limit %d: write a number above 0", filter.Limit)}
			}
			if filter.Reason != "" && !slices.Contains(work.AllReasons(), work.Reason(filter.Reason)) {
				return &usageError{fmt.Errorf("--reason %q: write one of %v", filter.Reason, work.AllReasons())}
			}
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				if err := knownBinding(cmd.Context(), db, filter.Binding); err != nil {
					return err
				}
				rows, err := view.ReadItems(cmd.Context(), db, filter)
				if err != nil {
					return err
				}
				return show.print(cmd.OutOrStdout(), rows, func(w io.Writer) { printDocuments(w, rows) })
			})
		},
	}
	flags := cmd.Flags()
	show = outputFlag(cmd)
	flags.StringVar(&filter.Binding, "binding", "", "only of this binding")
	flags.StringVar(&state, "state", "", "only planned, waiting, skipped, parked or posted ones")
	flags.StringVar(&filter.Reason, "reason", "", "only with this reason")
	flags.IntVar(&filter.Limit, "limit", 100_000, "at most so many")
	return cmd
}

// knownBinding refuses a name that is none, because an empty list would look like good
// news; "" is all bindings.
func knownBinding(ctx context.Context, db *postgres.DB, name string) error {
	if name == "" {
		return nil
	}
	_, err := db.Binding(ctx, name)
	return err
}

func printDocuments(w io.Writer, rows []view.Item) {
	t := newTable(w, "DOCUMENT", "NUMBER", "STATE", "PAYMENT", "CURRENCY", "MAGENTO", "SAGE", "DIFFERENCE", "SAGE NUMBER", "REASON")
	for _, d := range rows {
		t.row(d.Key, d.Number, d.State, d.Payment, d.Currency, d.MagentoTotal, d.SageTotal, d.Difference, d.SageNumber, reasonAndHint(d))
	}
	t.Flush()
}

func reasonAndHint(d view.Item) string {
	if d.Hint == "" {
		return d.Reason
	}
	return d.Reason + ": " + d.Hint
}
