package sink

import (
	"flag"
	"os"
	"runtime"
	"strconv"
	"testing"
)

// worlds is how many tests run at once: each has a broker, a database and a Sage of its
// own, and waits most of the time for a window or a clock.
const worlds = 8

func TestMain(m *testing.M) {
	if settings := os.Getenv(sleeperEnv); settings != "" {
		sleeper(settings)
	}
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		f.Value.Set(strconv.Itoa(worlds))
	}
	os.Exit(m.Run())
}
