package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// An eavesdropper stands before Sage: it notes every secret that passes, and while it is
// rude it answers what it is asked with the secrets that it was sent.
type eavesdropper struct {
	sage http.Handler

	mu      sync.Mutex
	secrets map[string]bool
	rude    int // a status; 0 lets Sage answer
}

func (e *eavesdropper) note(values ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, v := range values {
		if len(v) > 8 {
			e.secrets[v] = true
		}
	}
}

func (e *eavesdropper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	copied := r.Clone(r.Context())
	copied.Body = io.NopCloser(bytes.NewReader(body))
	copied.ParseForm()
	for _, field := range []string{"client_secret", "code", "code_verifier", "refresh_token", "token"} {
		e.note(copied.Form.Get(field))
	}
	e.note(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if e.rude != 0 {
		w.WriteHeader(e.rude)
		fmt.Fprintf(w, `{"error":%q,"error_description":%q}`, copied.Form.Get("token")+copied.Form.Get("refresh_token"), body)
		return
	}
	answer := httptest.NewRecorder()
	e.sage.ServeHTTP(answer, r)
	var tokens struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if json.Unmarshal(answer.Body.Bytes(), &tokens) == nil {
		e.note(tokens.Access, tokens.Refresh)
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes())
}

// TestNoCommandShowsATokenACodeOrAKey runs all commands of this family as they succeed and as
// they fail, over a Sage that hands out what it is sent.
func TestNoCommandShowsATokenACodeOrAKey(t *testing.T) {
	url := servers.DatabaseForTest(t)
	e := &eavesdropper{sage: simulator.New(simulator.Options{AutoConsent: true}), secrets: map[string]bool{}}
	sim := httptest.NewServer(e)
	t.Cleanup(sim.Close)
	const k1, k2 = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "MTIzNDU2Nzg5MGFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	e.note(k1, k2)
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	config := func(name, revoke, keys string) string {
		return write(name, fmt.Sprintf("postgres: {url: %q}\nsage: {api_url: %[2]s/v3.1, authorize_url: %[2]s/oauth2/auth/central, token_url: %[2]s/token, revoke_url: %[3]q, "+
			"client_id: demo-client, client_secret: demo-secret, callback: '127.0.0.1:1', encryption_keys: [%[4]s]}\n", url, sim.URL, revoke, keys))
	}
	old := config("old.yaml", sim.URL+"/revoke", "{id: k1, key: '"+k1+"'}")
	both := config("both.yaml", sim.URL+"/revoke", "{id: k2, key: '"+k2+"'}, {id: k1, key: '"+k1+"'}")
	away := config("away.yaml", "http://127.0.0.1:1/revoke", "{id: k2, key: '"+k2+"'}")
	var heard strings.Builder
	run := func(file, line string) (code int) {
		code, said := exitOf(t, t.Context(), append([]string{"--config", file}, strings.Fields(line)...)...)
		heard.WriteString(said)
		return code
	}
	connect := func(file string) {
		t.Helper()
		said, err := pasteConsent(t.Context(), file, "shop-uk")
		heard.WriteString(said)
		if err != nil {
			t.Fatal(err)
		}
	}
	bare := write("bare.yaml", "binding: shop-uk\nsource: shop\n")
	run(old, "migrate")
	run(old, "binding import "+bare)
	connect(old)
	for _, c := range []struct {
		file, line string
		rude, want int
	}{
		{old, "sage banks --binding shop-uk", 0, exitWell},
		{old, "keys verify -o json", 0, exitWell},
		{both, "keys rotate", 0, exitWell},
		{old, "keys verify", 0, exitPerson},
		{old, "keys rotate", 0, exitPerson},
		{old, "binding disconnect shop-uk", 0, exitPerson}, // its key does not open them
		{both, "binding disconnect shop-uk", 400, exitPerson},
		{both, "binding disconnect shop-uk", 503, exitPerson},
		{away, "binding rebind shop-uk", 0, exitPerson},
		{old, "doctor --for sink", 0, exitPerson},
		{both, "status", 0, exitPerson},
		{both, "binding show shop-uk -o json", 0, exitWell},
		{both, "binding list", 0, exitWell},
		{both, "binding rebind shop-uk", 0, exitWell},
	} {
		e.rude = c.rude
		if code := run(c.file, c.line); code != c.want {
			t.Errorf("%s ends with %d, want %d:\n%s", c.line, code, c.want, heard.String())
		}
	}
	e.rude = 0
	connect(both)
	servers.RunSQL(t, url, "UPDATE oauth_tokens SET access_expires_at = now()")
	e.rude = 401 // a refresh that is refused, and one that is not answered
	run(both, "sage banks --binding shop-uk")
	e.rude = 500
	run(both, "sage accounts --binding shop-uk")
	e.rude = 0
	if code := run(away, "binding disconnect --forget shop-uk"); code != exitWell {
		t.Errorf("it ends with %d:\n%s", code, heard.String())
	}
	kept, err := exec.Command("psql", url, "-Atc", `SELECT row_to_json(a)::text FROM audit a UNION ALL SELECT row_to_json(b)::text FROM bindings b
		UNION ALL SELECT encode(access_token || refresh_token, 'escape') FROM oauth_tokens`).CombinedOutput()
	if err != nil || !bytes.Contains(kept, []byte("tokens deleted")) || !bytes.Contains(kept, []byte("binding rebound")) {
		t.Fatalf("%v: %s", err, kept)
	}
	if len(e.secrets) < 10 {
		t.Errorf("%d secrets passed: the test does not look at the commands", len(e.secrets))
	}
	for secret := range e.secrets {
		if strings.Contains(heard.String(), secret) || bytes.Contains(kept, []byte(secret)) {
			t.Errorf("a secret of %d characters is shown or kept in the open", len(secret))
		}
	}
}
