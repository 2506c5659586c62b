package servers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// InstallJars fetches what a Maven project depends on into lib in a folder of the cache,
// where it is not there yet, and returns the folder. step takes a line before it does.
func InstallJars(ctx context.Context, name, project string, step func(string, ...any)) (string, error) {
	return cached(name, func(dir string) error {
		for _, program := range []string{"java", "mvn"} {
			if _, err := exec.LookPath(program); err != nil {
				return fmt.Errorf("%s needs java 17 or later and mvn: %w", name, err)
			}
		}
		step("fetching %s with Maven", name)
		file := filepath.Join(dir, "pom.xml")
		if err := os.WriteFile(file, []byte(project), 0o644); err != nil {
			return err
		}
		return command(ctx, dir, "mvn", "-q", "-B", "-f", file, "dependency:copy-dependencies", "-DoutputDirectory="+filepath.Join(dir, "lib"))
	})
}

// JarsInstalled reports whether the cache has them.
func JarsInstalled(name string) bool {
	base, err := cacheDir()
	return err == nil && isDir(filepath.Join(base, name))
}

// processReady is how soon a process beside the servers has to be ready: Debezium reads a
// shop's schema and rows before it is.
const processReady = 3 * time.Minute

// NewProcess is a process beside the servers: it writes to a file, and has started once
// ready returns nil.
func NewProcess(name, logFile string, command func() *exec.Cmd, ready func(context.Context) error) *Process {
	return &Process{name: name, logFile: logFile, command: command, ready: ready, ending: syscall.SIGTERM, within: processReady}
}

// PID is that of the present process; 0 where there is none.
func (p *Process) PID() int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.running == nil {
		return 0
	}
	return p.running.Process.Pid
}

// Cached returns a folder of the cache, which install fills where it is not there yet.
func Cached(name string, install func(dir string) error) (string, error) {
	return cached(name, install)
}
