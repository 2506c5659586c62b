package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// begin starts a consent and returns the query of its address and a function that
// is the browser on its way back.
func begin(t *testing.T, a *App) (c *Consent, asked url.Values, back func(path string, q url.Values) (status int, page string)) {
	t.Helper()
	c, err := a.NewConsent()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	u, err := url.Parse(c.URL())
	if err != nil || !strings.HasPrefix(c.URL(), a.AuthorizeURL+"?") {
		t.Fatalf("the address is %s, %v; want one of %s", c.URL(), err, a.AuthorizeURL)
	}
	return c, u.Query(), func(path string, q url.Values) (int, string) {
		res, err := http.Get("http://" + c.listener.Addr().String() + path + "?" + q.Encode())
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		defer res.Body.Close()
		page, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(page)
	}
}

func TestTheQuestionHoldsWhatSageAsksForAndAHashOfTheVerifier(t *testing.T) {
	a, _ := newApp(t, says(200, fresh))
	c, asked, _ := begin(t, a)
	hash := sha256.Sum256([]byte(c.verifier))
	for key, want := range map[string]string{
		"client_id": "id", "response_type": "code", "scope": "full_access", "filter": "apiv3.1",
		"redirect_uri":          "http://127.0.0.1:0/callback", // as configured: Sage compares every character
		"code_challenge_method": "S256", "code_challenge": base64.RawURLEncoding.EncodeToString(hash[:]),
	} {
		if got := asked.Get(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	other, askedAgain, _ := begin(t, a)
	if len(asked.Get("state")) < 20 || asked.Get("state") == askedAgain.Get("state") || c.verifier == other.verifier {
		t.Error("state or verifier can be guessed")
	}
	if text := c.URL(); strings.Contains(text, "secret") || strings.Contains(text, c.verifier) {
		t.Errorf("the address %s gives a secret away", text)
	}
}

func TestACodeIsExchangedForTheFirstPair(t *testing.T) {
	a, e := newApp(t, says(200, fresh))
	c, asked, back := begin(t, a)
	go back("/callback", url.Values{"code": {"GB/7f3a"}, "state": {asked.Get("state")}, "country": {"GB"}})
	pair, err := c.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if pair.Access != "a1" || pair.Refresh != "r1" || pair.RefreshInFlight {
		t.Error("this is not the pair of the answer")
	}
	if life := time.Until(pair.AccessExpiresAt); life < 290*time.Second || life > 300*time.Second {
		t.Errorf("the access token lives for %s, want the 300 s of the answer", life)
	}
	if life := time.Until(pair.RefreshExpiresAt).Round(time.Hour); life != 744*time.Hour {
		t.Errorf("the refresh token lives for %s, want the 31 days of the answer", life)
	}
	form := e.asked()[0]
	for key, want := range map[string]string{
		"grant_type": "authorization_code", "code": "GB/7f3a", "code_verifier": c.verifier, "redirect_uri": "http://127.0.0.1:0/callback",
		"client_id": "id", "client_secret": "secret",
	} {
		if got := form.Get(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if len(e.asked()) != 1 {
		t.Errorf("the code was sent %d times: it works once", len(e.asked()))
	}
}

func TestAnAnswerToAnotherQuestionIsRefusedAndTheWaitGoesOn(t *testing.T) {
	a, e := newApp(t, says(200, fresh))
	c, asked, back := begin(t, a)
	ours := url.Values{"code": {"ours"}, "state": {asked.Get("state")}}
	go func() {
		for name, try := range map[string]struct {
			path string
			q    url.Values
		}{
			"another state":         {"/callback", url.Values{"code": {"planted"}, "state": {"guessed"}}},
			"no state":              {"/callback", url.Values{"code": {"planted"}}},
			"another path":          {"/", ours},
			"a denial of no one":    {"/callback", url.Values{"error": {"access_denied"}}},
			"the browser's favicon": {"/favicon.ico", nil},
		} {
			if status, page := back(try.path, try.q); status != http.StatusBadRequest || strings.Contains(page, "has got") {
				t.Errorf("%s: %d %q", name, status, page)
			}
		}
		if status, page := back("/callback", ours); status != http.StatusOK || !strings.Contains(page, "You may close this window") {
			t.Errorf("our answer: %d %q", status, page)
		}
	}()
	if _, err := c.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code := e.asked()[0].Get("code"); code != "ours" {
		t.Errorf("exchanged the code %q", code)
	}
}

func TestAConsentThatFailsSaysWhyAndWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		query  url.Values
		answer http.HandlerFunc
		want   []string
		not    string
	}{
		"denied":             {url.Values{"error": {"access_denied"}}, nil, []string{"Sage says access_denied", "run connect again"}, "exchange"},
		"denied in a phrase": {url.Values{"error": {"Email of Ada already in use"}}, nil, []string{"no consent was given", "run connect again"}, "Ada"},
		"no code":            {url.Values{}, nil, []string{"no code", "run connect again"}, "exchange"},
		"a secret that is wrong": {url.Values{"code": {"c"}}, says(400, `{"error":"invalid_client","error_description":"Ada"}`),
			[]string{"400 invalid_client", "sage.client_secret"}, "Ada"},
		"a code in a phrase": {url.Values{"code": {"c"}}, says(400, `{"error":"Ada may not"}`), []string{"Sage says 400"}, "Ada"},
		"a page":             {url.Values{"code": {"c"}}, says(503, `<html>Ada</html>`), []string{"503", "exchange the code"}, "Ada"},
		"a lost connection":  {url.Values{"code": {"c"}}, cut, []string{"exchange the code"}, "Ada"},
		"no refresh token": {url.Values{"code": {"c"}}, says(200, `{"access_token":"a1","expires_in":300}`),
			[]string{"no refresh token", "developer.sage.com", "run connect again"}, "a1"},
		"an answer of no use": {url.Values{"code": {"c"}}, says(200, `{"token_type":"Ada"}`), []string{"exchange the code"}, "Ada"},
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := newApp(t, c.answer)
			consent, asked, back := begin(t, a)
			c.query.Set("state", asked.Get("state"))
			go back("/callback", c.query)
			_, err := consent.Wait(t.Context())
			if err == nil {
				t.Fatal("there is a pair")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v; want %q in it", err, want)
				}
			}
			if strings.Contains(err.Error(), c.not) {
				t.Errorf("%v; want no %q in it", err, c.not)
			}
		})
	}
}

func TestAPersonWhoDoesNotAnswerIsWaitedForUntilTheContextEnds(t *testing.T) {
	a, _ := newApp(t, nil)
	c, _, _ := begin(t, a)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v; want the context's end", err)
	}
}

func TestATakenCallbackAddressIsNamedWithItsKey(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, err = (&App{Callback: taken.Addr().String()}).NewConsent()
	if err == nil || !strings.Contains(err.Error(), "sage.callback") || !strings.Contains(err.Error(), taken.Addr().String()) {
		t.Errorf("%v; want the address and the key to change", err)
	}
}
