package sage

import (
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

func TestAnAddressWithoutAPathGetsTheVersion(t *testing.T) {
	for in, want := range map[string]string{
		"http://127.0.0.1:8080":               "http://127.0.0.1:8080/v3.1",
		"http://127.0.0.1:8080/":              "http://127.0.0.1:8080/v3.1",
		"http://127.0.0.1:8080/v3.1/":         "http://127.0.0.1:8080/v3.1",
		"https://gateway.example/sage/v3.1":   "https://gateway.example/sage/v3.1",
		"https://api.accounting.sage.com":     "https://api.accounting.sage.com/v3.1",
		DefaultConfig().APIURL:                "https://api.accounting.sage.com/v3.1",
		"https://gateway.example/sage/v3.1//": "https://gateway.example/sage/v3.1",
	} {
		t.Run(in, func(t *testing.T) {
			if got := (Config{APIURL: in}).base(); got != want {
				t.Errorf("calls %s, want %s", got, want)
			}
		})
	}
}

// complete is a Config that is accepted.
func complete() Config {
	c := DefaultConfig()
	c.ClientID, c.ClientSecret = "id", "secret"
	c.EncryptionKeys = []auth.Key{{ID: "k1", Key: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}}
	return c
}

func TestTheDefaultsLackOnlyWhatIsSecret(t *testing.T) {
	if err := complete().Validate(); err != nil {
		t.Errorf("a complete config is refused: %v", err)
	}
	err := DefaultConfig().Validate()
	if err == nil || !strings.Contains(err.Error(), "sage.client_id") || !strings.Contains(err.Error(), "sage.encryption_keys") || len(strings.Split(err.Error(), "\n")) != 3 {
		t.Errorf("%v; want the three keys that are missing", err)
	}
}

func TestWhatCannotBeUsedIsRefusedByItsKey(t *testing.T) {
	for want, spoil := range map[string]func(*Config){
		`sage.api_url is "api.sage.com"`:     func(c *Config) { c.APIURL = "api.sage.com" },
		`sage.authorize_url is ""`:           func(c *Config) { c.AuthorizeURL = "" },
		`sage.token_url is "https://"`:       func(c *Config) { c.TokenURL = "https://" },
		"sage.client_id is empty":            func(c *Config) { c.ClientID = "" },
		"sage.client_secret is empty":        func(c *Config) { c.ClientSecret = "" },
		"sage.request_timeout":               func(c *Config) { c.RequestTimeout = 0 },
		"sage.settle_window":                 func(c *Config) { c.SettleWindow = -time.Second },
		"sage.calls_per_second has":          func(c *Config) { c.CallsPerSecond = 0 },
		"sage.calls_per_second_per_business": func(c *Config) { c.CallsPerSecondPerBusiness = -1 },
		"sage.calls_per_day":                 func(c *Config) { c.CallsPerDay = -1 },
		`sage.encryption_keys "k1"`:          func(c *Config) { c.EncryptionKeys[0].Key = "short" },
	} {
		t.Run(want, func(t *testing.T) {
			c := complete()
			spoil(&c)
			if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "short") {
				t.Errorf("%v; want %q and no secret", err, want)
			}
		})
	}
}

func TestRefusalsComeInTheSameOrderEachTime(t *testing.T) {
	first := Config{}.Validate().Error()
	for range 20 {
		if again := (Config{}).Validate().Error(); again != first {
			t.Fatalf("first\n%s\nthen\n%s", first, again)
		}
	}
}
