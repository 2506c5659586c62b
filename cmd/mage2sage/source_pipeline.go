package main

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/sink/postgres"
)

// sourceList prints the pipeline that each source is taken from.
func (r *root) sourceList() *cobra.Command {
	var show *output
	cmd := &cobra.Command{
		Use: "list", Short: "List the sources in Postgres, and the prefix and pipeline that each is taken from", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				all, err := db.Sources(cmd.Context())
				if err != nil {
					return err
				}
				return show.print(cmd.OutOrStdout(), all, func(w io.Writer) { printSources(w, all) })
			})
		},
	}
	show = outputFlag(cmd)
	return cmd
}

func printSources(w io.Writer, all []postgres.FollowedPipeline) {
	t := newTable(w, "SOURCE", "PREFIX", "PIPELINE", "SINCE")
	for _, f := range all {
		t.row(f.Source, f.Prefix, f.Pipeline, f.Since.UTC().Format(time.RFC3339))
	}
	t.Flush()
}

// sourceMove has a source taken from the topics of another prefix.
func (r *root) sourceMove() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "move SOURCE",
		Short: "Take a source from the topics of another prefix",
		Long: "The topics of the other prefix are read from their beginning, and what is in them is newer than all that\n" +
			"was taken before. Stop the pipeline of the old prefix first: nothing of it is taken any more. What is in\n" +
			"Sage stays, and no document is posted twice.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				all, err := db.Sources(cmd.Context())
				if err != nil {
					return err
				}
				if slices.ContainsFunc(all, func(f postgres.FollowedPipeline) bool { return f.Source == args[0] && f.Prefix == to }) {
					linef(cmd.OutOrStdout(), "source %s is taken from the topics of prefix %s already: nothing is changed\n", args[0], to)
					return nil
				}
				known, err := db.Move(cmd.Context(), args[0], to)
				if err == nil && !known {
					err = fmt.Errorf("no record of source %q was ever taken: see mage2sage source list", args[0])
				}
				if err != nil {
					return err
				}
				linef(cmd.OutOrStdout(), "source %s is taken from the topics of prefix %s from now on\n", args[0], to)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the prefix of the config file of the pipeline that is to be followed")
	cmd.MarkFlagRequired("to")
	return cmd
}
