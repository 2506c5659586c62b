package process

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Registry returns a registry with the metrics of the Go runtime and of the process.
// The stages add their own.
func Registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// ErrTaken is wrapped by ServeMetrics when it cannot listen. Most often another
// process has the address, because stages on one machine share a config file.
var ErrTaken = errors.New("choose another metrics.listen for this process")

// headerTimeout closes connections that send no request, so that they cannot pile up.
// A scraper sends its header at once.
const headerTimeout = 5 * time.Second

// ServeMetrics serves /metrics, /livez and /readyz until ctx ends. /readyz answers 503
// with the error of ready, if there is one. /livez does not ask ready: a restart would
// not bring a broker back. With an empty address it only waits for ctx.
func ServeMetrics(ctx context.Context, at Address, r *prometheus.Registry, ready func(context.Context) error) error {
	if at.Listen == "" {
		<-ctx.Done()
		return nil
	}
	listener, err := net.Listen("tcp", at.Listen)
	if err != nil {
		return fmt.Errorf("metrics: %w: %w", err, ErrTaken)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(r, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set(pipelineHeader, at.Prefix)
		if err := ready(req.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}
