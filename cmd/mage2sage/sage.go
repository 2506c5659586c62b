package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A listed is one entry of a business's list, as a policy takes its id.
type listed struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Percentage string `json:"percentage,omitempty"` // of tax rates
}

func (r *root) sage() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sage",
		Short: "List what a policy takes ids from, out of the business that a binding is connected to",
	}
	cmd.AddCommand(
		r.sageList("accounts", "List ids and names of the ledger accounts that sales may use", refsOf((*sage.Client).LedgerAccounts)),
		r.sageList("banks", "List ids and names of the bank accounts that receive payments", refsOf((*sage.Client).BankAccounts)),
		r.sageList("tax-rates", "List ids, names and percentages of the tax rates", taxRatesOf),
	)
	return cmd
}

func (r *root) sageList(use, short string, read func(context.Context, *sage.Client) ([]listed, error)) *cobra.Command {
	var name string
	var show *output
	cmd := &cobra.Command{
		Use:   use + " --binding NAME",
		Short: short,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.load(config.Postgres, config.Sage)
			if err != nil {
				return err
			}
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				client, done, err := binding.OpenBusiness(cmd.Context(), c.Sage, db, db, name)
				if err != nil {
					return err
				}
				defer done()
				all, err := read(cmd.Context(), client)
				if err != nil {
					return err
				}
				return show.print(cmd.OutOrStdout(), all, func(w io.Writer) { printListed(w, all) })
			})
		},
	}
	cmd.Flags().StringVar(&name, "binding", "", "a binding that is connected")
	cmd.MarkFlagRequired("binding")
	show = outputFlag(cmd)
	return cmd
}

func refsOf(read func(*sage.Client, context.Context) ([]resource.Ref, error)) func(context.Context, *sage.Client) ([]listed, error) {
	return func(ctx context.Context, c *sage.Client) ([]listed, error) {
		all, err := read(c, ctx)
		out := []listed{}
		for _, one := range all {
			out = append(out, listed{ID: one.ID, Name: one.DisplayedAs})
		}
		return out, err
	}
}

func taxRatesOf(ctx context.Context, c *sage.Client) ([]listed, error) {
	all, err := c.TaxRates(ctx)
	out := []listed{}
	for _, one := range all {
		out = append(out, listed{one.ID, one.DisplayedAs, one.Percentage.Fixed(2)})
	}
	return out, err
}

// printListed has a column of percents where a list has any.
func printListed(w io.Writer, all []listed) {
	if !slices.ContainsFunc(all, func(one listed) bool { return one.Percentage != "" }) {
		printNames(w, all)
		return
	}
	t := newTable(w, "ID", "PERCENT", "NAME")
	for _, one := range all {
		t.row(one.ID, one.Percentage, one.Name)
	}
	t.Flush()
}

func printNames(w io.Writer, all []listed) {
	t := newTable(w, "ID", "NAME")
	for _, one := range all {
		t.row(one.ID, one.Name)
	}
	t.Flush()
}

// checkWithSage compares the ids of a file with the business of its binding. One without
// a business has nothing to compare with, one that is disconnected is compared when it is
// connected again, and what is wrong in itself is refused by Import.
func checkWithSage(ctx context.Context, c config.Config, db *postgres.DB, f binding.File) error {
	have, err := db.Binding(ctx, f.Binding)
	switch {
	case errors.Is(err, work.ErrNoBinding), err == nil && (have.Business == "" || have.State == work.Disconnected), f.Policy.Validate() != nil:
		return nil
	case err != nil:
		return err
	}
	err = c.Need(config.Sage)
	if err == nil {
		err = compareWithSage(ctx, c.Sage, db, f)
	}
	var unlisted *binding.UnlistedError
	if errors.As(err, &unlisted) {
		return fmt.Errorf("the ids were not compared with Sage: %w: import again later, or with --unchecked", err)
	}
	return err
}

func compareWithSage(ctx context.Context, c sage.Config, db *postgres.DB, f binding.File) error {
	client, done, err := binding.OpenBusiness(ctx, c, db, db, f.Binding)
	if err != nil {
		return err
	}
	defer done()
	return binding.CheckReferences(ctx, client, f.Binding, f.Policy.Normalize().References())
}
