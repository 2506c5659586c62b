package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/oauth2"
)

// A Consent is one run of the authorization code flow (RFC 6749 §4.1) with PKCE
// (RFC 7636): a person agrees at Sage, and Sage sends the person's browser back to
// us with a code that is exchanged for the first tokens.
type Consent struct {
	app      *App
	oauth    oauth2.Config
	state    string // comes back with the code; proves that we asked
	verifier string // its hash is in the URL, itself only in the exchange
	listener net.Listener
}

// NewConsent listens on the configured callback address. Close it.
func (a *App) NewConsent() (*Consent, error) {
	listener, err := net.Listen("tcp", a.Callback)
	if err != nil {
		return nil, fmt.Errorf("listen for the callback: free %s or change sage.callback: %w", a.Callback, err)
	}
	return &Consent{
		app: a, listener: listener, state: rand.Text(), verifier: oauth2.GenerateVerifier(),
		oauth: oauth2.Config{
			ClientID: a.ClientID, ClientSecret: a.ClientSecret.Reveal(), Scopes: []string{"full_access"},
			RedirectURL: "http://" + a.Callback + "/callback",
			Endpoint:    oauth2.Endpoint{AuthURL: a.AuthorizeURL, TokenURL: a.TokenURL, AuthStyle: oauth2.AuthStyleInParams},
		},
	}, nil
}

// Close stops listening.
func (c *Consent) Close() error { return c.listener.Close() }

// URL is where a person gives consent.
func (c *Consent) URL() string {
	return c.oauth.AuthCodeURL(c.state, oauth2.S256ChallengeOption(c.verifier), oauth2.SetAuthURLParam("filter", "apiv3.1"))
}

// Wait serves the callback until an answer to our question comes, exchanges its code
// at once, because a code is valid for 60 s
// (developer.sage.com/accounting/guides/authenticating/authentication), and returns
// the first pair.
func (c *Consent) Wait(ctx context.Context) (TokenPair, error) {
	answers := make(chan consentAnswer, 1)
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: c.callback(answers)}
	go func() { _ = server.Serve(c.listener) }()
	defer closeAnswered(server)
	select {
	case <-ctx.Done():
		return TokenPair{}, fmt.Errorf("wait for consent: %w", ctx.Err())
	case a := <-answers:
		if a.err != nil {
			return TokenPair{}, a.err
		}
		return c.exchange(ctx, a.code)
	}
}

// closeAnswered stops a server once the browser has its page: a window that says
// "connection reset" after a consent that was taken would make a person try again.
func closeAnswered(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = server.Shutdown(ctx)
	server.Close()
}

// A consentAnswer is what Sage answers to our question: a code, or why there is none.
type consentAnswer struct {
	code string
	err  error
}

// callback passes on the first answer to our question.
func (c *Consent) callback(answers chan<- consentAnswer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		code, err := c.read(r)
		if errors.Is(err, errNotOurs) {
			http.Error(w, "this is not the answer to our question", http.StatusBadRequest)
			return
		}
		fmt.Fprintln(w, "mage2sage has got the answer. You may close this window.")
		select {
		case answers <- consentAnswer{code, err}:
		default: // a second answer: the first one counts
		}
	}
}

// errNotOurs is returned for a request that is no answer to our question: it has
// another path or another state.
var errNotOurs = errors.New("another state")

func (c *Consent) read(r *http.Request) (code string, err error) {
	q := r.URL.Query()
	switch {
	case r.URL.Path != "/callback" || q.Get("state") != c.state:
		return "", errNotOurs
	case q.Get("error") != "":
		return "", fmt.Errorf("no consent was given: Sage says %s: run connect again", errorCode(q.Get("error")))
	case q.Get("code") == "":
		return "", errors.New("no consent was given: Sage's answer has no code: run connect again")
	}
	return q.Get("code"), nil
}

func (c *Consent) exchange(ctx context.Context, code string) (TokenPair, error) {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, oauth2.HTTPClient, c.app.HTTP), requestTimeout)
	defer cancel()
	token, err := c.oauth.Exchange(ctx, code, oauth2.VerifierOption(c.verifier))
	var refusal *oauth2.RetrieveError
	if errors.As(err, &refusal) { // its text may hold the body
		return TokenPair{}, fmt.Errorf("exchange the code: Sage says %d %s: check sage.client_id and sage.client_secret, then run connect again",
			refusal.Response.StatusCode, errorCode(refusal.ErrorCode))
	}
	if err != nil {
		return TokenPair{}, fmt.Errorf("exchange the code: %w", err)
	}
	seconds, _ := token.Extra("refresh_token_expires_in").(float64)
	pair := newTokenPair(tokenAnswer{AccessToken: token.AccessToken, RefreshToken: token.RefreshToken, RefreshExpiresIn: int(seconds)})
	pair.AccessExpiresAt = token.Expiry
	return pair, nil
}
