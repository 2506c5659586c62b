package sage

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// CreateContact makes a contact: POST /contacts.
func (p *Permit) CreateContact(ctx context.Context, body json.RawMessage) (resource.Contact, error) {
	return create[resource.Contact](ctx, p, "create contact", "contacts", body)
}

// ChangeContact changes the fields that the body holds: PUT /contacts/{id}.
func (p *Permit) ChangeContact(ctx context.Context, id string, body json.RawMessage) (resource.Contact, error) {
	return write[resource.Contact](ctx, p, request{op: "change contact", method: http.MethodPut, path: "contacts/" + url.PathEscape(id), body: body})
}

// Contact reads one contact: GET /contacts/{id}.
func (c *Client) Contact(ctx context.Context, id string) (out resource.Contact, err error) {
	return out, c.get(ctx, "read contact", "contacts/"+url.PathEscape(id), &out)
}
