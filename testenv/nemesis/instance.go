package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mage2sage/mage2sage/schemas/crash"
	"github.com/mage2sage/mage2sage/testenv/pipe"
	"github.com/mage2sage/mage2sage/testenv/ports"
)

// An instance is one process of a stage, which is started again whenever it ends, as systemd
// would.
type instance struct {
	stage, name string
	pipe        *pipe.Pipe

	mutex    sync.Mutex
	running  *pipe.Stage
	crashAt  string      // of the next start; "" is nowhere
	awaited  crash.Point // the point at which the running process is to die; "" is none
	sleeping bool        // it is stopped and to be left alone
	held     bool        // it is not started again
}

// newInstance gives a process a config file, a state and a place for its metrics of its own.
func newInstance(p *pipe.Pipe, stage string, n int) (*instance, error) {
	i := &instance{stage: stage, name: fmt.Sprintf("%s-%d", stage, n)}
	text, err := os.ReadFile(p.Config)
	if err != nil {
		return nil, err
	}
	listen, err := ports.FreeAddress()
	if err != nil {
		return nil, err
	}
	own := *p
	own.Metrics = listen
	own.Config = filepath.Join(p.Dir, i.name+".yaml")
	config := strings.NewReplacer(
		p.Metrics, listen, "list_lag: 0s", "list_lag: 1s", // what the simulator's lists may lag
		"state_dir: "+filepath.Join(p.Dir, "state"), "state_dir: "+filepath.Join(p.Dir, i.name+"-state"),
	).Replace(string(text))
	i.pipe = &own
	return i, os.WriteFile(own.Config, []byte(config), 0o600)
}

// start starts the process, unless it is held.
func (i *instance) start() error {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if i.held {
		return nil
	}
	own := *i.pipe
	point := i.crashAt
	if i.crashAt = ""; point != "" {
		own.Environment = []string{"MAGE2SAGE_CRASH_AT=" + point}
		name, _, _ := strings.Cut(point, ":")
		i.awaited = crash.Point(name)
	}
	running, err := own.Start(i.stage)
	if err != nil {
		return err
	}
	i.running = running
	go i.again(running)
	return nil
}

// again starts the process once more after it has ended.
func (i *instance) again(s *pipe.Stage) {
	<-s.Ended()
	<-time.After(500 * time.Millisecond)
	i.mutex.Lock()
	i.awaited = ""
	i.mutex.Unlock()
	if err := i.start(); err != nil {
		say("%s does not start: %v", i.name, err)
	}
}

// kill is kill -9. What sleeps, or is to die by itself, is left alone.
func (i *instance) kill() bool {
	i.mutex.Lock()
	s, busy := i.running, i.sleeping || i.held || i.awaited != ""
	i.mutex.Unlock()
	if s == nil || busy {
		return false
	}
	s.Kill()
	return true
}

// dieAt kills the process and has the next one die at a point, the nth time that it comes there.
// It reports whether that happened in time, and before it was enough.
func (i *instance) dieAt(p crash.Point, n int, within time.Duration, enough <-chan struct{}) bool {
	i.mutex.Lock()
	if i.sleeping || i.held || i.awaited != "" {
		i.mutex.Unlock()
		return false
	}
	i.crashAt = fmt.Sprintf("%s:%d", p, n)
	s := i.running
	i.mutex.Unlock()
	s.Kill()
	deadline := time.Now().Add(within)
	var doomed *pipe.Stage
	for time.Now().Before(deadline) {
		i.mutex.Lock()
		if i.running != s && i.awaited == p {
			doomed = i.running
		}
		i.mutex.Unlock()
		if doomed != nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if doomed == nil {
		return false
	}
	select {
	case <-doomed.Ended():
		return doomed.Killed()
	case <-enough:
	case <-time.After(time.Until(deadline)):
	}
	doomed.Kill()
	return false
}

// hold ends the process for as long as until is not called.
func (i *instance) hold() {
	i.mutex.Lock()
	i.held = true
	s := i.running
	i.mutex.Unlock()
	if s != nil {
		s.Kill()
	}
}

func (i *instance) release() error {
	i.mutex.Lock()
	i.held = false
	i.mutex.Unlock()
	return i.start()
}
