package sage

import (
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

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
	rates   RateStore
	openFor time.Duration
	token   *breaker // of the token endpoint
	board   *health.Board

	mu       sync.Mutex
	lanes    map[string]*lane   // by business; that of "" is the app's
	delivers map[string]*Client // by binding
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
		api:   newBreaker("sage api", openFor),
		token: newBreaker("sage token endpoint", openFor),
		rates: &localRates{}, lanes: map[string]*lane{}, delivers: map[string]*Client{},
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

// ShareRates has the call rates kept where all processes of the installation see them; without
// it they are the process's own. It is called before there are clients.
func (n *Network) ShareRates(s RateStore) { n.rates = s }

// Through has all calls made by another transport than the network's, which a test has stand for
// Sage. It is called before there are clients.
func (n *Network) Through(t http.RoundTripper) { n.http.Transport = t }

// App is the way to Sage's authorization endpoints; all bindings share it.
func (n *Network) App() *auth.App { return n.app }

// Close drops idle connections.
func (n *Network) Close() { n.http.CloseIdleConnections() }

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
