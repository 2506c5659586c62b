package work

import (
	"strings"
	"testing"
)

func TestARefusalToBindAnewHasTheCountsAndWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		traces Traces
		says   []string
	}{
		"something was posted": {Traces{Objects: 3, Confirmed: 4, Parked: 1}, []string{"3 objects in Sage, 4 calls confirmed, 1 calls parked", "import a binding of another name"}},
		"something may be":     {Traces{Sending: 1, InDoubt: 2, OnceInDoubt: 5}, []string{"1 calls under way, 2 calls in doubt, 5 calls once in doubt", "mage2sage operation settle"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := &TracesError{"uk", c.traces}
			for _, part := range append(c.says, "binding uk stays with its business") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%v\nwant %q in it", err, part)
				}
			}
		})
	}
}
