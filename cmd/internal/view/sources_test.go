package view

import (
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/sink/postgres"
)

func TestASourceThatIsTakenFromAnotherPrefixIsSaid(t *testing.T) {
	all := []postgres.FollowedPipeline{{Source: "shop", Prefix: "a"}, {Source: "outlet", Prefix: "b"}}
	for name, c := range map[string]struct{ source, prefix, want string }{
		"its own prefix":              {"shop", "a", ""},
		"another prefix":              {"shop", "b", "mage2sage source move shop --to b"},
		"a source that is not taken":  {"new", "b", ""},
		"the other source of the two": {"outlet", "a", "mage2sage source move outlet --to a"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := NotTaken(all, c.source, c.prefix); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("%q, want %q in it", got, c.want)
			}
		})
	}
}
