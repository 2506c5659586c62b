package auth

import (
	"context"
	"net/http"
	"net/url"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

// Revoke ends a grant at Sage (RFC 7009). Only the refresh token can be revoked;
// the access token runs out by itself within five minutes
// (developer.sage.com/accounting/guides/authenticating/authentication).
func (a *App) Revoke(ctx context.Context, refresh secret.String) error {
	if a.RevokeURL == "" {
		return nil
	}
	status, _, err := a.post(ctx, "revoke", a.RevokeURL, url.Values{"token": {refresh.Reveal()}})
	if err == nil && status != http.StatusOK {
		err = endpointError("revoke", status, "")
	}
	return err
}
