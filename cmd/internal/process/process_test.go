package process

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestLogsAreOneJSONObjectALineInUTC(t *testing.T) {
	var out bytes.Buffer
	log := Logger(&out, "info", "json")
	log.Debug().Msg("below the level")
	log.Info().Str("stage", "sink").Msg("started")
	var line map[string]string
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%q: %v", out.String(), err)
	}
	if line["message"] != "started" || line["stage"] != "sink" || line["level"] != "info" || !strings.HasSuffix(line["time"], "Z") {
		t.Errorf("logged %v", line)
	}
}

func TestMetricsAndHealthAreServedUntilTheContextEnds(t *testing.T) {
	address := freeAddress(t)
	ctx, cancel := context.WithCancel(t.Context())
	var broken error
	done := make(chan error, 1)
	go func() {
		done <- ServeMetrics(ctx, Address{address, "m"}, Registry(), func(context.Context) error { return broken })
	}()
	if status, body := get(t, address, "/metrics"); status != 200 || !strings.Contains(body, "go_goroutines") {
		t.Errorf("/metrics answers %d", status)
	}
	if status, _ := get(t, address, "/readyz"); status != 200 {
		t.Errorf("/readyz answers %d while all is well", status)
	}
	broken = errors.New("no broker")
	if status, body := get(t, address, "/readyz"); status != 503 || !strings.Contains(body, "no broker") {
		t.Errorf("/readyz answers %d %q while the broker is away", status, body)
	}
	if status, _ := get(t, address, "/livez"); status != 200 {
		t.Errorf("/livez answers %d while the broker is away: a restart would not help", status)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestAnAddressThatIsTakenSaysSo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	err = ServeMetrics(t.Context(), Address{taken.Addr().String(), "m"}, Registry(), nil)
	if !errors.Is(err, ErrTaken) || !strings.Contains(err.Error(), "metrics.listen") {
		t.Errorf("%v, want an error that names metrics.listen", err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// get asks until somebody listens.
func get(t *testing.T, address, path string) (status int, body string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		res, err := http.Get("http://" + address + path)
		if err == nil {
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			return res.StatusCode, string(text)
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		<-time.After(10 * time.Millisecond)
	}
}
