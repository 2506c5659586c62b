package sage

import (
	"context"
	"encoding/json"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// CreatePayment pays and allocates: POST /contact_payments.
func (p *Permit) CreatePayment(ctx context.Context, body json.RawMessage) (resource.Payment, error) {
	return create[resource.Payment](ctx, p, "create contact payment", "contact_payments", body)
}
