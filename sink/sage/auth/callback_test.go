package auth

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A person who has answered must see a page: a browser's "connection reset" makes
// them try again. A refusal ends the wait at once, so its page is the one at risk.
func TestTheBrowserGetsItsPageBeforeTheListenerCloses(t *testing.T) {
	for range 1000 {
		app := &App{ClientID: "id", ClientSecret: "secret", AuthorizeURL: "http://127.0.0.1:1/auth", TokenURL: "http://127.0.0.1:1/token", Callback: freePort(t)}
		consent, err := app.NewConsent()
		if err != nil {
			t.Fatal(err)
		}
		page := make(chan string, 1)
		go func() { page <- visit(app, consent) }()
		if _, err := consent.Wait(t.Context()); err == nil || !strings.Contains(err.Error(), "access_denied") {
			t.Fatalf("%v; want the refusal", err)
		}
		if got := <-page; !strings.Contains(got, "You may close this window") {
			t.Fatalf("the browser got %q", got)
		}
	}
}

// visit is a browser that comes back from Sage with a refusal.
func visit(app *App, c *Consent) string {
	address, err := url.Parse(c.URL())
	if err != nil {
		return err.Error()
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get("http://" + app.Callback + "/callback?error=access_denied&state=" + url.QueryEscape(address.Query().Get("state")))
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
