package simulator

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/wire"
)

// A collection is how one kind of thing is listed.
type collection[T books.Recorded] struct {
	items func(*call) []T
	date  func(T) string           // document date; nil when it has none
	keep  func(*call) func(T) bool // further filters of the resource; nil keeps all
	view  func(*call, T) wire.Object
}

// list answers GET /things: filtered, sorted, one page, projected.
func (l collection[T]) list(c *call) (int, any, error) {
	keep, err := l.filter(c)
	if err != nil {
		return 0, nil, err
	}
	var kept []T
	for _, item := range l.items(c) {
		if keep(item) {
			kept = append(kept, item)
		}
	}
	if err := l.sort(c, kept); err != nil {
		return 0, nil, err
	}
	return page(c, len(kept), func(i int) wire.Object { return l.view(c, kept[i]) })
}

// filter is the conjunction of all filters that the query asks for.
func (l collection[T]) filter(c *call) (func(T) bool, error) {
	changed, err := c.moment("updated_or_created_since")
	if err != nil {
		return nil, err
	}
	deleted, err := c.moment("deleted_since")
	if err != nil {
		return nil, err
	}
	from, to, contact := c.query.Get("from_date"), c.query.Get("to_date"), c.query.Get("contact_id")
	visible := c.server.o.Clock().Add(-c.server.o.ListLag)
	keep := func(T) bool { return true }
	if l.keep != nil {
		keep = l.keep(c)
	}
	return func(item T) bool {
		r := item.Meta()
		if r.Gone() != c.query.Has("deleted_since") || r.Gone() && !r.Deleted.After(deleted) {
			return false
		}
		if r.Updated.Truncate(time.Second).Before(changed) || r.Created.After(visible) || contact != "" && r.Contact != contact {
			return false
		}
		return (l.date == nil || within(l.date(item), from, to)) && keep(item)
	}, nil
}

// within says whether a date lies between two, either of which may be empty
// and may carry a time of day, which is ignored.
func within(date, from, to string) bool {
	return (from == "" || date >= first(from, 10)) && (to == "" || date <= first(to, 10))
}

func first(s string, n int) string { return s[:min(n, len(s))] }

// moment reads a parameter such as 2025-06-01T10:00:00+01:00 or 2025-06-01Z.
func (c *call) moment(name string) (time.Time, error) {
	text := c.query.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, &books.Refusal{Status: 422, Code: "Validation", Message: name + " is invalid", Source: name}
}

// sort orders by what `sort=updated_at:desc` asks for; else by creation.
func (l collection[T]) sort(c *call, items []T) error {
	name, direction, _ := strings.Cut(c.query.Get("sort"), ":")
	var compare func(a, b T) int
	switch name {
	case "":
		return nil
	case "created_at":
		compare = func(a, b T) int { return a.Meta().Created.Compare(b.Meta().Created) }
	case "updated_at":
		compare = func(a, b T) int { return a.Meta().Updated.Compare(b.Meta().Updated) }
	case "date":
		compare = func(a, b T) int { return cmp.Compare(l.date(a), l.date(b)) }
	default:
		return &books.Refusal{Status: 422, Code: "Validation", Message: "sort is invalid", Source: "sort"}
	}
	slices.SortStableFunc(items, func(a, b T) int {
		if direction == "desc" {
			a, b = b, a
		}
		return compare(a, b)
	})
	return nil
}

// An envelope is one page of a list.
type envelope struct {
	Total int           `json:"$total"`
	Page  int           `json:"$page"`
	Next  any           `json:"$next"`
	Back  any           `json:"$back"`
	Per   int           `json:"$itemsPerPage"`
	Items []wire.Object `json:"$items"`
}

// page answers with the page that the query asks for, or the last one.
func page(c *call, total int, item func(int) wire.Object) (int, any, error) {
	per, err := c.number("items_per_page", 20, 200)
	if err != nil {
		return 0, nil, err
	}
	number, err := c.number("page", 1, 0)
	if err != nil {
		return 0, nil, err
	}
	last := max(1, (total+per-1)/per)
	number = min(number, last)
	e := envelope{Total: total, Page: number, Per: per, Items: []wire.Object{}}
	if number < last {
		e.Next = c.pageURL(number + 1)
	}
	if number > 1 {
		e.Back = c.pageURL(number - 1)
	}
	attributes := c.attributes()
	for i := (number - 1) * per; i < min(number*per, total); i++ {
		e.Items = append(e.Items, item(i).Project(attributes))
	}
	return 200, e, nil
}

// number reads a parameter from 1 to limit (0: no limit).
func (c *call) number(name string, fallback, limit int) (int, error) {
	text := c.query.Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if limit > 0 && n > limit && c.server.o.ClampPages {
		n = limit
	}
	if err != nil || n < 1 || limit > 0 && n > limit {
		return 0, &books.Refusal{Status: 422, Code: "Validation", Message: name + " is invalid", Source: name}
	}
	return n, nil
}

// attributes are the names that the query asks for.
func (c *call) attributes() []string {
	text := c.query.Get("attributes")
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// pageURL is the same list's address for another page, from the version root.
func (c *call) pageURL(number int) string {
	query := maps.Clone(c.query)
	query.Set("page", strconv.Itoa(number))
	return "/" + c.resource + "?" + query.Encode()
}
