package main

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/cmd/internal/process"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// silent accepts connections and never answers.
func silent(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// statusOf runs status over servers, beside a process that says what troubles it, and fails
// when a person waits for longer than 3 s.
func statusOf(t *testing.T, brokers, postgres, troubles string) (code int, said string) {
	t.Helper()
	at := process.Address{Listen: freeAddress(t), Prefix: "mage2sage"}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- process.ServeMetrics(ctx, at, process.Registry(), func(context.Context) error { return trouble(troubles) })
	}()
	defer func() { stop(); <-served }()
	for _, err := process.Ask(ctx, at); err != nil; _, err = process.Ask(ctx, at) {
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	file := exitFile(t, brokers, postgres)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), `metrics: {listen: ""}`, `metrics: {listen: "`+at.Listen+`"}`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	code, said = exitOf(t, t.Context(), "--config", file, "status")
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %s", took)
	}
	return code, said
}

type trouble string

func (t trouble) Error() string { return string(t) }

// freeAddress is one where nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestStatusAnswersWithinThreeSecondsWhateverIsAway(t *testing.T) {
	const refused = "127.0.0.1:1"
	since := "capture: broker: kafka: the broker does not answer since 2026-01-31T12:00:00Z: start it"
	for name, c := range map[string]struct{ kafka, postgres string }{
		"both refuse":        {refused, refused},
		"both do not answer": {silent(t), silent(t)},
		"Kafka hangs":        {silent(t), refused},
		"Postgres hangs":     {refused, silent(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, said := statusOf(t, c.kafka, "postgres://x@"+c.postgres+"/x", since+"\nno broker answers")
			first, _, _ := strings.Cut(said, "\n")
			for _, part := range []string{"capture, transform and sink wait for the broker: kafka: no broker answers", " since 2026-01-31T12:00:00Z: start it", "postgres does not answer", "start it or correct"} {
				if !strings.Contains(first, part) {
					t.Errorf("%q is not in %s", part, first)
				}
			}
			if code != exitPerson || strings.Count(first, "no broker answers") != 1 {
				t.Errorf("exit code %d: %s", code, first)
			}
		})
	}
}

func TestStatusSaysWhatPostgresKnowsWhileKafkaIsAway(t *testing.T) {
	dsn := servers.DatabaseForTest(t)
	if code, said := exitOf(t, t.Context(), "--config", exitFile(t, "127.0.0.1:1", dsn), "migrate"); code != exitWell {
		t.Fatal(said)
	}
	_, said := statusOf(t, silent(t), dsn, "")
	first, _, _ := strings.Cut(said, "\n")
	if !strings.Contains(first, "there is no binding") || !strings.Contains(first, "kafka: no broker answers") {
		t.Errorf("it says %s", said)
	}
}
