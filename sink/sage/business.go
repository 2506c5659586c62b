package sage

import (
	"context"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// Businesses lists what the user may see: GET /businesses.
func (c *Client) Businesses(ctx context.Context) ([]resource.Business, error) {
	return list[resource.Business](ctx, c, "list businesses", "businesses?items_per_page=200")
}

// User asks who we are: GET /user.
func (c *Client) User(ctx context.Context) (out resource.User, err error) {
	return out, c.get(ctx, "read user", "user", &out)
}
