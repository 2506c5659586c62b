package contract

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// An Access is the consent of a person: each refresh token works once, and its successor is
// kept in a file before anything is done with the answer.
type Access struct {
	TokenURL     string
	ClientID     string
	ClientSecret string
	File         string // where the live refresh token is; read at the start, too
	HTTP         *http.Client

	refresh string
	access  string
	until   time.Time
}

// Begin takes the refresh token from the file, or the given one where the file has none yet.
func (a *Access) Begin(refresh string) error {
	kept, err := os.ReadFile(a.File)
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("read the refresh token: %w", err)
	}
	a.refresh = strings.TrimSpace(string(kept))
	if a.refresh == "" {
		a.refresh = refresh
	}
	return nil
}

// Token is an access token that lasts for a call.
func (a *Access) Token() (string, error) {
	if a.access != "" && time.Until(a.until) > time.Minute {
		return a.access, nil
	}
	status, err := a.present(a.refresh)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the refresh token was refused with %d: connect the trial business anew, and remove %s", status, a.File)
	}
	return a.access, err
}

// present exchanges a refresh token, and keeps what came of it.
func (a *Access) present(refresh string) (status int, err error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {a.ClientID}, "client_secret": {a.ClientSecret}}
	req, err := http.NewRequest(http.MethodPost, a.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	r, err := answer(a.HTTP, req)
	if err != nil || r.status != http.StatusOK {
		return r.status, err
	}
	var pair struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Seconds int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(r.text), &pair); err != nil || pair.Refresh == "" {
		return r.status, fmt.Errorf("the token endpoint has answered no pair of tokens")
	}
	a.refresh, a.access, a.until = pair.Refresh, pair.Access, time.Now().Add(time.Duration(pair.Seconds)*time.Second)
	return r.status, a.keep()
}

// keep writes the live refresh token, so that the file is whole or as it was.
func (a *Access) keep() error {
	next, err := os.CreateTemp(filepath.Dir(a.File), ".refresh-token-")
	if err != nil {
		return fmt.Errorf("keep the refresh token: %w", err)
	}
	defer os.Remove(next.Name())
	if _, err = next.WriteString(a.refresh + "\n"); err == nil {
		err = next.Sync()
	}
	if closed := next.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(next.Name(), a.File)
	}
	if err != nil {
		return fmt.Errorf("keep the refresh token: %w", err)
	}
	return nil
}
