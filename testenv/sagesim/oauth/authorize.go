package oauth

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// countries that the authorize URL may name; the last four are withdrawn but
// still listed on older pages.
var countries = []string{"ca", "gb", "ie", "de", "es", "fr", "us"}

// Authorize answers the consent URL: GET shows the page, POST is its form.
func (s *Server) Authorize(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the request cannot be read", http.StatusBadRequest)
		return
	}
	q := r.Form
	target, why := s.target(q)
	if why != "" {
		http.Error(w, why, http.StatusBadRequest)
		return
	}
	fault, description := s.checkAuthorize(q)
	switch {
	case fault != "":
		redirect(w, r, target, url.Values{"error": {fault}, "error_description": {description}, "state": {q.Get("state")}})
	case q.Get("decision") == "deny":
		redirect(w, r, target, url.Values{"error": {"access_denied"}, "error_description": {"The user denied access."}, "state": {q.Get("state")}})
	case s.o.AutoConsent || q.Get("decision") == "allow" && r.Method == http.MethodPost:
		redirect(w, r, target, s.consent(q))
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		page.Execute(w, q) // a browser that left needs no answer
	}
}

// target is where answers go; a wrong client or address is shown, never
// redirected to.
func (s *Server) target(q url.Values) (*url.URL, string) {
	if q.Get("client_id") != s.o.ClientID {
		return nil, "unknown client_id"
	}
	given := q.Get("redirect_uri")
	u, err := url.Parse(given)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "":
		return nil, "redirect_uri is missing or not absolute"
	case s.o.RedirectURI != "" && given != s.o.RedirectURI:
		return nil, "redirect_uri is not the registered one"
	case s.o.RedirectURI == "" && !slices.Contains([]string{"127.0.0.1", "localhost", "::1"}, u.Hostname()):
		return nil, "redirect_uri is not a loopback address"
	}
	return u, ""
}

func (s *Server) checkAuthorize(q url.Values) (fault, description string) {
	switch {
	case q.Get("response_type") != "code":
		return "unsupported_response_type", "response_type must be code"
	case q.Get("scope") != "full_access" && q.Get("scope") != "readonly":
		return "invalid_scope", "scope must be full_access or readonly"
	case q.Get("filter") != "apiv3.1":
		return "invalid_request", "filter must be apiv3.1"
	case q.Get("state") == "":
		return "invalid_request", "state is missing"
	case q.Has("country") && !slices.Contains(countries, strings.ToLower(q.Get("country"))):
		return "invalid_request", "country is not supported"
	case q.Has("code_challenge_method") && q.Get("code_challenge_method") != "S256" && q.Get("code_challenge_method") != "plain":
		return "invalid_request", "code_challenge_method must be S256 or plain"
	}
	return "", ""
}

// consent makes the code of one consent.
func (s *Server) consent(q url.Values) url.Values {
	country := strings.ToUpper(q.Get("country"))
	if country == "" {
		country = "GB"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := newCode(country)
	s.codes[c] = code{
		redirect: q.Get("redirect_uri"), scope: q.Get("scope"), expires: s.o.Clock().Add(codeLife),
		challenge: q.Get("code_challenge"), method: q.Get("code_challenge_method"),
	}
	return url.Values{"code": {c}, "country": {country}, "state": {q.Get("state")}}
}

func redirect(w http.ResponseWriter, r *http.Request, target *url.URL, answer url.Values) {
	to := *target
	query := to.Query()
	for name, values := range answer {
		query[name] = values
	}
	to.RawQuery = query.Encode()
	http.Redirect(w, r, to.String(), http.StatusFound)
}

var page = template.Must(template.New("consent").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sage (simulated)</title>
<h1>Sage Business Cloud Accounting (simulated)</h1>
<p>An application asks for <b>{{index .scope 0}}</b> to your accounts.</p>
<form method="post">
{{range $name, $values := .}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">
{{end}}{{end}}<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form></html>
`))
