package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

func (r *root) bindingDisconnect() *cobra.Command {
	return r.ending("disconnect NAME", "End a binding's access to Sage: stops its calls, revokes the grant and deletes the tokens",
		"A sink that runs makes no further call for the binding within seconds, and writes down the answer of the one that\n"+
			"is under way. Documents are planned and kept, and what is in doubt is looked up first, once it is connected again.\n"+
			"While Sage cannot be reached for the revocation the tokens are kept, sealed and unused, and this may be repeated.", binding.Disconnect)
}

// bindingRebind is for a binding that was connected to the wrong business.
func (r *root) bindingRebind() *cobra.Command {
	return r.ending("rebind NAME", "Take a binding from the wrong business: disconnects it, and plans everything anew for the next one",
		"It is refused, with the counts, where anything was posted to the business, or may have been: that stays where it is, and\n"+
			"another binding is needed. What was only planned, or was refused by Sage, is planned anew once it is connected.", binding.Rebind)
}

// ending is a command that ends a binding's access to Sage.
func (r *root) ending(use, short, long string, end func(context.Context, binding.DisconnectRequest) (work.Ended, error)) *cobra.Command {
	var forget bool
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := r.load(config.Postgres, config.Sage)
			if err != nil {
				return err
			}
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				ended, err := end(cmd.Context(), binding.DisconnectRequest{Config: c.Sage, Store: db, Tokens: db, Binding: args[0], By: whoami(), Forget: forget})
				if err != nil {
					return err
				}
				b, err := db.Binding(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				printBinding(cmd.OutOrStdout(), view.BindingOf(b))
				linef(cmd.OutOrStdout(), "  %s\n", endedHow[ended])
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&forget, "forget", false, "delete the tokens without revoking the grant at Sage, which then runs out within 31 days")
	return cmd
}

// endedHow says what became of a grant.
var endedHow = map[work.Ended]string{
	"":              "there are no tokens of it",
	work.Revoked:    "its grant was revoked at Sage, and its tokens are deleted",
	work.NotRevoked: "its tokens are deleted; its grant was not revoked at Sage and runs out by itself, within 31 days of the last refresh",
}
