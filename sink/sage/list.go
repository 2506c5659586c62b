package sage

import (
	"context"
	"strings"
)

// A page is one answer of a list. Sage's reference documents bare arrays, its guide
// and its answers have this envelope
// (developer.sage.com/accounting/guides/efficiencies/pagination).
type page[T any] struct {
	Total int    `json:"$total"`
	Next  string `json:"$next"`
	Items []T    `json:"$items"`
}

// list reads all pages. A page past the end repeats the last one (same guide), so
// the end is where $next is missing or $total is reached.
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
