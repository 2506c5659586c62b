//go:build crashpoints

package crash

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

var (
	wanted, count = fromEnvironment()
	passed        atomic.Int64
)

// fromEnvironment reads the point at which to die, and at the how manieth time.
func fromEnvironment() (Point, int64) {
	name, times, _ := strings.Cut(os.Getenv("MAGE2SAGE_CRASH_AT"), ":")
	n, err := strconv.ParseInt(times, 10, 64)
	if err != nil {
		n = 1
	}
	return Point(name), n
}

// At is a point at which the process can be made to die. SIGKILL leaves nobody time to tidy up.
func At(p Point) {
	if p == wanted && passed.Add(1) == count {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}
