package sink

import (
	"context"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// freeAddress is one that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// consent runs Connect with a browser that agrees to everything.
func (w *world) consent(name, chosen string) (work.Binding, error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second)
	defer cancel()
	return binding.Connect(ctx, binding.ConnectRequest{Config: w.config.Sage, Store: w.db, Tokens: w.db, Binding: name, Business: chosen, OnConsentURL: func(url string, _ func(string) error) {
		go func() {
			res, err := http.Get(url)
			if err == nil {
				res.Body.Close()
			}
		}()
	}})
}

func TestConnectingTakesTheOnlyBusinessAndSealsItsTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{AutoConsent: true})
	w.config.Sage.Callback = freeAddress(t)
	w.importBinding(strings.Replace(policyYAML(""), "shop-uk", "fresh", 1))
	w.sql("UPDATE bindings SET business = 'elsewhere' WHERE name = 'shop-uk'")
	info, err := w.consent("fresh", "")
	if err != nil || info.State != "connected" || info.BaseCurrency != "GBP" || info.Business != business {
		t.Fatalf("%+v, %v; want connected, GBP", info, err)
	}
	sealed, err := w.db.Tokens(t.Context(), "fresh")
	w.must(err)
	pair, err := binding.TokenStore{Store: w.db, Keys: w.keys(), Binding: "fresh", Business: business}.Load(t.Context())
	if err != nil || pair.Refresh == "" || strings.Contains(string(sealed.Refresh), pair.Refresh.Reveal()) {
		t.Errorf("the refresh token stands open in the database, or does not open: %v", err)
	}
	if _, err := (binding.TokenStore{Store: w.db, Keys: w.keys(), Binding: "fresh", Business: "another"}).Load(t.Context()); err == nil {
		t.Error("tokens open for another business")
	}
	w.start()
	w.publish(paid(invoiceOf(1, ada)))
	w.until("posted", func() bool { return len(w.inSage("payment")) == 1 })
}

func TestConnectingTakesAPastedAnswerWhereTheCallbackIsNotReached(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{AutoConsent: true})
	taken, err := net.Listen("tcp", "127.0.0.1:0") // by another program, so that nobody may listen there
	w.must(err)
	defer taken.Close()
	w.config.Sage.Callback = taken.Addr().String()
	w.importBinding(strings.Replace(policyYAML(""), "shop-uk", "fresh", 1))
	w.sql("UPDATE bindings SET business = 'elsewhere' WHERE name = 'shop-uk'")
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	info, err := binding.Connect(t.Context(), binding.ConnectRequest{Config: w.config.Sage, Store: w.db, Tokens: w.db, Binding: "fresh", Pasted: true,
		OnConsentURL: func(url string, paste func(string) error) {
			res, err := browser.Get(url)
			w.must(err)
			res.Body.Close()
			w.must(paste(res.Header.Get("Location")))
		}})
	if err != nil || info.State != work.Connected {
		t.Errorf("%+v, %v; want connected", info, err)
	}
}

func TestConnectingAsksWhichOfSeveralBusinesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{AutoConsent: true, Businesses: 2})
	w.config.Sage.Callback = freeAddress(t)
	w.importBinding(strings.Replace(policyYAML(""), "shop-uk", "fresh", 1))
	if _, err := w.consent("fresh", ""); err == nil || !strings.Contains(err.Error(), "--business") || !strings.Contains(err.Error(), simulator.BusinessID(1)) {
		t.Errorf("%v; want --business and the ids to choose from", err)
	}
	if _, err := w.consent("fresh", business); err == nil || !strings.Contains(err.Error(), "website_filter") {
		t.Errorf("%v; want a refusal: shop-uk posts the same source there", err)
	}
	if info, err := w.consent("fresh", simulator.BusinessID(1)); err != nil || info.Business != simulator.BusinessID(1) {
		t.Errorf("%+v, %v; want the second business", info, err)
	}
}

