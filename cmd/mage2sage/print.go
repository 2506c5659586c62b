package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// An output is the --output of a command that shows something.
type output string

// outputFlag gives a command -o; whatever it shows is there as JSON too.
func outputFlag(cmd *cobra.Command) *output {
	var o output
	cmd.Flags().StringVarP((*string)(&o), "output", "o", "table", "table or json")
	return &o
}

// check refuses what print cannot write.
func (o output) check() error {
	if o != "json" && o != "table" {
		return &usageError{fmt.Errorf("--output %q: write table or json", string(o))}
	}
	return nil
}

// print writes data as JSON, or by table for people.
func (o output) print(w io.Writer, data any, table func(io.Writer)) error {
	if err := o.check(); err != nil {
		return err
	}
	if o == "json" {
		enc := json.NewEncoder(terminal{w})
		enc.SetIndent("", "  ")
		return enc.Encode(data)
	}
	table(terminal{w})
	return nil
}
