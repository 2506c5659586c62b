package sage

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

// A Network is what all clients of a process share: connections, the call rate, and
// the breakers of Sage's API and of its token endpoint.
type Network struct {
	config  Config
	http    *http.Client
	api     *breaker
	app     *auth.App
	limiter *rate.Limiter
	openFor time.Duration
	token   *breaker // of the token endpoint
	board   *health.Board

	mu sync.Mutex // guards changes of the limiter's rate
}

// NewNetwork prepares connections; nothing is sent.
func NewNetwork(c Config) *Network { return newNetwork(c, firstOpenFor) }

// newNetwork also takes how long a breaker stays open the first time.
func newNetwork(c Config, openFor time.Duration) *Network {
	n := &Network{
		config: c, openFor: openFor,
		http: &http.Client{
			Transport: &http.Transport{
				DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
				Proxy:               http.ProxyFromEnvironment,
				ForceAttemptHTTP2:   true,
				TLSHandshakeTimeout: 10 * time.Second,
				MaxIdleConnsPerHost: 16,
				IdleConnTimeout:     60 * time.Second,
			},
			// A POST must not be turned into a GET, or sent elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		api:     newBreaker("sage api", openFor),
		token:   newBreaker("sage token endpoint", openFor),
		limiter: rate.NewLimiter(rate.Limit(c.CallsPerSecond), max(1, int(c.CallsPerSecond))),
	}
	n.app = &auth.App{
		ClientID: c.ClientID, ClientSecret: c.ClientSecret, Callback: c.Callback,
		AuthorizeURL: c.AuthorizeURL, TokenURL: c.TokenURL, RevokeURL: c.RevokeURL,
		HTTP: n.http, Breaker: tokenBreaker{n.token},
	}
	return n
}

// ReportTo has breakers that open from now on shown on a board. It is called before
// there are clients.
func (n *Network) ReportTo(board *health.Board) {
	n.board = board
	n.api.trouble.board, n.token.trouble.board = board, board
}

// App is the way to Sage's authorization endpoints; all bindings share it.
func (n *Network) App() *auth.App { return n.app }

// Close drops idle connections.
func (n *Network) Close() { n.http.CloseIdleConnections() }

const (
	// slowestRate, a call in two seconds, is slow enough for any limit that Sage is
	// known to have had (200 a minute), and still finds out when it is lifted.
	slowestRate rate.Limit = 0.5
	// climbSteps is how many calls without a 429 bring a stopped rate back to the
	// configured one. With fewer the rate swings to and fro between two 429s.
	climbSteps = 50
)

// wait returns when the call rate has room for one more call.
func (n *Network) wait(ctx context.Context) error { return n.limiter.Wait(ctx) }

// adapt halves the call rate after a 429, to no less than slowestRate, and lets it
// climb back with every other outcome: down at once, up within some fifty calls.
func (n *Network) adapt(o Outcome) {
	n.mu.Lock()
	defer n.mu.Unlock()
	full, now := rate.Limit(n.config.CallsPerSecond), n.limiter.Limit()
	switch {
	case o == Throttled:
		n.limiter.SetLimit(max(now/2, min(full, slowestRate)))
	case now < full:
		n.limiter.SetLimit(min(full, now+full/climbSteps))
	}
}

// A tokenBreaker is the token endpoint's breaker, as auth sees it.
type tokenBreaker struct{ *breaker }

// Allow implements auth.Breaker.
func (b tokenBreaker) Allow() (func(error), error) {
	report, err := b.allow()
	return func(err error) {
		switch {
		case err == nil:
			report(answered)
		case errors.Is(err, auth.ErrNotCounted):
			report(notCounted)
		default:
			report(failed)
		}
	}, err
}
