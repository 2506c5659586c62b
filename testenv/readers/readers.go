// Package readers has what others read the topics with, so that tests can hold them against
// what docs/topics.md promises:
//
//	StartRegistry   a schema registry with Confluent's API (Apicurio Registry, in memory)
//	ReadJSON        Confluent's Python client with its JSON deserializer
//	RunFlink        Flink's SQL, with a cluster inside the process
//
// Install fetches them once into the cache of the test servers. They need java 17 or later,
// Maven, and Python with pip.
package readers

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// An installation is one of them: its folder in the cache, and what fills it.
type installation struct {
	name    string
	install func(ctx context.Context, name string, step func(string, ...any)) (dir string, err error)
}

var (
	registry  = installation{"apicurio-" + registryVersion, installRegistry}
	confluent = installation{"confluent-kafka-" + confluentVersion, installConfluent}
	flink     = installation{"flink-" + flinkVersion, installFlink}
)

// Install fetches what is missing.
func Install(ctx context.Context, log io.Writer) error {
	step := func(format string, args ...any) { fmt.Fprintf(log, "testenv: "+format+"\n", args...) }
	for _, i := range []installation{registry, confluent, flink} {
		if _, err := i.install(ctx, i.name, step); err != nil {
			return fmt.Errorf("install %s: %w", i.name, err)
		}
	}
	return nil
}

// forTest returns the folder of one of them. It skips a test where READERS does not ask for
// them: they are more processes of Java beside tests that watch the clock.
func (i installation) forTest(t testing.TB) string {
	t.Helper()
	if os.Getenv("READERS") == "" {
		t.Skipf("nobody asked for %s: make readers", i.name)
	}
	if !servers.JarsInstalled(i.name) {
		t.Fatalf("%s is not installed: READERS=1 make install", i.name)
	}
	dir, err := i.install(t.Context(), i.name, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// dependency is one of a Maven project; more are further elements of it.
func dependency(group, artifact, version, more string) string {
	return fmt.Sprintf("  <dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version>%s</dependency>\n", group, artifact, version, more)
}

// project is a Maven project of dependencies.
func project(name string, dependencies ...string) string {
	return "<project>\n <modelVersion>4.0.0</modelVersion>\n <groupId>mage2sage</groupId><artifactId>" + name + "</artifactId><version>1</version>\n <dependencies>\n" +
		strings.Join(dependencies, "") + " </dependencies>\n</project>\n"
}

// run runs a program to its end and returns what it printed; an error has what it said.
func run(cmd *exec.Cmd) (string, error) {
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s %s", filepath.Base(cmd.Path), err, said.String(), out)
	}
	return string(out), err
}
