package resource

// FinancialSettings are the settings of a business that postings depend on.
type FinancialSettings struct {
	BaseCurrency         Ref    `json:"base_currency"`
	MultiCurrencyEnabled bool   `json:"multi_currency_enabled"`
	UseLiveExchangeRates bool   `json:"use_live_exchange_rates"` // which rate a document takes that has none
	AccountsStartDate    string `json:"accounts_start_date"`
	YearEndLockdownDate  string `json:"year_end_lockdown_date"`
}

// InvoiceSettings are how a business numbers its documents, and when they are due.
type InvoiceSettings struct {
	NextInvoiceNumber    Count  `json:"next_invoice_number"`
	NextCreditNoteNumber Count  `json:"next_credit_note_number"`
	SeparateNumbers      bool   `json:"separate_invoice_credit_note_numbering"`
	InvoicePrefix        string `json:"sales_invoice_number_prefix"`
	CreditNotePrefix     string `json:"sales_credit_note_number_prefix"`
	CustomerCreditDays   Count  `json:"customer_credit_days"`
}

// BusinessSettings say where a business is and what Sage posts to by itself.
type BusinessSettings struct {
	CountryOfRegistration Ref             `json:"country_of_registration"`
	DefaultLedgerAccounts DefaultAccounts `json:"default_ledger_accounts"`
}

// DefaultAccounts are the ledger accounts that Sage takes where nobody names one.
type DefaultAccounts struct {
	Sales           Ref `json:"sales_ledger_account"`
	SalesDiscount   Ref `json:"sales_discount_ledger_account"`
	ProductSales    Ref `json:"product_sales_ledger_account"`
	ProductPurchase Ref `json:"product_purchase_ledger_account"`
	ServiceSales    Ref `json:"service_sales_ledger_account"`
	Carriage        Ref `json:"carriage_ledger_account"`
	ExchangeGains   Ref `json:"exchange_rate_gains_ledger_account"`
	ExchangeLosses  Ref `json:"exchange_rate_losses_ledger_account"`
}
