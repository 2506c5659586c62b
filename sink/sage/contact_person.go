package sage

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

var persons = collection[resource.ContactPerson]{singular: "contact person", plural: "contact_persons"}

// CreateContactPerson adds a person at an address: POST /contact_persons.
func (p *Permit) CreateContactPerson(ctx context.Context, body json.RawMessage) (resource.ContactPerson, error) {
	return persons.create(ctx, p, body)
}

// ChangeContactPerson changes the fields that the body holds: PUT /contact_persons/{id}.
func (p *Permit) ChangeContactPerson(ctx context.Context, id string, body json.RawMessage) (resource.ContactPerson, error) {
	return persons.change(ctx, p, id, body)
}

// DeleteContactPerson deletes a contact person: DELETE /contact_persons/{id}.
func (p *Permit) DeleteContactPerson(ctx context.Context, id string) error {
	return persons.remove(ctx, p, id)
}

// ContactPerson reads one contact person: GET /contact_persons/{id}.
func (c *Client) ContactPerson(ctx context.Context, id string) (resource.ContactPerson, error) {
	return persons.read(ctx, c, id)
}

// FindContactPersons lists the persons of a contact: GET /contact_persons?contact_id=….
func (c *Client) FindContactPersons(ctx context.Context, contact string) ([]resource.ContactPerson, error) {
	return persons.find(ctx, c, url.Values{"contact_id": {contact}}, func(found resource.ContactPerson) bool { return found.DeletedAt == "" })
}

// ContactPersonChanges reads what happened to contact persons since a moment: GET /contact_persons?updated_or_created_since=….
func (c *Client) ContactPersonChanges(ctx context.Context, since time.Time) (Changes[resource.ContactPerson], error) {
	return persons.changes(ctx, c, since)
}
