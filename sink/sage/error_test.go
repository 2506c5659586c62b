package sage

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

// answer serves one status and body for ever.
func answer(t *testing.T, status int, body string, header ...string) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return clientOf(server.URL)
}

func clientOf(base string) *Client {
	c := DefaultConfig()
	c.APIURL, c.RequestTimeout, c.CallsPerSecond = base, time.Second, 1e6
	return NewClient(NewNetwork(c), steady{}, "b", "biz")
}

// steady gives one token, and the same again.
type steady struct{}

func (steady) Token(context.Context) (secret.String, error)                { return "token", nil }
func (steady) Renew(context.Context, secret.String) (secret.String, error) { return "token2", nil }

func post(t *testing.T, c *Client) error {
	t.Helper()
	p, err := c.Admit(t.Context(), Documents)
	if err != nil {
		return err
	}
	_, err = p.CreateInvoice(t.Context(), []byte(`{}`))
	return err
}

func TestAnswersAreReadWhateverTheirShape(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		body    string
		outcome Outcome
		text    string
	}{
		"an array of faults":            {422, `[{"$dataCode":"RecordInvalid","$message":"Ada's","$source":"line_items.tax_rate_id"}]`, Refused, "create sales invoice: 422 RecordInvalid at line_items.tax_rate_id"},
		"a fault alone":                 {404, `{"$dataCode":"RecordNotFound","$message":"x","$source":""}`, Refused, "404 RecordNotFound"},
		"a gateway's page":              {502, `<html>Bad gateway</html>`, Ambiguous, "502 Bad Gateway"},
		"nothing at all":                {500, ``, Ambiguous, "500 Internal Server Error"},
		"a source that could be a name": {422, `[{"$dataCode":"RecordInvalid","$source":"Ada Example <ada@example.test>"}]`, Refused, "422 RecordInvalid: Sage refuses"},
		"no subscription":               {401, `[{"$dataCode":"AuthorizationFailure","$message":"No active subscription. (MSE)"}]`, NotAllowed, "renew it"},
		"another role":                  {403, `[{"$dataCode":"MultiUserAccessDenied"}]`, NotAllowed, "Full Access"},
		"too many calls":                {429, ``, Throttled, "429"},
		"a redirect":                    {302, ``, Ambiguous, "302"},
		"success without an id":         {201, `{"total_amount":"1.0"}`, Ambiguous, "no id"},
		"success that is not JSON":      {201, `<html>`, Ambiguous, "not the JSON"},
		"success":                       {201, `{"id":"x","total_amount":39.2,"unknown":[1],"net_amount":null}`, Done, ""},
	} {
		err := post(t, answer(t, c.status, c.body))
		if got := Classify(err); got != c.outcome || err != nil && (!strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "Ada")) {
			t.Errorf("%s: %s, %v; want %s, %q and no name", name, got, err, c.outcome, c.text)
		}
	}
}

func TestRetryAfterIsReadInSecondsAndAsADate(t *testing.T) {
	for value, least := range map[string]time.Duration{"7": 7 * time.Second, time.Now().Add(time.Minute).UTC().Format(http.TimeFormat): 50 * time.Second, "soon": 0} {
		var refusal *Error
		if err := post(t, answer(t, 429, "", "Retry-After", value)); !errors.As(err, &refusal) || refusal.RetryAfter < least {
			t.Errorf("%q: %v; want at least %s", value, refusal.RetryAfter, least)
		}
	}
}

func TestWhatNeverLeftIsNotInDoubt(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + l.Addr().String()
	l.Close()
	if err := post(t, clientOf(refused)); Classify(err) != NotSent {
		t.Errorf("connection refused: %s, want not sent", Classify(err))
	}
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
	}))
	defer cut.Close()
	if err := post(t, clientOf(cut.URL)); Classify(err) != Ambiguous {
		t.Errorf("connection cut: %s, want ambiguous", Classify(err))
	}
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); <-r.Context().Done() }))
	defer slow.Close()
	c := clientOf(slow.URL)
	p, err := c.Admit(t.Context(), Documents)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.CreateInvoice(ctx, []byte(`{}`)); Classify(err) != Ambiguous {
		t.Errorf("own deadline: %s, want ambiguous", Classify(err))
	}
}

func TestARefusedTokenIsRenewedOnceAndTheCallMadeOnceMore(t *testing.T) {
	var tokens []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tokens = append(tokens, r.Header.Get("Authorization")+" "+r.Header.Get("X-Business"))
		if len(tokens) == 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Write([]byte(`{"id":"x"}`))
	}))
	defer server.Close()
	if err := post(t, clientOf(server.URL)); err != nil || len(tokens) != 2 || tokens[0] != "Bearer token biz" || tokens[1] != "Bearer token2 biz" {
		t.Errorf("%v with %v; want the second call with the new token", err, tokens)
	}
	if err := post(t, answer(t, 401, "")); Classify(err) != Unauthorized {
		t.Errorf("401 twice: %s, want unauthorized", Classify(err))
	}
}

func FuzzErrorBodiesNeverLeakNorPanic(f *testing.F) {
	f.Add(`[{"$dataCode":"RecordInvalid","$source":"x"}]`)
	f.Add(`{"$dataCode":1}`)
	f.Add(`<html>`)
	f.Fuzz(func(t *testing.T, body string) {
		e := errorOf("op", &http.Response{StatusCode: http.StatusUnprocessableEntity, Header: http.Header{}}, []byte(body))
		if strings.ContainsAny(e.Code+e.Source, "@<>\n\"") && e.Code != http.StatusText(http.StatusUnprocessableEntity) {
			t.Errorf("let through %q %q", e.Code, e.Source)
		}
	})
}
