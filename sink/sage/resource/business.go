package resource

// Business is one set of books that a user may see.
type Business struct {
	ID          string `json:"id"`
	DisplayedAs string `json:"displayed_as"`
}

// User is who gave consent.
type User struct {
	ID          string `json:"id"`
	DisplayedAs string `json:"displayed_as"`
}

// FinancialSettings are the settings of a business that postings depend on.
type FinancialSettings struct {
	BaseCurrency         Ref    `json:"base_currency"`
	MultiCurrencyEnabled bool   `json:"multi_currency_enabled"`
	AccountsStartDate    string `json:"accounts_start_date"`
	YearEndLockdownDate  string `json:"year_end_lockdown_date"`
}
