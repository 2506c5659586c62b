package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/process"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

// A log is a buffer that stages may write to at the same time.
type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// newDeps has a broker, a log and no metrics listener.
func newDeps(t *testing.T) (deps, *log) {
	t.Helper()
	broker, err := embedded.Start(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	topics := topic.Dial([]string{broker.Addr})
	t.Cleanup(topics.Close)
	lines := &log{}
	c := config.Default()
	c.Metrics.Listen = ""
	return deps{config: c, topics: topics, log: zerolog.New(lines), registry: process.Registry()}, lines
}

// untilEnd is a stage that runs until it is told to end.
func untilEnd(ended *bool) stage {
	return stage{name: "patient", run: func(ctx context.Context, _ deps) error {
		<-ctx.Done()
		*ended = true
		return ctx.Err()
	}}
}

func TestAStageThatFailsEndsTheOthersAndIsNamed(t *testing.T) {
	d, lines := newDeps(t)
	var ended bool
	failing := stage{name: "capture", run: func(context.Context, deps) error { return errors.New("no binary log") }}
	err := serve(t.Context(), d, untilEnd(&ended), failing)
	if err == nil || err.Error() != "capture: no binary log" {
		t.Errorf("%v, want the stage and its error", err)
	}
	if !ended {
		t.Error("the other stage was not ended")
	}
	if !strings.Contains(lines.String(), "stopped") {
		t.Errorf("the log does not tell the end: %s", lines)
	}
}

func TestStagesThatAreToldToEndEndWell(t *testing.T) {
	d, _ := newDeps(t)
	ctx, stop := context.WithCancel(t.Context())
	stopping := stage{name: "stopping", run: func(context.Context, deps) error { stop(); return nil }}
	var ended bool
	if err := serve(ctx, d, untilEnd(&ended), stopping); err != nil || !ended {
		t.Errorf("%v, ended %v; want no error", err, ended)
	}
}

func TestAMetricsPortThatIsTakenKeepsNoStageFromItsWork(t *testing.T) {
	d, lines := newDeps(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	d.config.Metrics.Listen = taken.Addr().String()
	worked := false
	working := stage{name: "working", run: func(ctx context.Context, _ deps) error {
		for !strings.Contains(lines.String(), "metrics are not served") {
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		worked = true
		return errors.New("enough")
	}}
	if err := serve(t.Context(), d, working); err == nil || err.Error() != "working: enough" || !worked {
		t.Errorf("%v; want the stage to have worked although the port is taken", err)
	}
	if !strings.Contains(lines.String(), "metrics.listen") {
		t.Errorf("the log does not say what to change: %s", lines)
	}
}

func TestABrokerThatDoesNotAnswerIsSaidBeforeAnyStageBegins(t *testing.T) {
	d, _ := newDeps(t)
	d.topics = topic.Dial([]string{"127.0.0.1:1"})
	defer d.topics.Close()
	began := false
	err := serve(t.Context(), d, stage{name: "eager", run: func(context.Context, deps) error { began = true; return nil }})
	var unreachable *topic.UnreachableError
	if !errors.As(err, &unreachable) || began {
		t.Errorf("%v, began %v; want an UnreachableError and no stage", err, began)
	}
}
