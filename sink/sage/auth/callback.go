package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A consentAnswer is what Sage answers to our question: a code, or why there is none.
type consentAnswer struct {
	code string
	err  error
}

// Reasons for which an answer is not taken.
var (
	// errNotOurs is returned for what is no answer to our question: it has another path
	// or another state.
	errNotOurs = errors.New("this does not belong to the connect that waits now: open the address that it has printed")
	// errTaken is returned for every answer after the first.
	errTaken = errors.New("an answer was taken already, and this one has no effect: see what connect says")
)

// Paste takes the address that Sage has sent the browser to, as a person copies it.
func (c *Consent) Paste(address string) error {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Path != "/callback" {
		return fmt.Errorf("this is not the answer: copy the whole address that begins with %s and paste it here", c.oauth.RedirectURL)
	}
	_, err = c.take(u)
	return err
}

// callback takes the answer from the browser. Its page never says more than is known:
// whether the tokens come, and are kept, is decided later.
func (c *Consent) callback(w http.ResponseWriter, r *http.Request) {
	answer, err := c.take(r.URL)
	switch {
	case errors.Is(err, errTaken):
		http.Error(w, err.Error()+". You may close this window.", http.StatusConflict)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	case answer.err != nil:
		http.Error(w, "Nothing was connected: "+answer.err.Error()+". You may close this window.", http.StatusOK)
	default:
		fmt.Fprintln(w, "mage2sage has got Sage's answer. Whether the shop is connected, connect says where it was started. You may close this window.")
	}
}

// take passes on the first answer to our question.
func (c *Consent) take(u *url.URL) (consentAnswer, error) {
	code, err := c.read(u)
	if errors.Is(err, errNotOurs) {
		return consentAnswer{}, err
	}
	if !c.taken.CompareAndSwap(false, true) {
		return consentAnswer{}, errTaken
	}
	a := consentAnswer{code, err}
	c.answer <- a
	return a, nil
}

func (c *Consent) read(u *url.URL) (code string, err error) {
	q := u.Query()
	switch {
	case u.Path != "/callback" || q.Get("state") != c.state:
		return "", errNotOurs
	case q.Get("error") != "":
		return "", fmt.Errorf("no consent was given: Sage says %s: run connect again", cmp.Or(errorCode(q.Get("error")), "no reason that we know"))
	case q.Get("code") == "":
		return "", errors.New("no consent was given: Sage's answer has no code: run connect again")
	}
	return q.Get("code"), nil
}

// closeAnswered stops a server once the browser has its page: a window that says
// "connection reset" after a consent that was taken would make a person try again.
func closeAnswered(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = server.Shutdown(ctx)
	server.Close()
}
