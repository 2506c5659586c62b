package process

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
)

// An Address is where a process answers, and whose it is: several may run on a machine,
// and other programs like the same ports.
type Address struct {
	Listen string // host:port; "" is nowhere
	Prefix string // of its topics
}

// pipelineHeader has the prefix in the answers of /readyz.
const pipelineHeader = "Mage2sage-Prefix"

// longestReasons bounds what is read of an answer.
const longestReasons = 64 << 10

// ErrNotAsked is returned by Ask where no process of ours answers.
var ErrNotAsked = errors.New("no process of this prefix answers on this machine")

// Ask asks the process at an address of this machine, at its /readyz, what keeps its stages
// from their work: they know since when, and say so while the broker that has their
// heartbeats is away. None is that all of them work.
func Ask(ctx context.Context, at Address) (reasons []string, err error) {
	host, port, err := net.SplitHostPort(at.Listen)
	if err != nil {
		return nil, ErrNotAsked
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return nil, ErrNotAsked
	}
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return nil, ErrNotAsked
	}
	defer answer.Body.Close()
	if answer.Header.Get(pipelineHeader) != at.Prefix {
		return nil, ErrNotAsked
	}
	if answer.StatusCode != http.StatusServiceUnavailable {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, longestReasons))
	if err != nil {
		return nil, ErrNotAsked
	}
	return strings.FieldsFunc(string(body), func(r rune) bool { return r == '\n' }), nil
}
