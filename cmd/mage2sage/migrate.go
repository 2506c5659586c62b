package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

func (r *root) migrate() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the tables in Postgres up to date",
		Long:  "Bring the tables in Postgres up to date. It is safe to run twice, and beside running processes.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.load(config.Postgres)
			if err != nil {
				return err
			}
			version, err := postgres.Migrate(cmd.Context(), c.Postgres)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "postgres is at version %d\n", version)
			return err
		},
	}
}
