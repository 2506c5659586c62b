package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A heldReport is what sink hold and sink release print.
type heldReport struct {
	Released bool        `json:"released"` // there was a hold, and this command has ended it
	Holds    []work.Hold `json:"holds"`    // those that there are now; the binding "" is all of them
}

func (r *root) sinkHold() *cobra.Command {
	var note string
	cmd := r.holding("hold", "Stop deliveries to Sage, of one binding or of all, until they are released",
		"Every sink that runs makes no further call for a delivery within seconds, and writes down the answer of one that is under way.\n"+
			"Records are read and documents planned, so nothing is lost, and a restart changes nothing. status says that it is held and is\n"+
			"well all the same. Who held it, when and why stands in the audit trail.",
		func(ctx context.Context, db *postgres.DB, binding string) (bool, error) {
			return false, db.Hold(ctx, binding, whoami(), note)
		})
	cmd.Flags().StringVar(&note, "note", "", "why, for those who read it later")
	return cmd
}

func (r *root) sinkRelease() *cobra.Command {
	return r.holding("release", "Let deliveries that sink hold has stopped go on, of one binding or of all",
		"Without --binding the hold of all deliveries ends; those of single bindings stay, and are listed.",
		func(ctx context.Context, db *postgres.DB, binding string) (bool, error) {
			return db.EndHold(ctx, binding, whoami())
		})
}

// holding is a command that changes what is held, and lists it.
func (r *root) holding(use, short, long string, change func(ctx context.Context, db *postgres.DB, binding string) (bool, error)) *cobra.Command {
	var binding string
	var show *output
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				released, err := change(cmd.Context(), db, binding)
				if err != nil {
					return err
				}
				holds, err := db.Holds(cmd.Context())
				if err != nil {
					return err
				}
				report := heldReport{released, append([]work.Hold{}, holds...)}
				return show.print(cmd.OutOrStdout(), report, func(w io.Writer) { printHeld(w, use, report) })
			})
		},
	}
	cmd.Flags().StringVar(&binding, "binding", "", "a binding (default: all deliveries)")
	show = outputFlag(cmd)
	return cmd
}

func printHeld(w io.Writer, use string, r heldReport) {
	switch {
	case r.Released:
		linef(w, "released\n")
	case use == "release":
		linef(w, "it was not held\n")
	}
	for _, h := range r.Holds {
		linef(w, "%s\n", view.HeldLine(h))
	}
}
