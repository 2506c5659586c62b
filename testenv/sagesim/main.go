// Command sagesim is a simulator of Sage Business Cloud Accounting's API v3.1:
// OAuth, contacts, the catalog and its stock, estimates, quotes, sales invoices,
// credit notes, payments, allocations and a double-entry ledger behind them, strict
// where Sage is strict, and switched where nobody knows what Sage does.
//
//	$ sagesim --listen 127.0.0.1:0 --auto-consent
//	sagesim: listening on http://127.0.0.1:41873
//
//	authorize  /oauth2/auth/central        API     /v3.1
//	token      /token                      people  /_sim/documents?format=csv /_sim/items
//	revoke     /revoke                     tests   /_sim/ledger /_sim/calls /_sim/faults
//
// Ids of tax rates, ledger accounts and bank accounts never change, so a binding
// may name them; --print-reference lists them as JSON. What it keeps is in memory
// unless --data-dir names a folder.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "sagesim:", err)
		os.Exit(1)
	}
}

// settings are what the command line says.
type settings struct {
	listen    string
	reference bool
	options   simulator.Options
}

func parse(args []string) (settings, error) {
	var s settings
	o := &s.options
	f := flag.NewFlagSet("sagesim", flag.ContinueOnError)
	f.StringVar(&s.listen, "listen", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	f.BoolVar(&s.reference, "print-reference", false, "print the ids of the reference data as JSON and end")
	f.StringVar(&o.DataDir, "data-dir", "", "keep books and tokens in this folder, over kill -9 too")
	f.StringVar(&o.ClientID, "client-id", "demo-client", "the registered client")
	f.StringVar(&o.ClientSecret, "client-secret", "demo-secret", "its secret")
	f.StringVar(&o.RedirectURI, "redirect-uri", "", "the registered redirect address; empty accepts any loopback address")
	f.BoolVar(&o.AutoConsent, "auto-consent", false, "authorize without a person")
	f.Func("access-token-seconds", "lifetime of access tokens (default 300)", seconds(&o.AccessLife))
	f.StringVar(&o.BaseCurrency, "base-currency", "GBP", "currency of the books")
	f.IntVar(&o.Businesses, "businesses", 1, "number of businesses")
	f.StringVar(&o.BusinessName, "business-name", "", "what the businesses are called; empty: Demo Shop 1 Ltd, and so on")
	f.BoolVar(&o.Lenient, "lenient", false, "ignore unknown fields and parameters instead of refusing them")
	f.DurationVar(&o.Latency, "latency", 0, "added to every API call")
	f.DurationVar(&o.ListLag, "list-lag", 0, "new things show in lists only after this time")
	f.DurationVar(&o.Memory, "idempotency-memory", 7*24*time.Hour, "how long idempotency ids are kept; negative: never")
	simulator.Unknowns(f, o)
	f.Float64Var(&o.AppLimit.PerSecond, "calls-per-second", 0, "calls of the app that are let in; further ones are answered 429 (0: all are)")
	f.IntVar(&o.AppLimit.Burst, "calls-burst", 20, "calls of the app that are let in at once")
	f.Float64Var(&o.BusinessLimit.PerSecond, "business-calls-per-second", 0, "the same for the calls to each business")
	f.IntVar(&o.BusinessLimit.Burst, "business-calls-burst", 10, "calls to a business that are let in at once")
	err := f.Parse(args)
	if err == nil && f.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	return s, err
}

func seconds(to *time.Duration) func(string) error {
	return func(text string) error {
		d, err := time.ParseDuration(text + "s")
		*to = d
		return err
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	s, err := parse(args)
	if err != nil {
		return err
	}
	if s.reference {
		return printReference(out, s.options.BaseCurrency, s.options.Businesses)
	}
	sim, err := simulator.Open(s.options)
	if err != nil {
		return err
	}
	defer sim.Close()
	listener, err := net.Listen("tcp", s.listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "sagesim: listening on http://%s\n", listener.Addr())
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// printReference writes the ids that a binding can name.
func printReference(out io.Writer, base string, businesses int) error {
	ids := []string{}
	for i := range businesses {
		ids = append(ids, simulator.BusinessID(i))
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(map[string]any{
		"businesses": ids, "tax_rates": chart.TaxRates, "ledger_accounts": chart.LedgerAccounts,
		"bank_accounts": chart.BankAccounts(base), "payment_methods": chart.PaymentMethods, "currencies": chart.Currencies,
	})
}
