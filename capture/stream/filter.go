package stream

import (
	"context"
	"strconv"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A filter lets only some rows of a table pass.
type filter struct {
	lookup     Lookup
	paths      map[string]bool            // JSON of magento.ConfigPaths
	listed     map[string]map[string]bool // an aggregate's kind → JSON of its attributes' codes
	attributes map[string]string          // JSON of an attribute's id → JSON of its code
	carts      *cartList
}

func newFilter(lookup Lookup, codes map[string][]string, carts *cartList) *filter {
	f := &filter{lookup: lookup, carts: carts, attributes: map[string]string{}, paths: jsonSet(magento.ConfigPaths), listed: map[string]map[string]bool{}}
	for kind, listed := range codes {
		f.listed[kind] = jsonSet(listed)
	}
	return f
}

func jsonSet(texts []string) map[string]bool {
	set := map[string]bool{}
	for _, text := range texts {
		set[string(row.AppendString(nil, []byte(text)))] = true
	}
	return set
}

// groupedLink is the JSON of magento.GroupedLinkType.
var groupedLink = strconv.Itoa(magento.GroupedLinkType)

// An AttributeRenamedError says that an attribute got or lost a code whose values may leave:
// the values that it has already were judged by its code before.
type AttributeRenamedError struct{}

func (*AttributeRenamedError) Error() string {
	return "an attribute got or lost a code whose values are captured"
}

// learn keeps which attribute an id names.
func (f *filter) learn(t magento.Table, img *row.Image) {
	if t.Name == magento.AttributeTable {
		f.attributes[string(img.PK)] = string(img.FilterValue)
	}
}

// renamed returns an AttributeRenamedError for such a change.
func (f *filter) renamed(t magento.Table, c row.Change) error {
	if t.Name != magento.AttributeTable || c.Before == nil || c.After == nil {
		return nil
	}
	for _, codes := range f.listed {
		if codes[string(c.Before.FilterValue)] != codes[string(c.After.FilterValue)] {
			return &AttributeRenamedError{}
		}
	}
	return nil
}

// passes reports whether a row may leave, and learns from it.
func (f *filter) passes(ctx context.Context, t magento.Table, img *row.Image) (bool, error) {
	f.learn(t, img)
	switch t.Filter {
	case magento.ListedPaths:
		return f.paths[string(img.FilterValue)], nil
	case magento.ListedAttributes:
		code, err := f.code(ctx, string(img.FilterValue))
		return f.listed[t.Root.Kind][code], err
	case magento.GroupedLinks:
		return string(img.FilterValue) == groupedLink, nil
	case magento.NegotiatedCarts:
		return !f.carts.stays(t, img.FilterValue), nil
	}
	return true, nil
}

// code is the JSON of an attribute's code; "" where there is none. It looks up an id that
// was not seen yet.
func (f *filter) code(ctx context.Context, id string) (string, error) {
	if code, known := f.attributes[id]; known {
		return code, nil
	}
	code, ok, err := f.lookup.AttributeCode(ctx, id)
	if err != nil {
		return "", err
	}
	f.attributes[id] = ""
	if ok {
		f.attributes[id] = string(row.AppendString(nil, []byte(code)))
	}
	return f.attributes[id], nil
}
