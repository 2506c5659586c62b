package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/cmd/internal/process"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
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

// TestStatusAsksForNothingThatNobodyAskedFor has Postgres away: of capture and transform it is no matter.
func TestStatusAsksForNothingThatNobodyAskedFor(t *testing.T) {
	cluster, _ := ofThree(t, "")
	file := exitFile(t, cluster.ListenAddrs()[0], "postgres://x@127.0.0.1:1/x")
	for of, want := range map[string]int{"capture,transform": 0, "run": 2} { // in the verdict and beside it
		_, said := exitOf(t, t.Context(), "--config", file, "status", "-o", "json", "--for", of)
		if strings.Count(said, "postgres does not answer") != want {
			t.Errorf("of %s it says\n%s", of, said)
		}
	}
}

// TestStatusAsksTheSourceForCaptureAlone has a source that hangs up on everybody.
func TestStatusAsksTheSourceForCaptureAlone(t *testing.T) {
	source, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	var calls atomic.Int32
	go func() {
		for c, err := source.Accept(); err == nil; c, err = source.Accept() {
			calls.Add(1)
			c.Close()
		}
	}()
	cluster, _ := ofThree(t, "")
	topics := topic.Dial(cluster.ListenAddrs())
	defer topics.Close()
	checkpoint, err := topic.CheckpointRecord("shop", change.Checkpoint{Epoch: 1})
	if err == nil {
		err = topics.Ensure(t.Context(), []topic.Spec{{Name: "mage2sage.offsets", Partitions: 1}})
	}
	if err == nil {
		_, err = topics.Produce(t.Context(), "mage2sage.offsets", 0, []topic.Record{checkpoint})
	}
	if err != nil {
		t.Fatal(err)
	}
	file := configFile(t, fmt.Sprintf("source: {host: 127.0.0.1, port: %d, user: m, password: p, database: d}\nkafka: {brokers: ['%s']}\nmetrics: {listen: ''}\n",
		source.Addr().(*net.TCPAddr).Port, cluster.ListenAddrs()[0]))
	for _, of := range []string{"transform", "capture"} {
		_, said := exitOf(t, t.Context(), "--config", file, "status", "--for", of)
		if asked := of == "capture"; asked != (calls.Load() > 0) || asked != strings.Contains(said, "\nlog ") {
			t.Errorf("of %s the source is called %d times, and status says\n%s", of, calls.Load(), said)
		}
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
