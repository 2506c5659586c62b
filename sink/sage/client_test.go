package sage

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

func TestIdsAndTextsAreEscapedInAddresses(t *testing.T) {
	for name, c := range map[string]struct {
		call func(*testing.T, *Client) error
		want string
	}{
		"an id that is changed": {func(t *testing.T, c *Client) error {
			_, err := permit(t, c).ChangeContact(t.Context(), "a/b", []byte(`{"x":{}}`))
			return err
		}, "PUT /v3.1/contacts/a%2Fb"},
		"an id that is deleted": {func(t *testing.T, c *Client) error { return permit(t, c).DeleteProduct(t.Context(), "a/b") }, "DELETE /v3.1/products/a%2Fb"},
		"a reason": {func(t *testing.T, c *Client) error {
			_, err := permit(t, c).VoidInvoice(t.Context(), "i/1", []byte(`{"void_reason":"a & b"}`))
			return err
		}, "DELETE /v3.1/sales_invoices/i%2F1?void_reason=a+%26+b"},
		"a reference": {func(t *testing.T, c *Client) error {
			_, err := c.FindInvoices(t.Context(), "S-1 & 2")
			return err
		}, "GET /v3.1/sales_invoices?attributes=all&items_per_page=100&search=S-1+%26+2"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{answer: always(200, `{"id":"x"}`)}
			if err := c.call(t, f.client()); err != nil || f.urls()[0] != c.want {
				t.Errorf("%v, called %v, want %s", err, f.urls(), c.want)
			}
		})
	}
}

func permit(t *testing.T, c *Client) *Permit {
	t.Helper()
	p, err := c.Admit(t.Context(), Documents)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWithoutABusinessNoneIsNamed(t *testing.T) {
	f := &fake{answer: always(200, `{"$total":0,"$items":[]}`)}
	if _, err := NewClient(f.network(), steady{}, "b", "").Businesses(t.Context()); err != nil || f.calls[0].business != "" {
		t.Errorf("%v with the business %q; want none: the user may see several", err, f.calls[0].business)
	}
}

func TestARefusedTokenIsRenewedOnceAndOnlyAReadingMadeOnceMore(t *testing.T) {
	t.Run("what a new token lets in may have passed before", func(t *testing.T) {
		f := &fake{answer: func(w http.ResponseWriter, c call) {
			if c.token == "Bearer token" {
				w.WriteHeader(http.StatusUnauthorized)
				w.Write([]byte(`[{"$dataCode":"AuthorizationFailure"}]`))
				return
			}
			w.Write([]byte(`{"id":"x"}`))
		}}
		if err := post(t, f.client()); Classify(err) != Ambiguous || len(f.calls) != 2 || f.calls[1].method != http.MethodGet || f.calls[1].token != "Bearer token2" {
			t.Errorf("%v after %+v; want a doubt, after the new token was tried on a reading", err, f.calls)
		}
		f.calls = nil
		if _, err := f.client().User(t.Context()); err != nil || len(f.calls) != 2 || f.calls[1].token != "Bearer token2" || f.calls[1].url != f.calls[0].url {
			t.Errorf("%v after %+v; want the same reading with the new token", err, f.calls)
		}
	})
	t.Run("the new token is refused too", func(t *testing.T) {
		f := &fake{answer: always(401, `[{"$dataCode":"AuthorizationFailure"}]`)}
		if err := post(t, f.client()); Classify(err) != Unauthorized || len(f.calls) != 2 {
			t.Errorf("%s after %d calls, want unauthorized after two", Classify(err), len(f.calls))
		}
	})
	t.Run("a gateway's page does not end the grant", func(t *testing.T) {
		f := &fake{answer: always(401, "<html>401 Authorization Required</html>")}
		if err := post(t, f.client()); Classify(err) != Ambiguous || len(f.calls) != 1 {
			t.Errorf("%s after %d calls, want an outage after one: the document may have passed", Classify(err), len(f.calls))
		}
		if _, err := f.client().User(t.Context()); Classify(err) != Ambiguous || len(f.calls) != 3 {
			t.Errorf("%s after %d calls, want a reading made twice", Classify(err), len(f.calls))
		}
	})
	t.Run("there is no new token", func(t *testing.T) {
		f := &fake{answer: always(401, `[{"$dataCode":"AuthorizationFailure"}]`)}
		c := f.client()
		p, err := c.Admit(t.Context(), Documents)
		if err != nil {
			t.Fatal(err)
		}
		c.tokens = broken{&auth.ReauthError{Binding: "b", Cause: "Sage has ended the grant"}}
		if _, err = p.CreateInvoice(t.Context(), []byte(`{}`)); Classify(err) != Unauthorized || len(f.calls) != 1 {
			t.Errorf("%v after %d calls, want the grant's end after one", err, len(f.calls))
		}
	})
	t.Run("a new token would not help", func(t *testing.T) {
		f := &fake{answer: always(401, `[{"$dataCode":"AuthorizationFailure","$message":"No active subscription. (MSE)"}]`)}
		if err := post(t, f.client()); Classify(err) != NotAllowed || len(f.calls) != 1 {
			t.Errorf("%s after %d calls, want not allowed after one", Classify(err), len(f.calls))
		}
	})
}

func TestWithoutATokenNothingIsSent(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want Outcome
	}{
		"a person is needed":   {&auth.ReauthError{Binding: "b", Cause: "the binding is not connected"}, Unauthorized},
		"the store fails":      {errors.New("no connection"), NotSent},
		"its breaker is open":  {&HeldError{Breaker: "sage token endpoint", Wait: time.Second}, Held},
		"its endpoint is down": {errors.New("refresh token: not sent: exchange token: 503 Service Unavailable"), NotSent},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{answer: always(201, `{"id":"x"}`)}
			client := NewClient(f.network(), broken{c.err}, "b", "biz")
			if err := post(t, client); !errors.Is(err, c.err) || Classify(err) != c.want || len(f.calls) != 0 {
				t.Errorf("%s after %d calls; want %s after none", Classify(err), len(f.calls), c.want)
			}
			if _, err := client.TaxRates(t.Context()); Classify(err) != c.want || len(f.calls) != 0 || !strings.HasPrefix(err.Error(), "list tax rates: ") {
				t.Errorf("%v after %d calls; want the same of a reading", err, len(f.calls))
			}
		})
	}
}

func TestACallNeedsAClassAndATurn(t *testing.T) {
	f := &fake{answer: always(201, `{"id":"x"}`)}
	t.Run("a class that is unknown", func(t *testing.T) {
		if _, err := f.client().Admit(t.Context(), "refunds"); err == nil || !strings.Contains(err.Error(), `no class "refunds"`) || Classify(err) != NotSent {
			t.Errorf("%v; want the name of the class", err)
		}
	})
	t.Run("a caller who does not wait for the rate", func(t *testing.T) {
		n := f.network()
		n.config.CallsPerSecond = 1
		c := clientOn(n)
		ctx, cancel := context.WithCancel(t.Context())
		for range 20 { // more than may leave at once
			if err := post(t, c); err != nil {
				t.Fatal(err)
			}
			if len(f.calls) == 5 {
				break
			}
		}
		cancel()
		if _, err := c.Admit(ctx, Documents); !errors.Is(err, context.Canceled) || len(f.calls) != 5 {
			t.Errorf("%v after %d calls; want the context's end", err, len(f.calls))
		}
	})
}
