package sage

import (
	"context"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// TaxRates lists a business's tax rates: GET /tax_rates.
func (c *Client) TaxRates(ctx context.Context) ([]resource.TaxRate, error) {
	return list[resource.TaxRate](ctx, c, "list tax rates", "tax_rates?items_per_page=200&attributes=percentage")
}

// LedgerAccounts lists the accounts that sales documents may use.
func (c *Client) LedgerAccounts(ctx context.Context) ([]resource.Ref, error) {
	return list[resource.Ref](ctx, c, "list ledger accounts", "ledger_accounts?items_per_page=200&visible_in=sales")
}

// BankAccounts lists the accounts that receive payments.
func (c *Client) BankAccounts(ctx context.Context) ([]resource.Ref, error) {
	return list[resource.Ref](ctx, c, "list bank accounts", "bank_accounts?items_per_page=200")
}
