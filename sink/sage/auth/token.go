package auth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

// A TokenPair is an access token and the refresh token that came with it. Each
// refresh token works once; its successor comes with the answer.
type TokenPair struct {
	Access           secret.String
	Refresh          secret.String
	AccessExpiresAt  time.Time
	RefreshExpiresAt time.Time
	// RefreshInFlight says that this refresh token has been presented and no answer
	// was stored: it may be spent.
	RefreshInFlight bool
	// RefreshRefused says that Sage has refused this refresh token: it is not presented again.
	RefreshRefused bool
}

// refreshEarly is how much of its life a token must have left to be used: a call's
// 60 s (request_timeout) and 15 s for clocks that differ and for the way, so that it
// does not run out during a call. A token lives for 300 s
// (developer.sage.com/accounting/guides/authenticating/authentication): a larger
// reserve would only mean more refreshes.
const refreshEarly = 75 * time.Second

// usable reports whether the pair's access token will last for a call and is not
// the one that Sage has refused.
func (p TokenPair) usable(refused secret.String) bool {
	return p.Access != "" && p.Access != refused && time.Until(p.AccessExpiresAt) > refreshEarly
}

// A StaticToken is a source of one token, for the calls that connect makes before
// the pair is stored.
type StaticToken secret.String

// Token returns the token.
func (s StaticToken) Token(context.Context) (secret.String, error) { return secret.String(s), nil }

// Renew returns an error: there is no second token.
func (s StaticToken) Renew(context.Context, secret.String) (secret.String, error) {
	return "", errors.New("the new token was refused: run connect again")
}

// tokenAnswer is the token endpoint's answer, success or refusal.
type tokenAnswer struct {
	AccessToken      string `json:"access_token"`
	RefreshToken     string `json:"refresh_token"`
	ExpiresIn        int    `json:"expires_in"`               // seconds, 300 at Sage
	RefreshExpiresIn int    `json:"refresh_token_expires_in"` // seconds, 31 days at Sage
	Error            string `json:"error"`
}

// refreshLife is how long a refresh token lives where the answer does not say: 31
// days, counted anew with each refresh
// (developer.sage.com/accounting/guides/authenticating/authentication).
const refreshLife = 31 * 24 * time.Hour

// refresh exchanges a refresh token for the next pair.
func (a *App) refresh(ctx context.Context, token secret.String) (TokenPair, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.Reveal()}}
	status, body, err := a.post(ctx, "exchange token", a.TokenURL, form)
	if err != nil {
		return TokenPair{}, err
	}
	return readTokenPair(status, body)
}

func readTokenPair(status int, body []byte) (TokenPair, error) {
	var answer tokenAnswer
	err := json.Unmarshal(body, &answer)
	switch {
	case status != http.StatusOK:
		return TokenPair{}, endpointError("exchange token", status, answer.Error)
	case err != nil || answer.AccessToken == "" || answer.RefreshToken == "":
		return TokenPair{}, errors.New("exchange token: the answer holds no pair of tokens")
	}
	return newTokenPair(answer), nil
}

func newTokenPair(a tokenAnswer) TokenPair {
	now := time.Now()
	life := time.Duration(a.RefreshExpiresIn) * time.Second
	if life == 0 {
		life = refreshLife
	}
	return TokenPair{
		Access: secret.String(a.AccessToken), Refresh: secret.String(a.RefreshToken),
		AccessExpiresAt:  now.Add(time.Duration(a.ExpiresIn) * time.Second),
		RefreshExpiresAt: now.Add(life),
	}
}
