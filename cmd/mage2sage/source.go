package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/capture"
	"github.com/mage2sage/mage2sage/cmd/internal/config"
)

func (r *root) source() *cobra.Command {
	cmd := &cobra.Command{Use: "source", Short: "Look at the Magento database server, and at whose topics a shop is taken from"}
	cmd.AddCommand(r.sourceCheck(), r.sourceList(), r.sourceMove())
	return cmd
}

// sourceCheck prints what capture would refuse the server for, all of it at once; it
// may be asked while capture runs.
func (r *root) sourceCheck() *cobra.Command {
	var show *output
	cmd := &cobra.Command{
		Use: "check", Short: "Say whether the server can be captured, and what to type where it cannot", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.load(config.Source)
			if err != nil {
				return err
			}
			findings := capture.Preflight(cmd.Context(), c.Source, c.Names())
			err = show.print(cmd.OutOrStdout(), diagnoses{}.with("source", findings), func(w io.Writer) {
				for _, f := range findings {
					linef(w, "%s\n", f)
				}
			})
			if faults := len(findings.Faults()); err == nil && faults > 0 {
				return fmt.Errorf("source %s cannot be captured: %d of the checks found a fault", c.Source.Name, faults)
			}
			return err
		},
	}
	show = outputFlag(cmd)
	return cmd
}
