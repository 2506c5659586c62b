package main

import (
	"io"
	"strings"
	"testing"
)

// TestEveryCommandReadsTheFileNamedByConfig names a file that is not there: the
// command must look for that one and for no other.
func TestEveryCommandReadsTheFileNamedByConfig(t *testing.T) {
	for _, command := range []string{
		"capture", "transform", "sink", "run", "migrate", "status", "documents",
		"connect --binding shop-uk --no-browser", "binding show shop-uk", "binding list", "binding export shop-uk",
	} {
		t.Run(command, func(t *testing.T) {
			root := newRoot()
			root.SetOut(io.Discard)
			root.SetArgs(append([]string{"--config", "not/there.yaml"}, strings.Fields(command)...))
			err := root.ExecuteContext(t.Context())
			if err == nil || !strings.Contains(err.Error(), "not/there.yaml") {
				t.Errorf("got %v, want an error that names not/there.yaml", err)
			}
		})
	}
}
