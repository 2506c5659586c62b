package sage

import (
	"context"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// FinancialSettings reads them: GET /financial_settings.
func (c *Client) FinancialSettings(ctx context.Context) (out resource.FinancialSettings, err error) {
	return out, c.get(ctx, "read financial settings", "financial_settings", &out)
}

// InvoiceSettings reads them: GET /invoice_settings.
func (c *Client) InvoiceSettings(ctx context.Context) (out resource.InvoiceSettings, err error) {
	return out, c.get(ctx, "read invoice settings", "invoice_settings", &out)
}

// BusinessSettings reads them: GET /business_settings.
func (c *Client) BusinessSettings(ctx context.Context) (out resource.BusinessSettings, err error) {
	return out, c.get(ctx, "read business settings", "business_settings", &out)
}
