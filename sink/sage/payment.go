package sage

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

var payments = collection[resource.Payment]{singular: "contact payment", plural: "contact_payments"}

// CreatePayment pays and allocates: POST /contact_payments.
func (p *Permit) CreatePayment(ctx context.Context, body json.RawMessage) (resource.Payment, error) {
	return payments.create(ctx, p, body)
}

// Payment reads one payment: GET /contact_payments/{id}.
func (c *Client) Payment(ctx context.Context, id string) (resource.Payment, error) {
	return payments.read(ctx, c, id)
}

// FindPayments finds the payments of a type, of a contact on a day, by their reference: an invoice
// and a credit memo of Magento's may have one number, so their receipt and refund do. Sage has no
// search among payments: GET /contact_payments?transaction_type_id=…&contact_id=…&from_date=…&to_date=….
func (c *Client) FindPayments(ctx context.Context, transactionType, contact, date, reference string) ([]resource.Payment, error) {
	query := url.Values{"transaction_type_id": {transactionType}, "contact_id": {contact}, "from_date": {date}, "to_date": {date}}
	return payments.find(ctx, c, query, func(found resource.Payment) bool {
		return (found.TransactionType.ID == transactionType || found.TransactionType.ID == "") && work.SameReference(found.Reference, reference)
	})
}
