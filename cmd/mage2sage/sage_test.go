package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// TestTheCommandLineOverSage runs the scripts in testdata/sage: binding shop-uk is
// connected to a business of the simulator. away.yaml is the same with a Sage that does
// not answer.
func TestTheCommandLineOverSage(t *testing.T) {
	servers.PostgresForTest(t) // without one, the whole test is skipped
	commands := map[string]func(*testscript.TestScript, bool, []string){"connect": connectInScript}
	testscript.Run(t, testscript.Params{Dir: "testdata/sage", RequireExplicitExec: true, Cmds: commands, Setup: func(env *testscript.Env) error {
		sim := httptest.NewServer(simulator.New(simulator.Options{AutoConsent: true}))
		env.Defer(sim.Close)
		config, away := filepath.Join(env.WorkDir, "mage2sage.yaml"), filepath.Join(env.WorkDir, "away.yaml")
		// Another program has the callback's port, which a pasted answer does not need.
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		env.Defer(func() { taken.Close() })
		url := servers.DatabaseForTest(t)
		for file, api := range map[string]string{config: sim.URL, away: "http://127.0.0.1:1"} {
			text := fmt.Sprintf(`
postgres: {url: %q}
sage:
  api_url: %s/v3.1
  authorize_url: %s/oauth2/auth/central
  token_url: %s/token
  revoke_url: %s/revoke
  client_id: demo-client
  client_secret: demo-secret
  callback: %s
  request_timeout: 2s
  encryption_keys: [{id: k1, key: MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=}]
`, url, api, sim.URL, sim.URL, api, taken.Addr())
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				return err
			}
		}
		env.Setenv("DATABASE", url)
		env.Setenv("ACCOUNT", chart.Account(4000))
		env.Setenv("SHIPPING", chart.Account(4905))
		env.Setenv("BANK", chart.BankAccounts("GBP")[0].ID)
		bare := filepath.Join(env.WorkDir, "bare.yaml")
		if err := os.WriteFile(bare, []byte("binding: shop-uk\nsource: shop\n"), 0o600); err != nil {
			return err
		}
		for _, line := range []string{"migrate", "binding import " + bare} {
			if code, said := exitOf(t, t.Context(), append([]string{"--config", config}, strings.Fields(line)...)...); code != exitWell {
				return fmt.Errorf("%s ends with %d: %s", line, code, said)
			}
		}
		servers.RunSQL(t, url, countingAlike)
		return connectByPaste(t.Context(), config, "shop-uk")
	}})
}

// connectInScript is the command "connect CONFIG" of a script: a person connects shop-uk.
func connectInScript(ts *testscript.TestScript, _ bool, args []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	ts.Check(connectByPaste(ctx, ts.MkAbs(args[0]), "shop-uk"))
}

// countingAlike are two stores that have given one number to two invoices.
const countingAlike = `INSERT INTO entities (source, id, kind, order_id, website_id, store_id, generation, epoch, sequence, body, deleted)
	SELECT 'shop', 'invoice:' || n, 'invoice', n, 1, n, 1, 1, n, '{"increment_id": "000000001", "created_at": "2099-01-01T00:00:00Z"}', false FROM generate_series(1, 2) n`

// consentURL finds the address of the consent page in what connect prints.
var consentURL = regexp.MustCompile(`http\S+client_id=\S+`)

// A browser is what a person does with the page: it follows the address and types the one
// that Sage answers with.
type browser struct {
	bytes.Buffer
	typed *io.PipeWriter
}

func (b *browser) Write(text []byte) (int, error) {
	if url := consentURL.FindString(string(text)); url != "" {
		go func() {
			noRedirect := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			answer, err := noRedirect.Get(url)
			if err != nil {
				b.typed.CloseWithError(err)
				return
			}
			answer.Body.Close()
			fmt.Fprintln(b.typed, answer.Header.Get("Location"))
		}()
	}
	return b.Buffer.Write(text)
}

// connectByPaste connects a binding as where no browser reaches the machine.
func connectByPaste(ctx context.Context, config, name string) error {
	said, err := pasteConsent(ctx, config, name)
	if err == nil && !strings.Contains(said, "warning: store 1 (binding shop-uk) and store 2") {
		err = fmt.Errorf("connect says %s", said)
	}
	return err
}

// pasteConsent is connectByPaste with what the command says.
func pasteConsent(ctx context.Context, config, name string) (said string, err error) {
	in, typed := io.Pipe()
	out := &browser{typed: typed}
	root := newRoot()
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(out)
	root.SetArgs([]string{"--config", config, "connect", "--binding", name, "--paste", "--timeout", "20s"})
	code := execute(ctx, root)
	if code != exitWell || !strings.Contains(out.String(), "binding "+name+": source shop →") {
		return out.String(), fmt.Errorf("connect ends with %d: %s", code, out)
	}
	return out.String(), nil
}
