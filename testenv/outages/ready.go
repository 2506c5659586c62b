package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/testenv/pipe"
	"github.com/mage2sage/mage2sage/testenv/ports"
)

// metricsLine is where a config file says where readiness is asked.
var metricsLine = regexp.MustCompile(`metrics: \{listen: (.*)\}`)

// withReadiness gives a process the config file as it is now, with an address of its own
// for /readyz; the first has that of the file, where status asks it.
func (i *installation) withReadiness(name string) (*pipe.Pipe, error) {
	text, err := os.ReadFile(i.pipe.Config)
	if err != nil {
		return nil, err
	}
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if i.readyAt[name] == "" {
		i.readyAt[name] = metricsLine.FindStringSubmatch(string(text))[1]
		if name != i.names[0] {
			if i.readyAt[name], err = ports.FreeAddress(); err != nil {
				return nil, err
			}
		}
	}
	own := *i.pipe
	own.Config = filepath.Join(i.pipe.Dir, name+".yaml")
	return &own, os.WriteFile(own.Config, metricsLine.ReplaceAll(text, []byte("metrics: {listen: "+i.readyAt[name]+"}")), 0o600)
}

// ready asks every process at /readyz: "503 capture, 200 transform, none sink".
func (i *installation) ready(ctx context.Context) string {
	var all []string
	for _, name := range i.names {
		all = append(all, i.readiness(ctx, name)+" "+name)
	}
	return strings.Join(all, ", ")
}

func (i *installation) readiness(ctx context.Context, name string) string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	i.mutex.Lock()
	at := i.readyAt[name]
	i.mutex.Unlock()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at+"/readyz", nil)
	if err != nil {
		return "none"
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return "none"
	}
	answer.Body.Close()
	return fmt.Sprint(answer.StatusCode)
}
