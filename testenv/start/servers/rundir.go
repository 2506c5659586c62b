package servers

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const runPattern = "mage2sage-testenv-"

// A runDir holds the data of one Set. A temporary one is locked while its Set
// lives, so that a later run can tell the leavings of a killed one and clear
// them away.
type runDir struct {
	path      string
	temporary bool
	lock      *os.File
}

// openRunDir makes path, or a temporary folder when path is empty. The folder
// can be entered by all: Postgres refuses root and runs as another user.
func openRunDir(path string) (*runDir, error) {
	dir := &runDir{temporary: path == ""}
	if dir.temporary {
		sweep()
		made, err := os.MkdirTemp("", runPattern)
		if err != nil {
			return nil, fmt.Errorf("make run folder: %w", err)
		}
		path = made
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	dir.path = absolute
	if err := os.MkdirAll(filepath.Join(absolute, "log"), 0o755); err != nil {
		return nil, fmt.Errorf("make run folder: %w", err)
	}
	if err := os.Chmod(absolute, 0o755); err != nil {
		return nil, fmt.Errorf("open run folder: %w", err)
	}
	dir.lock, err = lockFile(filepath.Join(absolute, "lock"), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return nil, fmt.Errorf("another set of servers runs in %s: %w", absolute, err)
	}
	return dir, nil
}

func (d *runDir) close() {
	if d.temporary {
		_ = os.RemoveAll(d.path)
	}
	_ = d.lock.Close()
}

// sweep removes the folders of runs that were killed before they could.
func sweep() {
	stale, _ := filepath.Glob(filepath.Join(os.TempDir(), runPattern+"*", "lock"))
	for _, file := range stale {
		if info, err := os.Stat(file); err != nil || time.Since(info.ModTime()) < time.Minute {
			continue // perhaps made just now and not locked yet
		}
		lock, err := lockFile(file, syscall.LOCK_EX|syscall.LOCK_NB)
		if err != nil {
			continue
		}
		_ = os.RemoveAll(filepath.Dir(file))
		_ = lock.Close()
	}
}

// lockFile opens path and takes its lock, which ends with the file or the process.
func lockFile(path string, how int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), how); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}
