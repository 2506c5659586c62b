package sage

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

var contacts = collection[resource.Contact]{singular: "contact", plural: "contacts"}

// CreateContact makes a contact: POST /contacts.
func (p *Permit) CreateContact(ctx context.Context, body json.RawMessage) (resource.Contact, error) {
	return contacts.create(ctx, p, body)
}

// ChangeContact changes the fields that the body holds: PUT /contacts/{id}.
func (p *Permit) ChangeContact(ctx context.Context, id string, body json.RawMessage) (resource.Contact, error) {
	return contacts.change(ctx, p, id, body)
}

// DeleteContact deletes a contact: DELETE /contacts/{id}. Sage refuses it once the contact was used,
// and reserves its reference for ever.
func (p *Permit) DeleteContact(ctx context.Context, id string) error {
	return contacts.remove(ctx, p, id)
}

// Contact reads one contact: GET /contacts/{id}.
func (c *Client) Contact(ctx context.Context, id string) (resource.Contact, error) {
	return contacts.read(ctx, c, id)
}

// FindContacts finds contacts by their reference: GET /contacts?search=….
func (c *Client) FindContacts(ctx context.Context, reference string) ([]resource.Contact, error) {
	return contacts.find(ctx, c, url.Values{"search": {reference}}, func(found resource.Contact) bool { return work.SameReference(found.Reference, reference) })
}

// ContactChanges reads what happened to contacts since a moment: GET /contacts?updated_or_created_since=….
func (c *Client) ContactChanges(ctx context.Context, since time.Time) (Changes[resource.Contact], error) {
	return contacts.changes(ctx, c, since)
}
