package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// interruptibleEnv makes a run of the test binary behave as a process that is slow to
// end: it waits for the first signal, says so, and then waits for ever.
const interruptibleEnv = "TEST_INTERRUPTIBLE"

func TestMain(m *testing.M) {
	if os.Getenv(interruptibleEnv) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := Interruptible(context.Background())
	defer stop()
	fmt.Println("waiting")
	<-ctx.Done()
	fmt.Println("ending")
	select {}
}

func TestTheFirstSignalEndsTheContextAndTheSecondTheProcess(t *testing.T) {
	for name, c := range map[string]struct{ first, second syscall.Signal }{
		"SIGTERM twice":        {syscall.SIGTERM, syscall.SIGTERM},
		"SIGINT twice":         {syscall.SIGINT, syscall.SIGINT},
		"SIGTERM, then Ctrl-C": {syscall.SIGTERM, syscall.SIGINT},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0])
			cmd.Env = append(os.Environ(), interruptibleEnv+"=1")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			expect := func(want string) {
				t.Helper()
				if !lines.Scan() || lines.Text() != want {
					t.Fatalf("it says %q, want %q", lines.Text(), want)
				}
			}
			expect("waiting")
			if err := cmd.Process.Signal(c.first); err != nil {
				t.Fatal(err)
			}
			expect("ending")
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			err = untilEnded(ended, func() { cmd.Process.Signal(c.second) })
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != c.second {
				t.Errorf("it ended with %v, want the second signal", err)
			}
		})
	}
}

// untilEnded repeats a signal, because the context ends a moment before signals have
// their default effect again.
func untilEnded(ended <-chan error, send func()) error {
	for {
		send()
		select {
		case err := <-ended:
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestTheContextEndsWithItsParentAndWithItsCancelFunction(t *testing.T) {
	parent, cancel := context.WithCancel(t.Context())
	ctx, stop := Interruptible(parent)
	defer stop()
	cancel()
	<-ctx.Done()
	ctx, stop = Interruptible(t.Context())
	if ctx.Err() != nil {
		t.Fatal("it has ended before any signal")
	}
	stop()
	<-ctx.Done()
}
