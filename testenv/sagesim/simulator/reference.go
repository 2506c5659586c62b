package simulator

import (
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/ledger"
	"github.com/mage2sage/mage2sage/testenv/sagesim/wire"
)

func taxRates(c *call) (out []wire.Object) {
	for _, r := range chart.TaxRates {
		out = append(out, wire.TaxRate(r, c.books.Created))
	}
	return out
}

func ledgerAccounts(c *call) (out []wire.Object) {
	scope, search, kind := c.query.Get("visible_in"), strings.ToLower(c.query.Get("search")), c.query.Get("ledger_account_type_id")
	for _, a := range chart.LedgerAccounts {
		if (scope == "" || a.VisibleIn(scope)) && c.holds(search, a.Title()) && (kind == "" || a.Type == kind) {
			out = append(out, wire.LedgerAccount(a, c.books.Created))
		}
	}
	return out
}

func bankAccounts(c *call) (out []wire.Object) {
	for _, a := range chart.BankAccounts(c.books.Base) {
		out = append(out, wire.BankAccount(c.books, a))
	}
	return out
}

// addressRegions are those of one country, or of all.
func addressRegions(c *call) (out []wire.Object) {
	for _, r := range chart.Regions {
		if country := c.query.Get("country_id"); country == "" || r.Country == country {
			out = append(out, wire.AddressRegion(r, c.books.Created))
		}
	}
	return out
}

func exchangeRates(c *call) (out []wire.Object) {
	for _, currency := range chart.Currencies {
		rate := chart.Rate(c.books.Base, currency.ID)
		out = append(out, wire.ExchangeRate("exchange_rates", c.books.Base, currency.ID, rate, c.books.Created))
	}
	return out
}

// businessRates are the business's own exchange rates.
func businessRates() resource {
	r := fixed(func(c *call) (out []wire.Object) {
		for _, currency := range chart.Currencies {
			if rate, ok := c.books.Rates[currency.ID]; ok {
				out = append(out, wire.ExchangeRate("business_exchange_rates", c.books.Base, currency.ID, rate.Rate, rate.Updated))
			}
		}
		return out
	}, "updated_or_created_since")
	r.create = func(c *call) (int, any, error) {
		var rate books.Rate
		if err := c.read(&rate); err != nil {
			return 0, nil, err
		}
		rate, err := c.books.SetRate(rate)
		return http.StatusCreated, wire.ExchangeRate("business_exchange_rates", c.books.Base, rate.Currency, rate.Rate, rate.Updated), err
	}
	return r
}

func currencies() (out []chart.Named) {
	for _, c := range chart.Currencies {
		out = append(out, chart.Named{ID: c.ID, Name: c.Name})
	}
	return out
}

// listBusinesses answers on one page, under a differently spelled key.
func listBusinesses(c *call) (int, any, error) {
	items := []wire.Object{}
	for _, company := range c.server.companies {
		items = append(items, wire.Business(company.books).Project(c.attributes()))
	}
	return http.StatusOK, map[string]any{
		"$total": len(items), "$page": 1, "$next": nil, "$back": nil, "$items_per_page": math.MaxInt32, "$items": items,
	}, nil
}

func getBusiness(c *call) (int, any, error) {
	company := c.server.byID[c.id]
	if c.id == "lead" {
		company = c.server.companies[0]
	}
	if company == nil {
		return 0, nil, books.Missing("")
	}
	return http.StatusOK, wire.Business(company.books), nil
}

func getUser(*call) (int, any, error) {
	id := chart.ID("user", "1")
	return http.StatusOK, wire.Object{
		"id": id, "displayed_as": "Demo User", "$path": "/user/" + id, "first_name": "Demo", "last_name": "User",
		"email": "demo@example.test", "locale": "en-GB",
	}, nil
}

func getFinancial(c *call) (int, any, error) { return http.StatusOK, wire.Financial(c.books), nil }
func getInvoicing(c *call) (int, any, error) { return http.StatusOK, wire.Invoicing(c.books), nil }
func getSettings(c *call) (int, any, error)  { return http.StatusOK, wire.Settings(c.books), nil }

func changeFinancial(c *call) (int, any, error) {
	f := c.books.Financial
	if err := c.read(&f); err != nil {
		return 0, nil, err
	}
	f.Updated = c.books.Clock()
	c.books.Financial = f
	return getFinancial(c)
}

func changeInvoicing(c *call) (int, any, error) {
	i := c.books.Invoicing
	if err := c.read(&i); err != nil {
		return 0, nil, err
	}
	i.Updated = c.books.Clock()
	c.books.Invoicing = i
	return getInvoicing(c)
}

func listEntries(c *call) (int, any, error) {
	from, to := c.query.Get("from_date"), c.query.Get("to_date")
	transaction, kind, account := c.query.Get("transaction_id"), c.query.Get("transaction_type_id"), c.query.Get("ledger_account_id")
	kept := slices.Collect(func(yield func(ledger.Entry) bool) {
		for _, e := range c.books.Ledger.Entries() {
			t := e.Transaction
			if within(t.Date, from, to) && (transaction == "" || t.ID == transaction) && (kind == "" || t.Type == kind) &&
				(account == "" || e.Account == account) && !yield(e) {
				return
			}
		}
	})
	return page(c, len(kept), func(i int) wire.Object { return wire.LedgerEntry(kept[i]) })
}
