package books

import (
	"cmp"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
)

// day is how Sage writes dates.
const day = "2006-01-02"

// Financial are the settings that decide which postings are legal. Dates are
// YYYY-MM-DD; an empty lockdown date locks nothing.
type Financial struct {
	AccountsStart  string `json:"accounts_start_date"`
	YearEnd        string `json:"year_end_date"`
	Lockdown       string `json:"year_end_lockdown_date"`
	MultiCurrency  bool   `json:"multi_currency_enabled"`
	LiveRates      bool   `json:"use_live_exchange_rates"`
	TaxNumber      string `json:"tax_number"`
	TaxScheme      string `json:"tax_scheme_id"`
	AccountingType string `json:"accounting_type"`
	Updated        time.Time
}

func newFinancial(base string, now time.Time) Financial {
	return Financial{
		AccountsStart:  time.Date(now.Year()-2, 1, 1, 0, 0, 0, 0, time.UTC).Format(day),
		YearEnd:        time.Date(now.Year(), 12, 31, 0, 0, 0, 0, time.UTC).Format(day),
		MultiCurrency:  true,
		LiveRates:      true,
		TaxNumber:      "GB123456789",
		TaxScheme:      "GB_STANDARD",
		AccountingType: "accrual",
		Updated:        now,
	}
}

// Invoicing are the settings of documents: numbers, prefixes, credit days.
type Invoicing struct {
	NextInvoice      int    `json:"next_invoice_number"`
	NextCreditNote   int    `json:"next_credit_note_number"`
	SeparateNumbers  bool   `json:"separate_invoice_credit_note_numbering"`
	InvoicePrefix    string `json:"sales_invoice_number_prefix"`
	CreditNotePrefix string `json:"sales_credit_note_number_prefix"`
	NextQuote        int    `json:"next_quote_number"`
	QuotePrefix      string `json:"quote_number_prefix"`
	EstimatePrefix   string `json:"estimate_number_prefix"`
	CreditDays       int    `json:"customer_credit_days"`
	Updated          time.Time
}

func newInvoicing() Invoicing {
	return Invoicing{
		NextInvoice: 1, NextCreditNote: 1, NextQuote: 1, InvoicePrefix: "SI-", CreditNotePrefix: "SCN-", QuotePrefix: "QU-", EstimatePrefix: "EST-",
		CreditDays: 30,
	}
}

// A Rate is the business's own exchange rate for one currency: what one unit of
// it is worth in the base currency.
type Rate struct {
	Currency string         `json:"currency_id"`
	Rate     decimal.Number `json:"rate"`
	Inverse  decimal.Number `json:"inverse_rate"`
	Updated  time.Time      `json:"-"`
}

// SetRate keeps the business's own rate for a currency.
func (b *Business) SetRate(r Rate) (Rate, error) {
	if _, ok := chart.FindCurrency(r.Currency); !ok {
		return Rate{}, Missing("currency_id")
	}
	if r.Rate.Sign() <= 0 {
		return Rate{}, Invalid("rate", "must be greater than 0")
	}
	r.Inverse, r.Updated = decimal.Int(1).Quo(r.Rate, 10), b.Clock()
	b.Rates[r.Currency] = r
	return r, nil
}

// BusinessRate is the rate that a document takes when it names none: the live
// one or the business's own, in base units per foreign unit.
func (b *Business) BusinessRate(currency string) decimal.Number {
	if own, ok := b.Rates[currency]; ok && !b.Financial.LiveRates {
		return own.Rate
	}
	return chart.Rate(b.Base, currency)
}

// checkPeriod refuses a posting outside the open periods.
func (b *Business) checkPeriod(date string) error {
	switch {
	case date < b.Financial.AccountsStart:
		return Invalid("date", "The date must not be before your accounts start date.")
	case b.Financial.Lockdown != "" && date <= b.Financial.Lockdown:
		return Invalid("date", "%s", cmp.Or(b.Rules.LockedMessage, "The date falls within a locked period."))
	}
	return nil
}

// exchange settles currency and rate of a document or payment; fallback is the
// rate of a foreign currency when none was sent.
func (b *Business) exchange(contact *Contact, currency string, sent, fallback decimal.Number) (string, decimal.Number, error) {
	one := decimal.Int(1)
	if b.Rules.InverseRates {
		sent = one.Quo(sent, 10)
	}
	own := contact.Currency(b.Base)
	if currency == "" {
		currency = own
	}
	if _, ok := chart.FindCurrency(currency); !ok {
		return "", one, Missing("currency_id")
	}
	switch {
	case currency != own:
		return "", one, Invalid("currency_id", "The currency must be that of the contact (%s).", own)
	case currency != b.Base && !b.Financial.MultiCurrency:
		return "", one, Invalid("currency_id", "Multi-currency is not enabled for this business.")
	case sent.Sign() < 0:
		return "", one, Invalid("exchange_rate", "must be greater than 0")
	case currency == b.Base && !sent.IsZero() && !sent.Equal(one):
		return "", one, Invalid("exchange_rate", "must be 1 for the base currency")
	case currency == b.Base:
		return currency, one, nil
	case sent.IsZero():
		return currency, fallback, nil
	}
	return currency, sent, nil
}
