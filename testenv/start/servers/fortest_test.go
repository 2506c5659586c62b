package servers_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// A verdict is a testing.TB that notes how a test ended.
type verdict struct {
	testing.TB
	said string
}

func (v *verdict) Helper() {}

func (v *verdict) Fatalf(format string, args ...any) { v.end("fail", format, args...) }

func (v *verdict) Skipf(format string, args ...any) { v.end("skip", format, args...) }

func (v *verdict) end(how, format string, args ...any) {
	v.said = how + ": " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestAMissingServerSkipsATestUnlessItIsRequired(t *testing.T) {
	for name, c := range map[string]struct{ variable, required, want string }{
		"not installed":              {"", "", "skip: source is not installed: go run ./testenv/start --install"},
		"not installed and required": {"", "required", "fail: source is required and not installed: go run ./testenv/start --install"},
		"named by the environment":   {"root@tcp(db:3306)/", "required", "root@tcp(db:3306)/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_CACHE_HOME", t.TempDir()) // nothing is installed there
			t.Setenv("SOURCE", "mariadb-10.11")
			t.Setenv("TESTENV_MARIADB", c.variable)
			t.Setenv("TESTENV", c.required)
			v := &verdict{}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				v.said = servers.SourceForTest(v)
			}()
			<-ended
			if v.said != c.want {
				t.Errorf("got %q, want %q", v.said, c.want)
			}
		})
	}
}
