package sage

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

var addresses = collection[resource.ContactAddress]{singular: "address", plural: "addresses"}

// CreateAddress gives a contact another address: POST /addresses.
func (p *Permit) CreateAddress(ctx context.Context, body json.RawMessage) (resource.ContactAddress, error) {
	return addresses.create(ctx, p, body)
}

// ChangeAddress changes the fields that the body holds: PUT /addresses/{id}.
func (p *Permit) ChangeAddress(ctx context.Context, id string, body json.RawMessage) (resource.ContactAddress, error) {
	return addresses.change(ctx, p, id, body)
}

// DeleteAddress deletes an address: DELETE /addresses/{id}. The main address cannot be deleted.
func (p *Permit) DeleteAddress(ctx context.Context, id string) error {
	return addresses.remove(ctx, p, id)
}

// Address reads one address: GET /addresses/{id}.
func (c *Client) Address(ctx context.Context, id string) (resource.ContactAddress, error) {
	return addresses.read(ctx, c, id)
}

// FindAddresses lists the addresses of a contact: GET /addresses?contact_id=….
func (c *Client) FindAddresses(ctx context.Context, contact string) ([]resource.ContactAddress, error) {
	return addresses.find(ctx, c, url.Values{"contact_id": {contact}}, func(found resource.ContactAddress) bool {
		return found.DeletedAt == "" && (found.Contact.ID == contact || found.Contact.ID == "")
	})
}

// AddressChanges reads what happened to addresses since a moment: GET /addresses?updated_or_created_since=….
func (c *Client) AddressChanges(ctx context.Context, since time.Time) (Changes[resource.ContactAddress], error) {
	return addresses.changes(ctx, c, since)
}
