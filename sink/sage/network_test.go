package sage

import (
	"errors"
	"net/http"
	"testing"

	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

func TestAGrantThatEndedDoesNotSpeakAgainstTheTokenEndpoint(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		held bool
	}{
		"answered":        {nil, false},
		"not asked":       {auth.ErrNotCounted, false},
		"no answer":       {errors.New("connection reset"), true},
		"a server's 5xx":  {&auth.EndpointError{Op: "exchange token", Status: 503}, true},
		"an odd answer":   {errors.New("exchange token: the answer holds no pair of tokens"), true},
		"our own timeout": {http.ErrHandlerTimeout, true},
	} {
		t.Run(name, func(t *testing.T) {
			breaker := NewNetwork(DefaultConfig()).App().Breaker
			for range failuresInRow {
				report, err := breaker.Allow()
				if err != nil {
					t.Fatal(err)
				}
				report(c.err)
			}
			var held *HeldError
			if _, err := breaker.Allow(); errors.As(err, &held) != c.held || held != nil && held.Breaker != "sage token endpoint" {
				t.Errorf("%v; want it held back: %v", err, c.held)
			}
		})
	}
}

func TestTheAppIsTheOneThatIsConfigured(t *testing.T) {
	c := DefaultConfig()
	c.ClientID, c.ClientSecret = "id", "secret"
	n := NewNetwork(c)
	defer n.Close()
	app, again := n.App(), n.App()
	got := *app
	got.HTTP, got.Breaker = nil, nil
	want := auth.App{
		ClientID: "id", ClientSecret: "secret", Callback: "127.0.0.1:8765",
		AuthorizeURL: "https://www.sageone.com/oauth2/auth/central",
		TokenURL:     "https://oauth.accounting.sage.com/token", RevokeURL: "https://oauth.accounting.sage.com/revoke",
	}
	if got != want || app != again {
		t.Errorf("the app is %+v, want %+v", got, want)
	}
}
