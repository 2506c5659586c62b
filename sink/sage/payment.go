package sage

import (
	"context"
	"encoding/json"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

var payments = collection[resource.Payment]{singular: "contact payment", plural: "contact_payments"}

// CreatePayment pays and allocates: POST /contact_payments.
func (p *Permit) CreatePayment(ctx context.Context, body json.RawMessage) (resource.Payment, error) {
	return payments.create(ctx, p, body)
}
