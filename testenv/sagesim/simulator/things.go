package simulator

import (
	"net/http"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
)

// things is a collection whose members are made, changed and deleted; R is how a client
// writes one of them.
type things[T books.Recorded, R any] struct {
	collection[T]
	shelf  func(*books.Business) *books.Shelf[T]
	kept   func(T) bool // which members of the shelf are in the collection; nil is all
	draft  func(T) R    // a copy of the fields of a member, for a PUT to be laid over
	create func(*books.Business, R) (T, error)
	change func(*books.Business, T, R) error
	remove func(*books.Business, T) error
}

// resource is what the collection answers to.
func (t things[T, R]) resource(queries ...string) resource {
	return resource{
		queries: queries, list: t.list, create: t.post,
		get:    on(t.shown, func(c *call, item T) (int, any, error) { return http.StatusOK, t.view(c, item), nil }),
		change: on(t.present, t.put),
		remove: on(t.present, func(c *call, item T) (int, any, error) {
			return http.StatusNoContent, nil, t.remove(c.books, item)
		}),
	}
}

func (t things[T, R]) post(c *call) (int, any, error) {
	var r R
	if err := c.read(&r); err != nil {
		return 0, nil, err
	}
	item, err := t.create(c.books, r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, t.view(c, item), nil
}

func (t things[T, R]) put(c *call, item T) (int, any, error) {
	r := t.draft(item)
	if err := c.read(&r); err != nil {
		return 0, nil, err
	}
	if err := t.change(c.books, item, r); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, t.view(c, item), nil
}

// present finds the member that a call names, unless it was deleted.
func (t things[T, R]) present(c *call) (T, bool) {
	item, ok := t.shelf(c.books).Get(c.id)
	return item, ok && (t.kept == nil || t.kept(item))
}

// shown finds what a GET may see.
func (t things[T, R]) shown(c *call) (T, bool) {
	item, ok := seen(c, t.shelf(c.books))
	return item, ok && (t.kept == nil || t.kept(item))
}

// seen finds the member that a GET names; a deleted one too where the server shows those.
func seen[T books.Recorded](c *call, shelf *books.Shelf[T]) (T, bool) {
	if c.server.o.ShowDeleted {
		return shelf.Find(c.id)
	}
	return shelf.Get(c.id)
}

// on is a handler for one member of a collection; what is not found is 404.
func on[T any](find func(*call) (T, bool), h func(*call, T) (int, any, error)) handler {
	return func(c *call) (int, any, error) {
		item, ok := find(c)
		if !ok {
			return 0, nil, books.Missing("")
		}
		return h(c, item)
	}
}
