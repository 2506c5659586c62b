package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/sink/postgres"
)

func (r *root) operation() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "operation",
		Short: "Decide what only a person can: calls to Sage whose answer was lost",
	}
	cmd.AddCommand(r.operationSettle())
	return cmd
}

func (r *root) operationSettle() *cobra.Command {
	var sageID string
	var notInSage bool
	cmd := &cobra.Command{
		Use:   "settle NUMBER",
		Short: "Say what came of a call whose answer was lost: in Sage under an id, or not there",
		Long: "The hint of a parked document names the number of the operation. Look for its reference in Sage first:\n" +
			"what is said not to be there is made again.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return &usageError{fmt.Errorf("operation %q is no number: the hint of the parked document names it, see mage2sage documents", args[0])}
			}
			if !notInSage && sageID == "" {
				return &usageError{errors.New("--as is empty: give Sage's id, or say --not-in-sage")}
			}
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				o, err := db.Settle(cmd.Context(), number, sageID)
				if err != nil {
					return err
				}
				next := "is made again"
				if !notInSage {
					next = "is adopted as " + sageID
				}
				linef(cmd.OutOrStdout(), "operation %d, %s of %s, %s\n", o.ID, o.Kind, o.Entity, next)
				return nil
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&sageID, "as", "", "it is in Sage, under this id")
	flags.BoolVar(&notInSage, "not-in-sage", false, "it is not in Sage")
	cmd.MarkFlagsOneRequired("as", "not-in-sage")
	cmd.MarkFlagsMutuallyExclusive("as", "not-in-sage")
	return cmd
}
