package servers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	readyWithin = 60 * time.Second
	endsWithin  = 30 * time.Second
	attempts    = 4 // a killed server may hold its port or memory for a moment
)

// A Process is one server. Stop, Kill and Start keep its port and its data, so
// a test can take it away and give it back. The methods may be called by one
// goroutine at a time.
type Process struct {
	name    string
	logFile string                      // takes stdout and stderr
	command func() *exec.Cmd            // a fresh command for each start
	ready   func(context.Context) error // nil as soon as the server answers
	ending  syscall.Signal              // asks for an orderly end
	dying   syscall.Signal              // sent when the parent dies; zero is SIGKILL
	within  time.Duration               // how soon it has to answer; zero is readyWithin

	mutex   sync.Mutex
	running *exec.Cmd
	ended   chan struct{}
}

// Start starts the server and waits until it answers.
func (p *Process) Start(ctx context.Context) error {
	var err error
	for range attempts {
		if err = p.launch(); err != nil {
			return err
		}
		if err = p.awaitReady(ctx); !errors.Is(err, errEndedEarly) {
			break
		}
		if waitErr := wait(ctx, 250*time.Millisecond); waitErr != nil {
			return waitErr
		}
	}
	if err != nil {
		p.Kill()
		return fmt.Errorf("%w; its log ends with:\n%s", err, p.lastWords())
	}
	return nil
}

// Stop asks the server to end and waits for it; after 30 seconds it kills it.
func (p *Process) Stop() { p.end(p.ending) }

// Kill ends the server at once, as a power cut of the process would.
func (p *Process) Kill() { p.end(syscall.SIGKILL) }

// Restart is Stop and then Start.
func (p *Process) Restart(ctx context.Context) error {
	p.Stop()
	return p.Start(ctx)
}

// Ended is closed when the present process of the server has ended.
func (p *Process) Ended() <-chan struct{} {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.ended
}

var errEndedEarly = errors.New("the server ended before it answered")

func (p *Process) launch() error {
	file, err := os.OpenFile(p.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	defer file.Close()
	command := p.command()
	command.Stdout, command.Stderr = file, file
	if command.SysProcAttr == nil {
		command.SysProcAttr = &syscall.SysProcAttr{}
	}
	command.SysProcAttr.Setpgid = true
	command.SysProcAttr.Pdeathsig = p.dying
	if p.dying == 0 {
		command.SysProcAttr.Pdeathsig = syscall.SIGKILL
	}
	if err := onLastingThread(command.Start); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	ended := make(chan struct{})
	p.mutex.Lock()
	p.running, p.ended = command, ended
	p.mutex.Unlock()
	go func() {
		_ = command.Wait()
		close(ended)
	}()
	return nil
}

func (p *Process) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(p.within, readyWithin))
	defer cancel()
	for {
		err := p.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.Ended():
			return errEndedEarly
		case <-ctx.Done():
			return fmt.Errorf("the server did not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p *Process) end(signal syscall.Signal) {
	p.mutex.Lock()
	command, ended := p.running, p.ended
	p.running = nil
	p.mutex.Unlock()
	if command == nil {
		return
	}
	_ = command.Process.Signal(signal)
	select {
	case <-ended:
	case <-time.After(endsWithin):
		_ = command.Process.Kill()
		<-ended
	}
}

func (p *Process) lastWords() string {
	text, err := os.ReadFile(p.logFile)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

var lastingThread = sync.OnceValue(func() chan func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

// onLastingThread calls start on one thread that never ends: Linux sends the
// parent-death signal when the thread that forked ends, not the process.
func onLastingThread(start func() error) error {
	done := make(chan error)
	lastingThread() <- func() { done <- start() }
	return <-done
}
