package servers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// unpacked is a folder with packages and all that they need, the C library among it.
type unpacked struct{ root string }

// run is a command with the unpacked C library in place of the host's.
func (u unpacked) run(program string, args ...string) *exec.Cmd {
	words := u.words(program)
	return exec.Command(words[0], append(words[1:], args...)...)
}

func (u unpacked) words(program string) []string {
	path := u.path(program)
	libraries := make([]string, 0, 4)
	loaders, _ := filepath.Glob(u.path("lib*/*/ld-linux*"))
	if len(loaders) == 0 { // newer suites have one folder for all libraries
		loaders, _ = filepath.Glob(u.path("usr/lib*/*/ld-linux*"))
	}
	for _, folder := range []string{"usr/lib/*-linux-gnu", "lib/*-linux-gnu", "usr/lib/mysql/private"} {
		found, _ := filepath.Glob(u.path(folder))
		libraries = append(libraries, found...)
	}
	if len(loaders) == 0 {
		return []string{path}
	}
	return []string{loaders[0], "--library-path", strings.Join(libraries, ":"), "--argv0", path, path}
}

func (u unpacked) path(name string) string { return filepath.Join(u.root, name) }

// wrappers writes shell scripts that run client programs from anywhere.
func (u unpacked) wrappers(dir string, programs []string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make wrappers: %w", err)
	}
	for _, program := range programs {
		words := u.words(filepath.Join("usr/bin", program))
		for i, word := range words {
			words[i] = Quote(word)
		}
		script := "#!/bin/sh\nexec " + strings.Join(words, " ") + " \"$@\"\n"
		if err := os.WriteFile(filepath.Join(dir, program), []byte(script), 0o755); err != nil {
			return "", fmt.Errorf("make wrappers: %w", err)
		}
	}
	return dir, nil
}
