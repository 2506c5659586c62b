package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is set by the linker: -X main.release=1.2.3.
var release = "development"

// A build says which binary this is.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"` // commit
	Time     string `json:"time,omitempty"`     // of the commit
	Modified bool   `json:"modified"`           // with changes that were not committed
	Go       string `json:"go"`
}

func (b build) String() string { return fmt.Sprintf("%s %s %s", b.Version, b.Revision, b.Go) }

func (r *root) version() *cobra.Command {
	var show *output
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := thisBuild()
			return show.print(cmd.OutOrStdout(), b, func(w io.Writer) {
				fmt.Fprintln(w, "mage2sage", b)
			})
		},
	}
	show = outputFlag(cmd)
	return cmd
}

func thisBuild() build {
	b := build{Version: release, Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}
