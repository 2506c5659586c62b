package sage

import (
	"context"
	"net/url"
	"time"
)

// Changes are what happened to a list since a moment.
type Changes[T any] struct {
	Changed []T // made or changed at that moment or later
	Deleted []T // deleted after it
}

// changes reads both. Sage compares whole seconds, and takes the moment in for what was changed and
// not for what was deleted (developer.sage.com/accounting/guides/efficiencies/pagination): whoever
// follows a list asks again from a little before the last answer.
func (c collection[T]) changes(ctx context.Context, client *Client, since time.Time) (all Changes[T], err error) {
	op := "list changes of " + c.plural
	if all.Changed, err = list[T](ctx, client, op, c.since("updated_or_created_since", since)); err != nil {
		return Changes[T]{}, err
	}
	if all.Deleted, err = list[T](ctx, client, op, c.since("deleted_since", since)); err != nil {
		return Changes[T]{}, err
	}
	return all, nil
}

func (c collection[T]) since(name string, moment time.Time) string {
	query := url.Values{"attributes": {"all"}, "items_per_page": {"200"}, name: {moment.UTC().Format(time.RFC3339)}}
	return c.plural + "?" + query.Encode()
}
