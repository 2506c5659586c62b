package sage

import (
	"context"
	"net/url"
	"strconv"
	"strings"
)

// A page is one answer of a list. Sage's reference documents bare arrays, its guide
// and its answers have this envelope
// (developer.sage.com/accounting/guides/efficiencies/pagination).
type page[T any] struct {
	Total  int    `json:"$total"`
	Number int    `json:"$page"`
	Next   string `json:"$next"`
	Items  []T    `json:"$items"`
}

// list reads all pages.
func list[T any](ctx context.Context, c *Client, op, path string) (all []T, err error) {
	for path != "" {
		var p page[T]
		if err := c.get(ctx, op, path, &p); err != nil {
			return nil, err
		}
		if p.before(path) {
			break
		}
		all = append(all, p.Items...)
		path = p.after(path, len(all))
	}
	return all, nil
}

// before reports whether a page is not the one that was asked for but an earlier one: a page past
// the end repeats the last one (same guide).
func (p page[T]) before(path string) bool { return p.Number > 0 && p.Number < pageOf(path) }

// after is the path of the page after one; "" after the last, when read of $total items were read.
// $next is not always filled, so that $total decides, and the number of the page leads on.
func (p page[T]) after(path string, read int) string {
	if len(p.Items) == 0 || read >= p.Total {
		return ""
	}
	if p.Next != "" {
		return strings.TrimPrefix(p.Next, "/")
	}
	name, rest, _ := strings.Cut(path, "?")
	query, _ := url.ParseQuery(rest) // it is ours, or Sage's own
	query.Set("page", strconv.Itoa(pageOf(path)+1))
	return name + "?" + query.Encode()
}

// pageOf is the number of the page that a path asks for.
func pageOf(path string) int {
	_, rest, _ := strings.Cut(path, "?")
	query, _ := url.ParseQuery(rest)
	if n, err := strconv.Atoi(query.Get("page")); err == nil {
		return n
	}
	return 1
}
