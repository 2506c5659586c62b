package pipe

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// A Stage is a running process of the binary.
type Stage struct {
	Name string
	Log  string // file that its output is appended to
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// Start starts a stage; it dies with this process.
func (p *Pipe) Start(name string) (*Stage, error) {
	s := &Stage{Name: name, Log: filepath.Join(p.Dir, name+".log"), done: make(chan struct{})}
	log, err := os.OpenFile(s.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer log.Close()
	s.cmd = p.Command(context.Background(), name)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.done)
	}()
	return s, nil
}

// Kill is kill -9; it returns when the process is gone.
func (s *Stage) Kill() {
	s.cmd.Process.Kill()
	<-s.done
}

// Signal sends a signal, such as SIGSTOP.
func (s *Stage) Signal(signal os.Signal) { s.cmd.Process.Signal(signal) }

// Stop is SIGTERM, and kill -9 after ten seconds.
func (s *Stage) Stop() error {
	s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
		return s.err
	case <-time.After(10 * time.Second):
		s.Kill()
		return fmt.Errorf("%s did not stop within 10 s", s.Name)
	}
}

// Ended is closed when the process has ended.
func (s *Stage) Ended() <-chan struct{} { return s.done }

// Killed reports whether the process, which has ended, died of SIGKILL.
func (s *Stage) Killed() bool {
	status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// Err tells how an ended process ended, with its last words.
func (s *Stage) Err() error {
	select {
	case <-s.done:
		return fmt.Errorf("%s ended (%v):\n%s", s.Name, s.err, tail(s.Log, 5))
	default:
		return nil
	}
}

// A Document is a line of `mage2sage documents -o json`.
type Document struct {
	Key          string       `json:"key"` // invoice:12
	Kind         string       `json:"kind"`
	Number       string       `json:"number"`
	State        string       `json:"state"`
	Reason       string       `json:"reason"`
	Hint         string       `json:"hint"`
	Currency     string       `json:"currency"`
	MagentoTotal money.Amount `json:"magento_total"`
	SageTotal    money.Amount `json:"sage_total"`
	Difference   money.Amount `json:"difference"`
}

// Documents runs `mage2sage documents -o json`.
func (p *Pipe) Documents(ctx context.Context) ([]Document, error) {
	out, err := p.Run(ctx, "documents", "-o", "json")
	if err != nil {
		return nil, err
	}
	var all []Document
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	return all, nil
}