func TestConnectingFindsIdsThatAreNotInTheBusiness(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{AutoConsent: true, Businesses: 2})
	w.config.Sage.Callback = freeAddress(t)
	w.importBinding(strings.NewReplacer("shop-uk", "fresh", "GB_LOWER", "GB_REDUCED").Replace(policyYAML("")))
	if _, err := w.consent("fresh", simulator.BusinessID(1)); err == nil || !strings.Contains(err.Error(), `tax_rate_map "5.00" names GB_REDUCED, and the business has no such tax rate: mage2sage sage tax-rates --binding fresh lists them`) {
		t.Errorf("%v; want the knob and the id", err)
	} else if !strings.Contains(err.Error(), "binding fresh has no lists before it is connected: import it without its policy's ids") {
		t.Errorf("%v; want the way there, because the lists need a connection", err)
	}
}

func TestConnectingComesBeforeThePolicyAndTheListsAfterIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{AutoConsent: true})
	w.config.Sage.Callback = freeAddress(t)
	w.importBinding("binding: fresh\nsource: shop\npolicy: {sync_since: 2026-01-01T00:00:00Z}\n")
	w.sql("UPDATE bindings SET business = 'elsewhere' WHERE name = 'shop-uk'")
	if info, err := w.consent("fresh", ""); err != nil || info.State != work.Connected {
		t.Fatalf("%+v, %v; want connected without a policy", info, err)
	}
	client, done, err := binding.OpenBusiness(t.Context(), w.config.Sage, w.db, w.db, "fresh")
	w.must(err)
	defer done()
	accounts, err := client.LedgerAccounts(t.Context())
	if err != nil || len(accounts) == 0 || accounts[0].ID == "" || accounts[0].DisplayedAs == "" {
		t.Fatalf("accounts %+v, %v; want ids and names", accounts, err)
	}
	f := w.bindingFile(strings.Replace(policyYAML(""), "shop-uk", "fresh", 1))
	if err := binding.CheckReferences(t.Context(), client, "fresh", f.Policy.References()); err != nil {
		t.Errorf("ids of the business: %v", err)
	}
	w.start()
	w.publish(paid(invoiceOf(1, ada)))
	w.until("parked", func() bool {
		parked, err := w.db.Items(t.Context(), postgres.ItemFilter{Binding: "fresh", Reason: string(work.PolicyIncomplete)})
		return err == nil && len(parked) == 1
	})
	w.importBinding(strings.Replace(policyYAML(""), "shop-uk", "fresh", 1))
	w.until("posted", func() bool { return len(w.inSage("payment")) == 1 })
}

func TestBindingsGoOutAsTheyCameIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.importBinding(policyYAML("  sync_unpaid_invoices: false\n  invoice_number_prefix: UK-\n"))
	export := func() binding.File {
		b, err := w.db.Binding(t.Context(), "shop-uk")
		w.must(err)
		f, err := binding.Export(b)
		w.must(err)
		return f
	}
	first := export()
	text, err := yaml.Marshal(first)
	w.must(err)
	w.importBinding(string(text))
	if second := export(); !reflect.DeepEqual(first, second) || second.Policy.SyncUnpaidInvoices || second.Policy.InvoiceNumberPrefix != "UK-" {
		t.Errorf("exported\n%+v\nthen\n%+v", first, second)
	}
	if _, err := binding.Import(t.Context(), w.db, w.bindingFile(strings.Replace(policyYAML(""), "source: shop", "source: other", 1))); err == nil {
		t.Error("a binding changed its source")
	}
	if _, err := w.db.Binding(t.Context(), "nobody"); err == nil || !strings.Contains(err.Error(), "mage2sage binding list") {
		t.Errorf("%v; want the command that lists bindings", err)
	}
	if b, err := w.db.Binding(t.Context(), "shop-uk"); err != nil || b.PolicyVersion != 3 || b.State != work.Connected {
		t.Errorf("%+v, %v; want version 3, connected", b, err)
	}
}
