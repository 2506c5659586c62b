package auth

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestRevokeSendsTheRefreshToken(t *testing.T) {
	a, e := newApp(t, says(200, `{"success":"ok"}`))
	if err := a.Revoke(t.Context(), "r0"); err != nil {
		t.Fatal(err)
	}
	form := e.asked()[0]
	if form.Get("token") != "r0" || form.Get("client_id") != "id" || form.Get("client_secret") != "secret" {
		t.Errorf("sent the fields %v", form)
	}
}

func TestARevocationThatFailsSaysWhy(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		status int // 0: there is none
	}{
		"refused":           {says(400, `{"error":"invalid_client"}`), 400},
		"a gateway's code":  {says(404, `{"error":"invalid_grant"}`), 404},
		"a phrase":          {says(400, `{"error":"Ada Example"}`), 400},
		"a host that fails": {says(503, `<html>`), 503},
		"a lost connection": {cut, 0},
	} {
		t.Run(name, func(t *testing.T) {
			a, _ := newApp(t, c.answer)
			err := a.Revoke(t.Context(), "r0")
			var answer *EndpointError
			if err == nil || strings.Contains(err.Error(), "Ada") || errors.As(err, &answer) != (c.status != 0) || answer != nil && answer.Status != c.status {
				t.Errorf("%v; want status %d", err, c.status)
			}
		})
	}
}

func TestAGrantThatHasEndedBeforeIsEnded(t *testing.T) {
	a, e := newApp(t, says(400, `{"error":"invalid_grant"}`))
	if err := a.Revoke(t.Context(), "r0"); err != nil || len(e.asked()) != 1 {
		t.Errorf("%v after %d requests; want nothing left to do", err, len(e.asked()))
	}
}

func TestWithoutAnAddressNothingIsRevoked(t *testing.T) {
	a, e := newApp(t, says(500, ""))
	a.RevokeURL = ""
	if err := a.Revoke(t.Context(), "r0"); err != nil || len(e.asked()) != 0 {
		t.Errorf("%v after %d requests; want none", err, len(e.asked()))
	}
}
