package simulator_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/oauth"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

const callback = "http://127.0.0.1:8765/callback"

// authorize asks for consent and returns the query of the redirect, or nil
// when there was none.
func (w *world) authorize(changes map[string]string) (url.Values, reply) {
	w.t.Helper()
	return w.ask("GET", changes)
}

// ask is authorize by any method; POST is what the page's form does.
func (w *world) ask(method string, changes map[string]string) (url.Values, reply) {
	w.t.Helper()
	q := url.Values{"client_id": {"demo-client"}, "response_type": {"code"}, "redirect_uri": {callback}, "scope": {"full_access"},
		"state": {"s-1"}, "filter": {"apiv3.1"}, "country": {"gb"}}
	for name, value := range changes {
		q.Set(name, value)
	}
	req, err := http.NewRequest(method, w.url+"/oauth2/auth/central?"+q.Encode(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	r := reply{status: res.StatusCode, header: res.Header, text: string(text)}
	if r.status != http.StatusFound {
		return nil, r
	}
	to, err := res.Location()
	if err != nil || !strings.HasPrefix(to.String(), callback) {
		w.t.Fatalf("redirected to %v, %v", to, err)
	}
	return to.Query(), r
}

// form posts to the token or revoke endpoint under the demo client.
func (w *world) form(path string, fields map[string]string) reply {
	w.t.Helper()
	v := url.Values{"client_id": {"demo-client"}, "client_secret": {"demo-secret"}}
	for name, value := range fields {
		v.Set(name, value)
	}
	req, err := http.NewRequest("POST", w.url+path, strings.NewReader(v.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r, err := send(req)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// consent goes all the way from the authorize URL to tokens.
func (w *world) consent(exchange, changes map[string]string) oauth.Tokens {
	w.t.Helper()
	back, _ := w.authorize(changes)
	fields := map[string]string{"grant_type": "authorization_code", "code": back.Get("code"), "redirect_uri": callback}
	for name, value := range exchange {
		fields[name] = value
	}
	var tokens oauth.Tokens
	if err := json.Unmarshal([]byte(w.ok(200, w.form("/token", fields)).text), &tokens); err != nil {
		w.t.Fatal(err)
	}
	return tokens
}

func (w *world) refresh(token string) reply {
	w.t.Helper()
	return w.form("/token", map[string]string{"grant_type": "refresh_token", "refresh_token": token})
}

func TestTheDanceGivesTokens(t *testing.T) {
	w := newWorld(t, simulator.Options{AutoConsent: true})
	back, _ := w.authorize(nil)
	if !strings.Contains(back.Get("code"), "/") || back.Get("state") != "s-1" || back.Get("country") != "GB" {
		t.Errorf("the callback got %v", back)
	}
	tokens := w.consent(nil, nil)
	if tokens.ExpiresIn != 300 || tokens.RefreshExpires != 2678400 || tokens.Type != "bearer" || tokens.Scope != "full_access" {
		t.Errorf("the tokens say %+v", tokens)
	}
	if n := len(tokens.Access); n < 1200 || n > 2048 {
		t.Errorf("the access token has %d characters, want about 1,300", n)
	}
	w.token = tokens.Access
	w.ok(200, w.do("GET", "/businesses", ""))
}

func TestConsentThatIsNotGiven(t *testing.T) {
	w := newWorld(t, simulator.Options{AutoConsent: true})
	for name, c := range map[string]struct {
		changes map[string]string
		want    string
	}{
		"an unknown scope":       {map[string]string{"scope": "all"}, "invalid_scope"},
		"another response type":  {map[string]string{"response_type": "token"}, "unsupported_response_type"},
		"another filter":         {map[string]string{"filter": "apiv3"}, "invalid_request"},
		"a country far away":     {map[string]string{"country": "jp"}, "invalid_request"},
		"an unknown PKCE method": {map[string]string{"code_challenge": "x", "code_challenge_method": "S512"}, "invalid_request"},
		"no state":               {map[string]string{"state": ""}, "invalid_request"},
		"a person who says no":   {map[string]string{"decision": "deny"}, "access_denied"},
	} {
		if back, _ := w.authorize(c.changes); back.Get("error") != c.want {
			t.Errorf("%s: the callback got %v, want error=%s", name, back, c.want)
		}
	}
	for name, changes := range map[string]map[string]string{
		"an unknown client":     {"client_id": "nobody"},
		"a foreign redirect":    {"redirect_uri": "https://evil.example/callback"},
		"a redirect to nowhere": {"redirect_uri": "callback"},
	} {
		if back, r := w.authorize(changes); back != nil || r.status != 400 {
			t.Errorf("%s was answered %d and redirected to %v", name, r.status, back)
		}
	}
}

func TestAPersonConsentsOnThePage(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	back, r := w.authorize(map[string]string{"decision": "allow"})
	if back != nil || r.status != 200 {
		t.Fatalf("a mere link was answered %d and %v: consent needs the form", r.status, back)
	}
	for _, part := range []string{`<form method="post">`, `name="state" value="s-1"`, `value="deny"`} {
		if !strings.Contains(r.text, part) {
			t.Errorf("the page lacks %s: %s", part, r.text)
		}
	}
	back, _ = w.ask("POST", map[string]string{"decision": "allow"})
	if back.Get("code") == "" || back.Get("state") != "s-1" {
		t.Errorf("pressing Allow redirected to %v", back)
	}
	back, _ = w.ask("POST", map[string]string{"decision": "deny"})
	if back.Get("error") != "access_denied" {
		t.Errorf("pressing Deny redirected to %v", back)
	}
}

func TestACodeIsGoodOnceForAMinuteAndForItsClient(t *testing.T) {
	w := newWorld(t, simulator.Options{AutoConsent: true})
	code := func() string { back, _ := w.authorize(nil); return back.Get("code") }
	exchange := func(c string, changes map[string]string) reply {
		fields := map[string]string{"grant_type": "authorization_code", "code": c, "redirect_uri": callback}
		for name, value := range changes {
			fields[name] = value
		}
		return w.form("/token", fields)
	}
	used := code()
	w.ok(200, exchange(used, nil))
	again := exchange(used, nil)
	late := code()
	w.pass(60 * time.Second)
	for name, r := range map[string]reply{
		"used twice":            again,
		"after a minute":        exchange(late, nil),
		"with another redirect": exchange(code(), map[string]string{"redirect_uri": callback + "/"}),
		"never issued":          exchange("GB/0", nil),
	} {
		if r.status != 400 || r.str("error") != "invalid_grant" {
			t.Errorf("a code %s was answered %d %s", name, r.status, r.text)
		}
	}
	if r := exchange(code(), map[string]string{"client_secret": "wrong"}); r.status != 400 || r.str("error") != "invalid_client" {
		t.Errorf("a wrong secret was answered %d %s", r.status, r.text)
	}
	if r := exchange(code(), map[string]string{"grant_type": "password"}); r.str("error") != "unsupported_grant_type" {
		t.Errorf("a password grant was answered %d %s", r.status, r.text)
	}
}

func TestProofKeysAreChecked(t *testing.T) {
	w := newWorld(t, simulator.Options{AutoConsent: true})
	sum := sha256.Sum256([]byte("verifier"))
	proof := map[string]string{"code_challenge": base64.RawURLEncoding.EncodeToString(sum[:]), "code_challenge_method": "S256"}
	w.consent(map[string]string{"code_verifier": "verifier"}, proof)
	back, _ := w.authorize(proof)
	r := w.form("/token", map[string]string{"grant_type": "authorization_code", "code": back.Get("code"), "redirect_uri": callback, "code_verifier": "guess"})
	if r.status != 400 || r.str("error") != "invalid_grant" {
		t.Errorf("a wrong verifier was answered %d %s", r.status, r.text)
	}
}

func TestRefreshTokensRotate(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	first := w.sim.Grant()
	second := w.ok(200, w.refresh(first.Refresh)).str("refresh_token")
	if r := w.refresh(first.Refresh); r.status != 400 || r.str("error") != "invalid_grant" {
		t.Errorf("the old refresh token was answered %d %s", r.status, r.text)
	}
	third := w.ok(200, w.refresh(second)).str("refresh_token")
	w.pass(31*24*time.Hour + time.Second)
	if r := w.refresh(third); r.str("error") != "invalid_grant" {
		t.Errorf("a refresh token of 31 days was answered %d %s", r.status, r.text)
	}
	if c := w.sim.Calls().Tokens; c.Refreshed != 2 || c.RefreshReused != 1 {
		t.Errorf("counted %+v, want 2 refreshed and 1 reused", c)
	}
}

func TestReuseRevokesUnderItsSwitch(t *testing.T) {
	w := newWorld(t, simulator.Options{ReuseRevokes: true})
	first := w.sim.Grant()
	second := w.ok(200, w.refresh(first.Refresh)).str("refresh_token")
	w.refresh(first.Refresh)
	if r := w.refresh(second); r.str("error") != "invalid_grant" {
		t.Errorf("after reuse the successor was answered %d %s", r.status, r.text)
	}
}

func TestRevokingEndsRefreshingButNotTheAccessToken(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	tokens := w.sim.Grant()
	w.shows(w.ok(200, w.form("/revoke", map[string]string{"token": tokens.Refresh})), map[string]any{"success": "ok"})
	if r := w.refresh(tokens.Refresh); r.str("error") != "invalid_grant" {
		t.Errorf("a revoked refresh token was answered %d %s", r.status, r.text)
	}
	w.token = tokens.Access
	w.ok(200, w.do("GET", "/contacts", ""))
	w.sim.Expire()
	w.refused(w.do("GET", "/contacts", ""), 401, "Unauthorized", "token", "")
}
