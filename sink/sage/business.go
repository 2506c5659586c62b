package sage

import "context"

// Business is one set of books that a user may see.
type Business struct {
	ID          string `json:"id"`
	DisplayedAs string `json:"displayed_as"`
}

// Businesses lists what the user may see: GET /businesses.
func (c *Client) Businesses(ctx context.Context) ([]Business, error) {
	return list[Business](ctx, c, "list businesses", "businesses?items_per_page=200")
}

// User is who gave consent.
type User struct {
	ID          string `json:"id"`
	DisplayedAs string `json:"displayed_as"`
}

// User asks who we are: GET /user.
func (c *Client) User(ctx context.Context) (out User, err error) {
	return out, c.get(ctx, "read user", "user", &out)
}

// FinancialSettings are the settings of a business that postings depend on.
type FinancialSettings struct {
	BaseCurrency         Ref    `json:"base_currency"`
	MultiCurrencyEnabled bool   `json:"multi_currency_enabled"`
	AccountsStartDate    string `json:"accounts_start_date"`
	YearEndLockdownDate  string `json:"year_end_lockdown_date"`
}

// FinancialSettings reads them: GET /financial_settings.
func (c *Client) FinancialSettings(ctx context.Context) (out FinancialSettings, err error) {
	return out, c.get(ctx, "read financial settings", "financial_settings", &out)
}
