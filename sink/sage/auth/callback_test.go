package auth

import (
	"context"
	"errors"
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

// The page is written before the exchange, so it must not promise what may fail yet.
func TestThePageSaysNoMoreThanIsKnown(t *testing.T) {
	for name, c := range map[string]struct {
		query  url.Values
		status int
		want   string
	}{
		"a code":                     {url.Values{"code": {"c"}}, 200, "has got Sage's answer. Whether the shop is connected, connect says"},
		"a denial":                   {url.Values{"error": {"access_denied"}}, 200, "Nothing was connected: no consent was given: Sage says access_denied"},
		"a denial with a name in it": {url.Values{"error": {"<b>Ada</b>"}}, 200, "Nothing was connected: no consent was given: Sage says no reason that we know"},
		"no code":                    {url.Values{}, 200, "Nothing was connected: no consent was given: Sage's answer has no code"},
		"another state":              {url.Values{"code": {"c"}, "state": {"old"}}, 400, "does not belong to the connect that waits now: open the address that it has printed"},
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := newApp(t, says(400, `{"error":"invalid_grant"}`))
			consent, asked, back := begin(t, a)
			if !c.query.Has("state") {
				c.query.Set("state", asked.Get("state"))
			}
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() { _, _ = consent.Wait(ctx); close(ended) }()
			if status, page := back("/callback", c.query); status != c.status || !strings.Contains(page, c.want) || strings.Contains(page, "Ada") {
				t.Errorf("%d %q, want %d %q", status, page, c.status, c.want)
			}
			stop()
			<-ended
		})
	}
}

func TestASecondAnswerHasNoEffectAndIsToldSo(t *testing.T) {
	exchanging, goOn := make(chan struct{}), make(chan struct{})
	a, e := newApp(t, func(w http.ResponseWriter, r *http.Request) {
		close(exchanging)
		<-goOn
		says(200, fresh)(w, r)
	})
	c, asked, back := begin(t, a)
	ended := make(chan error, 1)
	go func() { _, err := c.Wait(t.Context()); ended <- err }()
	back("/callback", url.Values{"code": {"first"}, "state": {asked.Get("state")}})
	<-exchanging
	status, page := back("/callback", url.Values{"code": {"second"}, "state": {asked.Get("state")}})
	if status != http.StatusConflict || !strings.Contains(page, "this one has no effect") {
		t.Errorf("the second answer: %d %q", status, page)
	}
	if err := c.Paste("http://127.0.0.1:0/callback?code=third&state=" + asked.Get("state")); !errors.Is(err, errTaken) {
		t.Errorf("a pasted one: %v, want that it has no effect", err)
	}
	close(goOn)
	if err := <-ended; err != nil || len(e.asked()) != 1 || e.asked()[0].Get("code") != "first" {
		t.Errorf("%v after %d exchanges; want one, of the first code", err, len(e.asked()))
	}
}

func TestAPastedAnswerNeedsNoCallback(t *testing.T) {
	a, e := newApp(t, says(200, fresh))
	a.Callback = "shop.example:8765" // not of this machine
	c := a.NewPastedConsent()
	defer c.Close()
	for name, wrong := range map[string]struct{ text, want string }{
		"the code alone":              {"GB/7f3a", "copy the whole address that begins with http://shop.example:8765/callback"},
		"the address of the question": {c.URL(), "copy the whole address"},
		"no address at all":           {"http://%zz", "copy the whole address"},
		"the answer to another":       {"http://shop.example:8765/callback?code=c&state=old", "does not belong to the connect that waits now"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.Paste(wrong.text); err == nil || !strings.Contains(err.Error(), wrong.want) {
				t.Errorf("%v, want %q", err, wrong.want)
			}
		})
	}
	if err := c.Paste("  http://shop.example:8765/callback?code=ours&country=GB&state=" + c.state + "\n"); err != nil {
		t.Fatal(err)
	}
	if pair, err := c.Wait(t.Context()); err != nil || pair.Refresh != "r1" || e.asked()[0].Get("code") != "ours" {
		t.Errorf("%v; want the pair of the pasted code", err)
	}
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
