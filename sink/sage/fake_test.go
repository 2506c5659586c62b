package sage

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

// A fake is Sage without a network, so that a test can have its own time: it notes
// the calls and answers each with what answer says. It is an http.RoundTripper.
type fake struct {
	calls  []call
	answer func(w http.ResponseWriter, c call)
}

// A call is what Sage was sent.
type call struct{ method, url, business, token, contentType, body string }

// RoundTrip answers one call; a status of 0 is a connection that is cut off.
func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	c := call{method: r.Method, url: r.URL.RequestURI(), business: r.Header.Get("X-Business"), token: r.Header.Get("Authorization"), contentType: r.Header.Get("Content-Type")}
	if r.Body != nil {
		text, _ := io.ReadAll(r.Body)
		c.body = string(text)
	}
	f.calls = append(f.calls, c)
	w := httptest.NewRecorder()
	f.answer(w, c)
	if w.Code == silent {
		return nil, errors.New("connection reset")
	}
	return w.Result(), nil
}

// silent is the status of a connection that is cut off.
const silent = 999

// urls are the methods and addresses of the calls so far.
func (f *fake) urls() (all []string) {
	for _, c := range f.calls {
		all = append(all, c.method+" "+c.url)
	}
	return all
}

// always answers every call alike.
func always(status int, body string, header ...string) func(http.ResponseWriter, call) {
	return func(w http.ResponseWriter, _ call) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// clientOf returns a client of that fake.
func (f *fake) client() *Client { return clientOn(f.network()) }

func (f *fake) network() *Network {
	c := DefaultConfig()
	c.RequestTimeout, c.CallsPerSecond, c.CallsPerSecondPerBusiness = time.Second, 1e6, 1e6
	n := NewNetwork(c)
	n.http.Transport = f
	return n
}

func clientOn(n *Network) *Client { return NewClient(n, steady{}, "b", "biz") }

// steady gives one token, and another one for one that was refused.
type steady struct{}

func (steady) Token(context.Context) (secret.String, error)                { return "token", nil }
func (steady) Renew(context.Context, secret.String) (secret.String, error) { return "token2", nil }

// broken gives no token.
type broken struct{ err error }

func (b broken) Token(context.Context) (secret.String, error)                { return "", b.err }
func (b broken) Renew(context.Context, secret.String) (secret.String, error) { return "", b.err }

// post makes one document.
func post(t *testing.T, c *Client) error {
	t.Helper()
	p, err := c.Admit(t.Context(), Documents)
	if err != nil {
		return err
	}
	_, err = p.CreateInvoice(t.Context(), []byte(`{}`))
	return err
}
