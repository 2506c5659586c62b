package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/config/strict"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

func (r *root) binding() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "binding",
		Short: "Import, export and show bindings: which shop goes to which business, by which policy",
	}
	cmd.AddCommand(r.bindingImport(), r.bindingExport(), r.bindingShow(), r.bindingList(), r.bindingResume(), r.bindingDisconnect(), r.bindingRebind())
	return cmd
}

func (r *root) bindingImport() *cobra.Command {
	var unchecked bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Import a binding from YAML; documents that were parked, waiting or skipped are looked at again",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := readBinding(args[0])
			if err != nil {
				return err
			}
			c, err := r.load(config.Postgres)
			if err != nil {
				return err
			}
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				if !unchecked {
					var wrong *binding.WrongIDsError
					if err := checkWithSage(cmd.Context(), c, db, f); errors.As(err, &wrong) {
						return mistakesIn(args[0], wrong)
					} else if err != nil {
						return fmt.Errorf("%s: %w", args[0], err)
					}
				}
				b, err := binding.Import(cmd.Context(), db, f)
				if err != nil {
					return fmt.Errorf("%s: %w", args[0], err)
				}
				linef(cmd.OutOrStdout(), "binding %s imported, policy version %d\n", b.Name, b.PolicyVersion)
				if c.Source.Name != "" && c.Source.Name != b.Source {
					linef(cmd.OutOrStdout(), "note: the config file's source is %s: documents come only if another one captures %s\n", c.Source.Name, b.Source)
				}
				if b.Business == "" {
					linef(cmd.OutOrStdout(), "next: mage2sage connect --binding %s\n", b.Name)
				}
				return warnOfNumbers(cmd, db, b.Name)
			})
		},
	}
	cmd.Flags().BoolVar(&unchecked, "unchecked", false, "do not compare the ids with Sage, as while it does not answer")
	return cmd
}

// warnOfNumbers says which stores count alike: their documents would only be parked one by
// one.
func warnOfNumbers(cmd *cobra.Command, db *postgres.DB, name string) error {
	warnings, err := binding.CountAlike(cmd.Context(), db, name)
	for _, w := range warnings {
		linef(cmd.OutOrStdout(), "warning: %s\n", w)
	}
	return err
}

// readBinding reads a binding as people write it; a mistake is answered with its
// file and line.
func readBinding(file string) (binding.File, error) {
	f := binding.NewFile()
	data, err := os.ReadFile(file)
	if err != nil {
		return f, &strict.Error{File: file, Text: fmt.Sprintf("the file cannot be read (%v): write it (deploy/binding.example.yaml is an example), or correct its name", config.Cause(err))}
	}
	if err := strict.Decode(file, data, &f); err != nil {
		return f, err
	}
	return f, mistakesIn(file, f.Validate())
}

// mistakesIn says that an error is a mistake in a file.
func mistakesIn(file string, err error) error {
	if err == nil {
		return nil
	}
	return &strict.Error{File: file, Text: oneLine(err)}
}

func (r *root) bindingExport() *cobra.Command {
	return &cobra.Command{
		Use:   "export NAME",
		Short: "Write a binding as YAML that import reads",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				b, err := db.Binding(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return exportBinding(cmd.OutOrStdout(), b)
			})
		},
	}
}

func exportBinding(w io.Writer, b work.Binding) error {
	f, err := binding.Export(b)
	if err != nil {
		return err
	}
	text, err := yaml.Marshal(f)
	if err != nil {
		return fmt.Errorf("write binding: %w", err)
	}
	_, err = w.Write(text)
	return err
}

func (r *root) bindingShow() *cobra.Command {
	var show *output
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show one binding with its policy",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				b, err := db.Binding(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				f, err := binding.Export(b)
				if err != nil {
					return err
				}
				shown := struct {
					view.Binding
					Policy policy.Policy `json:"policy"`
				}{view.BindingOf(b), f.Policy}
				return show.print(cmd.OutOrStdout(), shown, func(w io.Writer) {
					printBinding(w, shown.Binding)
					linef(w, "\n")
					_ = exportBinding(w, b)
				})
			})
		},
	}
	show = outputFlag(cmd)
	return cmd
}

func (r *root) bindingList() *cobra.Command {
	var show *output
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List all bindings: source, business, state, and what to do about it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				all, err := view.ReadBindings(cmd.Context(), db)
				if err != nil {
					return err
				}
				return show.print(cmd.OutOrStdout(), all, func(w io.Writer) { printBindings(w, all) })
			})
		},
	}
	show = outputFlag(cmd)
	return cmd
}

func (r *root) bindingResume() *cobra.Command {
	return &cobra.Command{
		Use:   "resume NAME",
		Short: "Call Sage again at once: ends waits, a refusal of the user, and open breakers",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				b, err := db.Resume(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				printBinding(cmd.OutOrStdout(), view.BindingOf(b))
				return nil
			})
		},
	}
}

func printBindings(w io.Writer, all []view.Binding) {
	for _, b := range all {
		printBinding(w, b)
	}
	if len(all) == 0 {
		linef(w, "no bindings: mage2sage binding import FILE\n")
	}
}

// printBinding writes one line, and what to do where something is.
func printBinding(w io.Writer, b view.Binding) {
	linef(w, "binding %s: source %s → %s, %s, policy version %d\n", b.Name, b.Source, businessOf(b), b.State, b.PolicyVersion)
	if b.Hint != "" {
		linef(w, "  %s\n", b.Hint)
	}
}

// businessOf names a binding's business with its currency.
func businessOf(b view.Binding) string {
	if b.BusinessName == "" {
		return "no business yet"
	}
	return strings.TrimSpace(b.BusinessName + " " + b.BaseCurrency)
}
