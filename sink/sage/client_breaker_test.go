package sage

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// opened makes calls until the breakers of documents are open.
func opened(t *testing.T, f *fake) *Client {
	t.Helper()
	f.answer = always(503, "")
	c := f.client()
	for range failuresInRow {
		if err := post(t, c); Classify(err) != Ambiguous {
			t.Fatalf("%v; want an answer of Sage's", err)
		}
	}
	if err := post(t, c); Classify(err) != Held {
		t.Fatalf("%v; want the call held back", err)
	}
	f.calls = nil
	return c
}

func TestAnOpenBreakerIsTriedWithAReadingNeverWithADocument(t *testing.T) {
	t.Run("Sage answers again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{}
			c := opened(t, f)
			f.answer = always(201, `{"id":"x"}`)
			time.Sleep(firstOpenFor - time.Millisecond)
			if err := post(t, c); Classify(err) != Held || len(f.calls) != 0 {
				t.Errorf("%v after %v; want nothing sent before the time is over", err, f.urls())
			}
			time.Sleep(time.Millisecond)
			if err := post(t, c); err != nil || !slices.Equal(f.urls(), []string{"GET /v3.1/user", "POST /v3.1/sales_invoices"}) {
				t.Errorf("%v after %v; want the user read first", err, f.urls())
			}
			if err := post(t, c); err != nil || len(f.calls) != 3 {
				t.Errorf("%v after %v; want no probe any more", err, f.urls())
			}
		})
	})
	t.Run("Sage does not", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{}
			c := opened(t, f)
			f.answer = always(silent, "")
			time.Sleep(firstOpenFor)
			var held *HeldError
			if err := post(t, c); !errors.As(err, &held) || held.Wait <= 0 || !slices.Equal(f.urls(), []string{"GET /v3.1/user"}) {
				t.Errorf("%v after %v; want the probe and no document", err, f.urls())
			}
			time.Sleep(2*firstOpenFor - time.Second)
			if err := post(t, c); Classify(err) != Held || len(f.calls) != 1 {
				t.Errorf("%v after %v; want it held back for twice as long", err, f.urls())
			}
		})
	})
	t.Run("Sage asks for patience", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{}
			c := opened(t, f)
			f.answer = always(429, "")
			time.Sleep(firstOpenFor)
			if err := post(t, c); Classify(err) != Held || !slices.Equal(f.urls(), []string{"GET /v3.1/user"}) {
				t.Errorf("%v after %v; want the probe and no document", err, f.urls())
			}
			f.answer = always(201, `{"id":"x"}`)
			if err := post(t, c); err != nil || len(f.calls) != 3 {
				t.Errorf("%v after %v; want another probe, then the document", err, f.urls())
			}
		})
	})
	t.Run("a refusal is an answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{}
			c := opened(t, f)
			f.answer = always(403, `[{"$dataCode":"MultiUserAccessDenied"}]`)
			time.Sleep(firstOpenFor)
			if err := post(t, c); Classify(err) != NotAllowed || len(f.calls) != 2 {
				t.Errorf("%v after %v; want Sage's answer to the document", err, f.urls())
			}
		})
	})
	for name, answer := range map[string]func(http.ResponseWriter, call){
		"a gateway's 403 is no answer": always(403, "<html>403 Forbidden</html>"), "a page with status 200 is no answer": always(200, "<html>Welcome</html>"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{}
				c := opened(t, f)
				f.answer = answer
				time.Sleep(firstOpenFor)
				if err := post(t, c); Classify(err) != Held || !slices.Equal(f.urls(), []string{"GET /v3.1/user"}) {
					t.Errorf("%v after %v; want it held back after the probe", err, f.urls())
				}
			})
		})
	}
	t.Run("a reading is its own probe", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f := &fake{}
			c := opened(t, f)
			f.answer = always(200, `{"id":"x"}`)
			time.Sleep(firstOpenFor)
			if _, err := c.Contact(t.Context(), "c1"); err != nil || !slices.Equal(f.urls(), []string{"GET /v3.1/contacts/c1"}) {
				t.Errorf("%v after %v; want the reading alone", err, f.urls())
			}
		})
	})
}

func TestOneClassDoesNotHoldBackAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: always(201, `{"id":"x"}`)}
		c := f.client()
		tries(c.breakers[Documents], failuresInRow, silence)
		if err := post(t, c); Classify(err) != Held {
			t.Errorf("%v; want documents held back", err)
		}
		for _, class := range []Class{Contacts, Payments, Reads} {
			p, err := c.Admit(t.Context(), class)
			if err != nil {
				t.Errorf("%s are held back: %v", class, err)
				continue
			}
			p.Release()
		}
		if err := post(t, clientOn(c.network)); err != nil {
			t.Errorf("another binding is held back: %v", err)
		}
	})
}

func TestABreakerOfTheClassThatIsOpenGivesTheHostsTryBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answer: always(201, `{"id":"x"}`)}
		c := f.client()
		tries(c.network.api, failuresInRow, silence)
		time.Sleep(firstOpenFor)
		tries(c.breakers[Documents], failuresInRow, silence)
		if err := post(t, c); Classify(err) != Held || len(f.calls) != 0 {
			t.Fatalf("%v after %v; want documents held back", err, f.urls())
		}
		if _, err := c.User(t.Context()); err != nil {
			t.Errorf("%v; want the host's one try for the reading", err)
		}
	})
}
