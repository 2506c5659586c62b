package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/sink"
	"github.com/mage2sage/mage2sage/sink/store"
)

func (r *root) binding() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "binding",
		Short: "Import, export and show bindings: which shop goes to which business, by which policy",
	}
	cmd.AddCommand(r.bindingImport(), r.bindingExport(), r.bindingShow())
	return cmd
}

// withStore opens Postgres for a command.
func (r *root) withStore(ctx context.Context, do func(*store.Store) error) error {
	c, err := r.load(config.Postgres)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, c.Postgres)
	if err != nil {
		return err
	}
	defer db.Close()
	return do(db)
}

func (r *root) bindingImport() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Import a binding from YAML; documents that were parked, waiting or skipped are looked at again",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			return r.withStore(cmd.Context(), func(db *store.Store) error {
				b, err := sink.ImportBinding(cmd.Context(), db, args[0], data)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "binding %s imported, policy version %d\n", b.Name, b.PolicyVersion)
				if b.Business == "" {
					fmt.Fprintf(cmd.OutOrStdout(), "next: mage2sage connect --binding %s\n", b.Name)
				}
				return nil
			})
		},
	}
}

func (r *root) bindingExport() *cobra.Command {
	return &cobra.Command{
		Use:   "export NAME",
		Short: "Write a binding as YAML that import reads",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.withStore(cmd.Context(), func(db *store.Store) error {
				text, err := sink.ExportBinding(cmd.Context(), db, args[0])
				if err != nil {
					return err
				}
				_, err = cmd.OutOrStdout().Write(text)
				return err
			})
		},
	}
}

func (r *root) bindingShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show [NAME]",
		Short: "Show one binding with its policy, or list all",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.withStore(cmd.Context(), func(db *store.Store) error {
				if len(args) == 0 {
					return listBindings(cmd, db)
				}
				info, policy, err := sink.ShowBinding(cmd.Context(), db, args[0])
				if err != nil {
					return err
				}
				printBinding(cmd, info)
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "\n%s", policy)
				return err
			})
		},
	}
}

func listBindings(cmd *cobra.Command, db *store.Store) error {
	all, err := sink.ListBindings(cmd.Context(), db)
	if err != nil {
		return err
	}
	for _, b := range all {
		printBinding(cmd, b)
	}
	if len(all) == 0 {
		fmt.Fprintln(cmd.OutOrStdout(), "no bindings: mage2sage binding import FILE")
	}
	return nil
}

// printBinding writes one line, and what to do where something is.
func printBinding(cmd *cobra.Command, b sink.BindingInfo) {
	out := cmd.OutOrStdout()
	business := b.BusinessName
	if business == "" {
		business = "no business yet"
	}
	fmt.Fprintf(out, "binding %s: source %s → %s %s, %s, policy version %d\n", b.Name, b.Source, business, b.BaseCurrency, b.State, b.PolicyVersion)
	if b.Hint != "" {
		fmt.Fprintf(out, "  %s\n", b.Hint)
	}
}
