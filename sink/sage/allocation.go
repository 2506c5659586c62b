package sage

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

var allocations = collection[resource.ContactAllocation]{singular: "contact allocation", plural: "contact_allocations"}

// CreateAllocation sets a credit note against invoices: POST /contact_allocations.
func (p *Permit) CreateAllocation(ctx context.Context, body json.RawMessage) (resource.ContactAllocation, error) {
	return allocations.create(ctx, p, body)
}

// Allocation reads one allocation: GET /contact_allocations/{id}.
func (c *Client) Allocation(ctx context.Context, id string) (resource.ContactAllocation, error) {
	return allocations.read(ctx, c, id)
}

// FindAllocations finds the allocations of a contact that name a document. Sage has no search
// among allocations: GET /contact_allocations?contact_id=….
func (c *Client) FindAllocations(ctx context.Context, contact, artefact string) ([]resource.ContactAllocation, error) {
	return allocations.find(ctx, c, url.Values{"contact_id": {contact}}, func(found resource.ContactAllocation) bool {
		return found.DeletedAt == "" && found.Names(artefact)
	})
}
