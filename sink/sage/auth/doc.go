// Package auth gets access to Sage's API from a person and keeps it: OAuth 2.0's
// authorization code flow, tokens that are renewed for a month at a time, and
// secrets that lie sealed in the database.
//
//	a person ─ Consent ─→ first TokenPair ─→ TokenStore
//	TokenSource: memory ← TokenStore ← a refresh under the store's lock
//	Keyring: TokenPair ⇄ sealed bytes that open in their own row only
//
// A refresh token works once, and its successor is in the answer. So that none is
// lost, a TokenSource presents one under the store's lock, after the store has
// written down that it does, whatever becomes of the caller. Where a grant is lost
// nevertheless, a ReauthError says what a person has to type.
//
// The package knows Sage's authorization endpoints and none of the API's. It is
// given its HTTP client and its Breaker; it does not know where tokens are stored.
package auth
