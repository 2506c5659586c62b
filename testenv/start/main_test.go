package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary be the supervisor: its children must be seen to die with it.
func TestMain(m *testing.M) {
	if os.Getenv("BE_SUPERVISOR") != "" {
		main()
	}
	os.Exit(m.Run())
}

func supervisor(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), "BE_SUPERVISOR=1")
	return command
}

func TestTheCommandSeesTheServersAndItsStatusIsOurs(t *testing.T) {
	command := supervisor(t, "--only", "kafka", "--", "sh", "-c", `echo "$TESTENV_KAFKA"; exit 7`)
	out, err := command.Output()
	if err == nil || command.ProcessState.ExitCode() != 7 {
		t.Fatalf("exit status is %d (%v), want 7", command.ProcessState.ExitCode(), err)
	}
	if !strings.HasPrefix(string(out), "127.0.0.1:") {
		t.Errorf("the command saw TESTENV_KAFKA=%q", out)
	}
}

func TestServersEndWithTheirSupervisor(t *testing.T) {
	for name, signal := range map[string]syscall.Signal{"on SIGTERM": syscall.SIGTERM, "on kill -9": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "env")
			command := supervisor(t, "--only", "kafka", "--env-file", file)
			out, err := command.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = command.Process.Kill() })
			line, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if text, err := os.ReadFile(file); err != nil || !bytes.HasPrefix(text, []byte(line)) {
				t.Errorf("the env file holds %q (%v), want %q", text, err, line)
			}
			program := "kafkabroker"
			if os.Getenv("KAFKA") == "real" {
				program = "java"
			}
			broker := child(t, command.Process.Pid, program)
			if err := command.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = command.Wait()
			requireGone(t, broker)
		})
	}
}

// child returns the id of the process that pid started from a file called name.
func child(t *testing.T, pid int, name string) string {
	t.Helper()
	tasks, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, task := range tasks {
		folder := filepath.Dir(task)
		text, _ := os.ReadFile(task)
		stat, _ := os.ReadFile(filepath.Join(folder, "stat"))
		program, _, _ := bytes.Cut(text, []byte{0})
		_, afterName, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(afterName) // state, parent, …
		if filepath.Base(string(program)) == name && len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			return filepath.Base(folder)
		}
	}
	t.Fatalf("process %d has no child %s", pid, name)
	return ""
}

func requireGone(t *testing.T, pid string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		<-time.After(20 * time.Millisecond)
	}
	t.Fatalf("process %s outlived its supervisor", pid)
}
