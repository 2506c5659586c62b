package sage

import (
	"context"
	"strings"

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

// page is the envelope of every list. Sage documents bare arrays; the answers are
// these.
type page[T any] struct {
	Total int    `json:"$total"`
	Next  string `json:"$next"`
	Items []T    `json:"$items"`
}

// list reads all pages. A page past the end repeats the last one, so the end is
// where $next is missing or $total is reached.
func list[T any](ctx context.Context, c *Client, op, path string) (all []T, err error) {
	for path != "" {
		var p page[T]
		if err := c.get(ctx, op, path, &p); err != nil {
			return nil, err
		}
		all = append(all, p.Items...)
		if len(p.Items) == 0 || len(all) >= p.Total {
			break
		}
		path = strings.TrimPrefix(p.Next, "/")
	}
	return all, nil
}
