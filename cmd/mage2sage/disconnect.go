package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

func (r *root) bindingDisconnect() *cobra.Command {
	var forget bool
	cmd := &cobra.Command{
		Use:   "disconnect NAME",
		Short: "End a binding's access to Sage: stops its calls, revokes the grant and deletes the tokens",
		Long: "A sink that runs makes no further call for the binding within seconds, and writes down the answer of the one that\n" +
			"is under way. Documents are planned and kept, and what is in doubt is looked up first, once it is connected again.\n" +
			"While Sage cannot be reached for the revocation the tokens are kept, sealed and unused, and this may be repeated.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := r.load(config.Postgres, config.Sage)
			if err != nil {
				return err
			}
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				return disconnect(cmd.Context(), cmd.OutOrStdout(), db, c.Sage, args[0], forget)
			})
		},
	}
	cmd.Flags().BoolVar(&forget, "forget", false, "delete the tokens without revoking the grant at Sage, which then runs out within 31 days")
	return cmd
}

// disconnect ends a binding's access and says how its grant ended.
func disconnect(ctx context.Context, w io.Writer, db *postgres.DB, c sage.Config, name string, forget bool) error {
	ended, err := binding.Disconnect(ctx, binding.DisconnectRequest{Config: c, Store: db, Tokens: db, Binding: name, By: whoami(), Forget: forget})
	if err != nil {
		return err
	}
	b, err := db.Binding(ctx, name)
	if err != nil {
		return err
	}
	printBinding(w, view.BindingOf(b))
	linef(w, "  %s\n", endedHow[ended])
	return nil
}

// endedHow says what became of a grant.
var endedHow = map[work.Ended]string{
	"":              "there are no tokens of it",
	work.Revoked:    "its grant was revoked at Sage, and its tokens are deleted",
	work.NotRevoked: "its tokens are deleted; its grant was not revoked at Sage and runs out by itself, within 31 days of the last refresh",
}
