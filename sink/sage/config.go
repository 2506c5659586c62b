package sage

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
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
	// Callback is where connect listens, host:port. Register the app with
	// http://<callback>/callback: Sage compares every character.
	Callback string `yaml:"callback"`
	// RequestTimeout bounds one call. Sage documents no time of its own; a call that
	// is given up too early is in doubt and has to wait for SettleWindow.
	RequestTimeout time.Duration `yaml:"request_timeout"`
	// SettleWindow is how long a call without an answer is left alone before it is
	// looked up. It has to be longer than Sage can still be at work on the first one:
	// what a second call with the same id sees meanwhile is not documented.
	SettleWindow time.Duration `yaml:"settle_window"`
	// ListLag is how long something new can be missing from Sage's lists. A call in doubt
	// is looked up in them after SettleWindow and ListLag, and is made again only when it
	// is not found. Sage documents no lag: the default is on the safe side.
	ListLag time.Duration `yaml:"list_lag"`
	// CallsPerSecond bounds all calls of the app, by however many processes that share a
	// database. Sage allows an app 1,296,000 a day, 15/s on average
	// (developer.sage.com/accounting/guides/concepts/best_practices); the default
	// leaves a third for what else uses the app.
	CallsPerSecond float64 `yaml:"calls_per_second"`
	// CallsPerSecondPerBusiness bounds those to one business. Sage documents no such limit, and
	// refuses with a 429; so a business begins with less, and climbs up to this while it does not.
	CallsPerSecondPerBusiness float64 `yaml:"calls_per_second_per_business"`
	// CallsPerDay is the most calls of the app in a day, UTC; 0 is no bound. When four fifths are
	// made, checks pause until the next day, at 95 % all but invoices, credit notes and what they
	// need, and at the end all.
	CallsPerDay int64 `yaml:"calls_per_day"`
	// EncryptionKeys seal the tokens in the database. The first seals, all open.
	EncryptionKeys []auth.Key `yaml:"encryption_keys"`
}

// DefaultConfig has Sage's own addresses, which are the same for every country
// (developer.sage.com/accounting/guides/authenticating/authentication).
func DefaultConfig() Config {
	return Config{
		APIURL:                    "https://api.accounting.sage.com/v3.1",
		AuthorizeURL:              "https://www.sageone.com/oauth2/auth/central",
		TokenURL:                  "https://oauth.accounting.sage.com/token",
		RevokeURL:                 "https://oauth.accounting.sage.com/revoke",
		Callback:                  "127.0.0.1:8765",
		RequestTimeout:            60 * time.Second,
		SettleWindow:              2 * time.Minute,
		ListLag:                   time.Minute,
		CallsPerSecond:            10,
		CallsPerSecondPerBusiness: 5,
	}
}

// AppLimit is what bounds all calls of the app.
func (c Config) AppLimit() work.RateLimit {
	return work.RateLimit{PerSecond: c.CallsPerSecond, Start: c.CallsPerSecond, PerDay: c.CallsPerDay}
}

// BusinessLimit is what bounds those to one business.
func (c Config) BusinessLimit() work.RateLimit {
	return work.RateLimit{PerSecond: c.CallsPerSecondPerBusiness, Start: startPart * c.CallsPerSecondPerBusiness}
}

// base is APIURL with the version, without a slash at its end.
func (c Config) base() string {
	base := strings.TrimRight(c.APIURL, "/")
	if u, err := url.Parse(base); err == nil && u.Path == "" {
		return base + "/v3.1"
	}
	return base
}

// Doubt is how long a call without an answer is left alone before a look-up tells
// whether it was executed.
func (c Config) Doubt() time.Duration { return c.SettleWindow + c.ListLag }

// Validate returns all that is wrong, each with the key to correct.
func (c Config) Validate() error {
	var all []error
	for _, a := range []struct{ key, url string }{{"api_url", c.APIURL}, {"authorize_url", c.AuthorizeURL}, {"token_url", c.TokenURL}} {
		if u, err := url.Parse(a.url); err != nil || u.Scheme == "" || u.Host == "" {
			all = append(all, fmt.Errorf("sage.%s is %q: it has to be an address such as https://…", a.key, a.url))
		}
	}
	for _, id := range []struct{ key, value string }{{"client_id", c.ClientID}, {"client_secret", c.ClientSecret.Reveal()}} {
		if id.value == "" {
			all = append(all, fmt.Errorf("sage.%s is empty: register an app at developer.sage.com and copy its id and its secret", id.key))
		}
	}
	if c.RequestTimeout <= 0 {
		all = append(all, errors.New("sage.request_timeout has to be longer than 0s, such as 60s"))
	}
	if c.SettleWindow <= 0 {
		all = append(all, errors.New("sage.settle_window has to be longer than 0s, such as 2m"))
	}
	if c.ListLag < 0 {
		all = append(all, errors.New("sage.list_lag cannot be less than 0s; 1m is on the safe side"))
	}
	if c.CallsPerSecond <= 0 {
		all = append(all, errors.New("sage.calls_per_second has to be above 0, such as 10"))
	}
	if c.CallsPerSecondPerBusiness <= 0 {
		all = append(all, errors.New("sage.calls_per_second_per_business has to be above 0, such as 5"))
	}
	if c.CallsPerDay < 0 {
		all = append(all, errors.New("sage.calls_per_day cannot be less than 0, which is no bound"))
	}
	if _, err := auth.NewKeyring(c.EncryptionKeys); err != nil {
		all = append(all, err)
	}
	return errors.Join(all...)
}
