package sage

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

// revoke posts to the revocation endpoint (RFC 7009).
func (n *Network) revoke(ctx context.Context, refresh secret.String) error {
	form := url.Values{"client_id": {n.config.ClientID}, "client_secret": {n.config.ClientSecret.Reveal()}, "token": {refresh.Reveal()}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.config.RevokeURL, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := n.http.Do(req)
	if err != nil {
		return fmt.Errorf("revoke: %w", withoutURL(err))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return &Error{Op: "revoke", Status: res.StatusCode, Code: http.StatusText(res.StatusCode)}
	}
	return nil
}
