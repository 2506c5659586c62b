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

// print writes data as JSON, or by table for people.
func (o output) print(w io.Writer, data any, table func(io.Writer)) error {
	switch o {
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(data)
	case "table":
		table(terminal{w})
		return nil
	}
	return &usageError{fmt.Errorf("--output %q: write table or json", string(o))}
}
