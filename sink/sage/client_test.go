package sage

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

func TestEveryCallHasItsMethodItsAddressAndItsHeaders(t *testing.T) {
	write := func(class Class, do func(context.Context, *Permit) error) func(*testing.T, *Client) error {
		return func(t *testing.T, c *Client) error {
			p, err := c.Admit(t.Context(), class)
			if err != nil {
				return err
			}
			return do(t.Context(), p)
		}
	}
	second := func(_ any, err error) error { return err }
	body := []byte(`{"x":{}}`)
	for name, c := range map[string]struct {
		call func(*testing.T, *Client) error
		want string
	}{
		"create a contact": {write(Contacts, func(ctx context.Context, p *Permit) error { return second(p.CreateContact(ctx, body)) }), "POST /v3.1/contacts"},
		"change a contact": {write(Contacts, func(ctx context.Context, p *Permit) error { return second(p.ChangeContact(ctx, "a/b", body)) }), "PUT /v3.1/contacts/a%2Fb"},
		"create an invoice": {write(Documents, func(ctx context.Context, p *Permit) error { return second(p.CreateInvoice(ctx, body)) }),
			"POST /v3.1/sales_invoices"},
		"create a credit note": {write(Documents, func(ctx context.Context, p *Permit) error { return second(p.CreateCreditNote(ctx, body)) }),
			"POST /v3.1/sales_credit_notes"},
		"create a payment": {write(Payments, func(ctx context.Context, p *Permit) error { return second(p.CreatePayment(ctx, body)) }),
			"POST /v3.1/contact_payments"},
		"read a contact": {func(t *testing.T, c *Client) error { return second(c.Contact(t.Context(), "c1")) }, "GET /v3.1/contacts/c1"},
		"read an invoice": {func(t *testing.T, c *Client) error { return second(c.Invoice(t.Context(), "i1")) },
			"GET /v3.1/sales_invoices/i1?mark_as_sent=false"},
		"read a credit note": {func(t *testing.T, c *Client) error { return second(c.CreditNote(t.Context(), "n1")) },
			"GET /v3.1/sales_credit_notes/n1?mark_as_sent=false"},
		"read a payment": {func(t *testing.T, c *Client) error { return second(c.Payment(t.Context(), "p1")) }, "GET /v3.1/contact_payments/p1"},
		"find contacts": {func(t *testing.T, c *Client) error { return second(c.FindContacts(t.Context(), "M5")) },
			"GET /v3.1/contacts?attributes=all&items_per_page=100&search=M5"},
		"find invoices": {func(t *testing.T, c *Client) error { return second(c.FindInvoices(t.Context(), "S-1 & 2")) },
			"GET /v3.1/sales_invoices?attributes=all&items_per_page=100&search=S-1+%26+2"},
		"find credit notes": {func(t *testing.T, c *Client) error { return second(c.FindCreditNotes(t.Context(), "C1")) },
			"GET /v3.1/sales_credit_notes?attributes=all&items_per_page=100&search=C1"},
		"find payments": {func(t *testing.T, c *Client) error {
			return second(c.FindPayments(t.Context(), "c1", "2026-02-01", "1"))
		},
			"GET /v3.1/contact_payments?attributes=all&contact_id=c1&from_date=2026-02-01&items_per_page=100&to_date=2026-02-01"},
		"read the user":     {func(t *testing.T, c *Client) error { return second(c.User(t.Context())) }, "GET /v3.1/user"},
		"read the settings": {func(t *testing.T, c *Client) error { return second(c.FinancialSettings(t.Context())) }, "GET /v3.1/financial_settings"},
		"list businesses":   {func(t *testing.T, c *Client) error { return second(c.Businesses(t.Context())) }, "GET /v3.1/businesses?items_per_page=200"},
		"list tax rates": {func(t *testing.T, c *Client) error { return second(c.TaxRates(t.Context())) },
			"GET /v3.1/tax_rates?items_per_page=200&attributes=percentage"},
		"list ledger accounts": {func(t *testing.T, c *Client) error { return second(c.LedgerAccounts(t.Context())) },
			"GET /v3.1/ledger_accounts?items_per_page=200&visible_in=sales"},
		"list bank accounts": {func(t *testing.T, c *Client) error { return second(c.BankAccounts(t.Context())) }, "GET /v3.1/bank_accounts?items_per_page=200"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{answer: always(200, `{"id":"x"}`)}
			if err := c.call(t, f.client()); err != nil {
				t.Fatal(err)
			}
			if got := f.urls(); len(got) != 1 || got[0] != c.want {
				t.Fatalf("called %v, want %s", got, c.want)
			}
			got, sends := f.calls[0], !strings.HasPrefix(c.want, "GET")
			if got.business != "biz" || got.token != "Bearer token" || sends != (got.contentType == "application/json") || sends != (got.body == string(body)) {
				t.Errorf("sent %+v", got)
			}
		})
	}
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
		"its breaker is open":  {&HeldError{"sage token endpoint", time.Second, ""}, Held},
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

func TestACallNeedsAClassAndATurn(t *testing.T) {
	f := &fake{answer: always(201, `{"id":"x"}`)}
	t.Run("a class that is unknown", func(t *testing.T) {
		if _, err := f.client().Admit(t.Context(), "refunds"); err == nil || !strings.Contains(err.Error(), `no class "refunds"`) || Classify(err) != NotSent {
			t.Errorf("%v; want the name of the class", err)
		}
	})
	t.Run("a caller who does not wait for the rate", func(t *testing.T) {
		n := f.network()
		n.limiter.SetLimit(1e-6)
		n.limiter.SetBurst(1)
		c := clientOn(n)
		if err := post(t, c); err != nil {
			t.Fatalf("the first call: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Admit(ctx, Documents); !errors.Is(err, context.Canceled) || len(f.calls) != 1 {
			t.Errorf("%v after %d calls; want the context's end", err, len(f.calls))
		}
	})
}
