package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
)

// A problem is an error answer of the token endpoint.
type problem struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// Token answers POST /token.
func (s *Server) Token(w http.ResponseWriter, r *http.Request) {
	form, ok := s.form(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var tokens Tokens
	var p *problem
	switch form.Get("grant_type") {
	case "authorization_code":
		tokens, p = s.exchange(form)
	case "refresh_token":
		tokens, p = s.refresh(form)
	default:
		p = &problem{"unsupported_grant_type", ""}
	}
	if err := s.save(); err != nil {
		write(w, http.StatusInternalServerError, problem{"server_error", err.Error()})
		return
	}
	if p != nil {
		write(w, http.StatusBadRequest, p)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	write(w, http.StatusOK, tokens)
}

// Revoke answers POST /revoke: the refresh token dies, access tokens run out.
func (s *Server) Revoke(w http.ResponseWriter, r *http.Request) {
	form, ok := s.form(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.family[form.Get("token")]; f != nil {
		f.Revoked = true
		s.counts.Revoked++
	}
	if err := s.save(); err != nil {
		write(w, http.StatusInternalServerError, problem{"server_error", err.Error()})
		return
	}
	write(w, http.StatusOK, map[string]string{"success": "ok"})
}

// form reads the body of a client that knows its secret, or answers itself.
func (s *Server) form(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		write(w, http.StatusUnsupportedMediaType, problem{"invalid_request", "the body must be form-urlencoded"})
		return nil, false
	}
	if err := r.ParseForm(); err != nil {
		write(w, http.StatusBadRequest, problem{"invalid_request", "the body cannot be read"})
		return nil, false
	}
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if id != s.o.ClientID || subtle.ConstantTimeCompare([]byte(secret), []byte(s.o.ClientSecret)) != 1 {
		write(w, http.StatusBadRequest, problem{"invalid_client", ""})
		return nil, false
	}
	return r.PostForm, true
}

func (s *Server) exchange(form url.Values) (Tokens, *problem) {
	c, ok := s.codes[form.Get("code")]
	switch {
	case !ok || c.used:
		return Tokens{}, &problem{"invalid_grant", "the code is unknown or was used"}
	case !s.o.Clock().Before(c.expires):
		return Tokens{}, &problem{"invalid_grant", "the code has expired"}
	case form.Get("redirect_uri") != c.redirect:
		return Tokens{}, &problem{"invalid_grant", "redirect_uri differs from that of the code"}
	case !verified(c, form.Get("code_verifier")):
		return Tokens{}, &problem{"invalid_grant", "code_verifier does not match"}
	}
	c.used = true
	s.codes[form.Get("code")] = c
	s.counts.Granted++
	return s.issue(&family{Scope: c.scope}), nil
}

// verified holds the PKCE verifier against the code's challenge.
func verified(c code, verifier string) bool {
	switch {
	case c.challenge == "":
		return true
	case c.method == "S256":
		sum := sha256.Sum256([]byte(verifier))
		return base64.RawURLEncoding.EncodeToString(sum[:]) == c.challenge
	}
	return verifier == c.challenge
}

func (s *Server) refresh(form url.Values) (Tokens, *problem) {
	token := form.Get("refresh_token")
	f := s.family[token]
	if f == nil || f.Revoked || !s.o.Clock().Before(f.Expires) {
		return Tokens{}, &problem{"invalid_grant", ""}
	}
	if f.Live != token && s.graced(f, token) {
		s.counts.Refreshed++
		return s.issue(f), nil
	}
	if f.Live != token {
		s.counts.RefreshReused++
		f.Revoked = f.Revoked || s.o.ReuseRevokes
		return Tokens{}, &problem{"invalid_grant", ""}
	}
	s.counts.Refreshed++
	return s.issue(f), nil
}

// graced reports whether a token is the one before the live one, and was replaced within the grace.
func (s *Server) graced(f *family, token string) bool {
	return len(f.Ended) > 0 && f.Ended[len(f.Ended)-1] == token && s.o.Clock().Sub(f.Issued) <= s.o.Grace && s.o.Grace > 0
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // a client that left needs no answer
}
