package auth

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

// Revoke ends a grant at Sage (RFC 7009). Only the refresh token can be revoked;
// the access token runs out by itself within five minutes
// (developer.sage.com/accounting/guides/authenticating/authentication). A grant that has
// ended before is ended. Without RevokeURL nothing is sent.
func (a *App) Revoke(ctx context.Context, refresh secret.String) error {
	if a.RevokeURL == "" {
		return nil
	}
	status, body, err := a.post(ctx, "revoke", a.RevokeURL, url.Values{"token": {refresh.Reveal()}})
	if err != nil || status == http.StatusOK {
		return err
	}
	var answer tokenAnswer
	_ = json.Unmarshal(body, &answer) // a page has no code
	if e := endpointError("revoke", status, answer.Error); !e.Refused || e.Code != invalidGrant {
		return e
	}
	return nil
}
