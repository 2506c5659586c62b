package sage

import (
	"context"
	"strings"
)

// page is the envelope of every list. Sage documents bare arrays; the answers are
// these.
type page[T any] struct {
	Total int    `json:"$total"`
	Next  string `json:"$next"`
	Items []T    `json:"$items"`
}

// list reads all pages. A page past the end repeats the last one, so the end is
// where $next is missing or $total is reached.
func list[T any](ctx context.Context, c *Client, op, path string) (all []T, err error) {
	for path != "" {
		var p page[T]
		if err := c.get(ctx, op, path, &p); err != nil {
			return nil, err
		}
		all = append(all, p.Items...)
		if len(p.Items) == 0 || len(all) >= p.Total {
			break
		}
		path = strings.TrimPrefix(p.Next, "/")
	}
	return all, nil
}
