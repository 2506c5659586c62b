package servers

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/mage2sage/mage2sage/testenv/ports"
)

const modulePath = "github.com/mage2sage/mage2sage"

// A Sage is the simulator of Sage Business Cloud Accounting (testenv/sagesim).
// It keeps its books in memory: after a restart they are empty.
type Sage struct {
	*Process
	// URL is the base of its API, of its OAuth pages and of its own controls.
	URL string
}

func (s *Set) startSage(ctx context.Context, options Options) error {
	program, err := s.build(ctx, "sagesim")
	if err != nil {
		return err
	}
	port, err := ports.Free()
	if err != nil {
		return err
	}
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	args := append([]string{"--listen", addr, "--auto-consent"}, options.SageArgs...)
	server := &Sage{URL: "http://" + addr}
	server.Process = &Process{
		name:    "sage",
		logFile: filepath.Join(s.dir.path, "log", "sage.log"),
		command: func() *exec.Cmd { return exec.Command(program, args...) },
		ready:   func(ctx context.Context) error { return pingHTTP(ctx, server.URL) },
		ending:  syscall.SIGTERM,
	}
	s.Sage = server
	return server.Start(ctx)
}

// build compiles a program of testenv; the working folder must be inside the module.
func (s *Set) build(ctx context.Context, name string) (string, error) {
	s.step("building %s", name)
	program := filepath.Join(s.dir.path, "bin", name)
	return program, command(ctx, "", "go", "build", "-o", program, modulePath+"/testenv/"+name)
}

// pingHTTP takes any answer: the server is up.
func pingHTTP(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}
