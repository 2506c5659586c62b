package sage

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// A collection is one of Sage's resources: what errors call it, where it is, and
// what is asked of a reading. T is Sage's answer.
type collection[T identified] struct {
	singular string // "sales invoice"
	plural   string // "sales_invoices": its path
	query    string // of a reading, with its question mark
}

// An identified answer has Sage's id of what was made.
type identified interface{ ResourceID() string }

// create makes a resource: POST /plural.
func (c collection[T]) create(ctx context.Context, p *Permit, body json.RawMessage) (T, error) {
	return write[T](ctx, p, request{"create " + c.singular, http.MethodPost, c.plural, body})
}

// change changes the fields that the body holds and leaves the others:
// PUT /plural/{id}.
func (c collection[T]) change(ctx context.Context, p *Permit, id string, body json.RawMessage) (T, error) {
	return write[T](ctx, p, request{"change " + c.singular, http.MethodPut, c.path(id), body})
}

// void takes a document back: DELETE /plural/{id}. Sage's OpenAPI file has the reason in the query,
// its guide in the body; it goes in both.
func (c collection[T]) void(ctx context.Context, p *Permit, id string, body json.RawMessage) (T, error) {
	var reason resource.VoidReason
	if err := json.Unmarshal(body, &reason); err != nil {
		var none T
		return none, err
	}
	query := url.Values{"void_reason": {reason.Text}}
	return write[T](ctx, p, request{"void " + c.singular, http.MethodDelete, c.path(id) + "?" + query.Encode(), body})
}

// remove deletes a resource: DELETE /plural/{id}. Sage answers without a body.
func (c collection[T]) remove(ctx context.Context, p *Permit, id string) error {
	return p.call(ctx, request{op: "delete " + c.singular, method: http.MethodDelete, path: c.path(id)}, nil)
}

// read reads one resource: GET /plural/{id}.
func (c collection[T]) read(ctx context.Context, client *Client, id string) (out T, err error) {
	return out, client.get(ctx, "read "+c.singular, c.path(id)+c.query, &out)
}

// find reads what a query finds: GET /plural?query. Sage has no list by exact reference
// (developer.sage.com/accounting, API reference), so it keeps what fits. References fit in every spelling
// that Sage may take for one.
func (c collection[T]) find(ctx context.Context, client *Client, query url.Values, fits func(T) bool) (found []T, err error) {
	query.Set("attributes", "all")
	query.Set("items_per_page", "100")
	all, err := list[T](ctx, client, "find "+c.singular, c.plural+"?"+query.Encode())
	for _, one := range all {
		if fits(one) {
			found = append(found, one)
		}
	}
	return found, err
}

func (c collection[T]) path(id string) string { return c.plural + "/" + url.PathEscape(id) }

// write insists on an id in the answer: an answer without one does not say what
// was made.
func write[T identified](ctx context.Context, p *Permit, r request) (T, error) {
	var out T
	err := p.call(ctx, r, &out)
	if err == nil && out.ResourceID() == "" {
		err = &TransportError{r.op, true, errors.New("the answer has no id")}
	}
	return out, err
}
