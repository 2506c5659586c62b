package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
)

// A Consent is one run of the authorization code flow (RFC 6749 §4.1) with PKCE
// (RFC 7636): a person agrees at Sage, and Sage sends the person's browser back to
// us with a code that is exchanged for the first tokens.
type Consent struct {
	app      *App
	oauth    oauth2.Config
	state    string       // comes back with the code; proves that we asked
	verifier string       // its hash is in the URL, itself only in the exchange
	listener net.Listener // nil where the answer can only be pasted
	taken    atomic.Bool  // the first answer counts
	answer   chan consentAnswer
}

// NewConsent listens on the configured callback address. Close it.
func (a *App) NewConsent() (*Consent, error) {
	listener, err := net.Listen("tcp", a.Callback)
	if err != nil {
		return nil, fmt.Errorf("listen for the callback: free %s, change sage.callback or run connect with --paste: %w", a.Callback, err)
	}
	c := a.NewPastedConsent()
	c.listener = listener
	return c, nil
}

// NewPastedConsent listens nowhere: a person pastes the address that Sage sends the
// browser to, because the browser runs on a machine from which ours is not reached.
func (a *App) NewPastedConsent() *Consent {
	return &Consent{
		app: a, state: rand.Text(), verifier: oauth2.GenerateVerifier(), answer: make(chan consentAnswer, 1),
		oauth: oauth2.Config{
			ClientID: a.ClientID, ClientSecret: a.ClientSecret.Reveal(), Scopes: []string{"full_access"},
			RedirectURL: "http://" + a.Callback + "/callback",
			Endpoint:    oauth2.Endpoint{AuthURL: a.AuthorizeURL, TokenURL: a.TokenURL, AuthStyle: oauth2.AuthStyleInParams},
		},
	}
}

// Close stops listening.
func (c *Consent) Close() error {
	if c.listener == nil {
		return nil
	}
	return c.listener.Close()
}

// URL is where a person gives consent.
func (c *Consent) URL() string {
	return c.oauth.AuthCodeURL(c.state, oauth2.S256ChallengeOption(c.verifier), oauth2.SetAuthURLParam("filter", "apiv3.1"))
}

// Wait serves the callback until an answer to our question comes, or one is pasted. It
// exchanges its code at once, because a code is valid for 60 s
// (developer.sage.com/accounting/guides/authenticating/authentication), and returns
// the first pair. When ctx ends it returns the context's cause.
func (c *Consent) Wait(ctx context.Context) (TokenPair, error) {
	if c.listener != nil {
		server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(c.callback)}
		go func() { _ = server.Serve(c.listener) }()
		defer closeAnswered(server)
	}
	select {
	case <-ctx.Done():
		return TokenPair{}, fmt.Errorf("wait for consent: %w", context.Cause(ctx))
	case a := <-c.answer:
		if a.err != nil {
			return TokenPair{}, a.err
		}
		return c.exchange(ctx, a.code)
	}
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
	if token.RefreshToken == "" { // the access token alone ends within minutes, and nothing would renew it
		return TokenPair{}, errors.New("exchange the code: Sage gave no refresh token, so nothing was connected: check the application at developer.sage.com, then run connect again")
	}
	seconds, _ := token.Extra("refresh_token_expires_in").(float64)
	pair := newTokenPair(tokenAnswer{AccessToken: token.AccessToken, RefreshToken: token.RefreshToken, RefreshExpiresIn: int(seconds)})
	pair.AccessExpiresAt = token.Expiry
	return pair, nil
}
