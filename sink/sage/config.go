package sage

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

// Config is the sage part of the config file.
type Config struct {
	// APIURL is the base of all calls. An address without a path gets the version
	// that we speak, /v3.1.
	APIURL string `yaml:"api_url"`
	// AuthorizeURL is where a person gives consent.
	AuthorizeURL string `yaml:"authorize_url"`
	// TokenURL exchanges codes and refresh tokens.
	TokenURL string `yaml:"token_url"`
	// RevokeURL ends a grant; empty leaves it to run out.
	RevokeURL string `yaml:"revoke_url"`
	// ClientID and ClientSecret are those of the app registered with Sage.
	ClientID     string        `yaml:"client_id"`
	ClientSecret secret.String `yaml:"client_secret"`
	// Callback is where connect listens; the app must be registered with
	// http://<callback>/callback.
	Callback string `yaml:"callback"`
	// RequestTimeout bounds one call. A lease on a business is longer.
	RequestTimeout time.Duration `yaml:"request_timeout"`
	// SettleWindow is how long a call without an answer is left alone before it is
	// made again: longer than Sage may still be at work on it.
	SettleWindow time.Duration `yaml:"settle_window"`
	// CallsPerSecond bounds all calls of the process; Sage allows an app 15/s on
	// average (developer.sage.com, best practices).
	CallsPerSecond float64 `yaml:"calls_per_second"`
	// EncryptionKeys seal the tokens in Postgres. The first seals, all open.
	EncryptionKeys []auth.Key `yaml:"encryption_keys"`
}

// DefaultConfig holds Sage's own addresses, which are the same for every country.
func DefaultConfig() Config {
	return Config{
		APIURL:         "https://api.accounting.sage.com/v3.1",
		AuthorizeURL:   "https://www.sageone.com/oauth2/auth/central",
		TokenURL:       "https://oauth.accounting.sage.com/token",
		RevokeURL:      "https://oauth.accounting.sage.com/revoke",
		Callback:       "127.0.0.1:8765",
		RequestTimeout: 60 * time.Second,
		SettleWindow:   2 * time.Minute,
		CallsPerSecond: 10,
	}
}

// base is APIURL with the version, without a slash at its end.
func (c Config) base() string {
	base := strings.TrimRight(c.APIURL, "/")
	if u, err := url.Parse(base); err == nil && u.Path == "" {
		return base + "/v3.1"
	}
	return base
}

// Validate tells everything that is wrong, each with the key to correct.
func (c Config) Validate() error {
	var all []error
	for key, value := range map[string]string{"api_url": c.APIURL, "authorize_url": c.AuthorizeURL, "token_url": c.TokenURL} {
		if u, err := url.Parse(value); err != nil || u.Scheme == "" || u.Host == "" {
			all = append(all, fmt.Errorf("sage.%s is %q: it has to be an address such as https://…", key, value))
		}
	}
	if c.ClientID == "" || c.ClientSecret.Reveal() == "" {
		all = append(all, errors.New("sage.client_id or sage.client_secret is empty: register an app at developer.sage.com and copy both"))
	}
	if c.RequestTimeout <= 0 || c.SettleWindow <= 0 {
		all = append(all, errors.New("sage.request_timeout and sage.settle_window have to be longer than 0s, such as 60s and 2m"))
	}
	if c.CallsPerSecond <= 0 {
		all = append(all, errors.New("sage.calls_per_second has to be above 0, such as 10"))
	}
	if _, err := auth.NewKeyring(c.EncryptionKeys); err != nil {
		all = append(all, err)
	}
	return errors.Join(all...)
}
