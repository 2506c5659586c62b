package stream

import (
	"context"
	"slices"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A filter lets only some rows of a table pass.
type filter struct {
	lookup     Lookup
	codes      []string        // the configured attribute codes
	paths      map[string]bool // JSON of magento.ConfigPaths
	listed     map[string]bool // JSON of codes
	attributes map[string]bool // JSON of an attribute's id → whether its code is listed
}

func newFilter(lookup Lookup, codes []string) *filter {
	return &filter{
		lookup: lookup, codes: codes, attributes: map[string]bool{},
		paths: jsonSet(magento.ConfigPaths), listed: jsonSet(codes),
	}
}

func jsonSet(texts []string) map[string]bool {
	set := map[string]bool{}
	for _, text := range texts {
		set[string(row.AppendString(nil, []byte(text)))] = true
	}
	return set
}

// learn keeps which attribute an id names.
func (f *filter) learn(t magento.Table, img *row.Image) {
	if t.Name == magento.AttributeTable {
		f.attributes[string(img.PK)] = f.listed[string(img.FilterValue)]
	}
}

// passes reports whether a row may leave, and learns from it.
func (f *filter) passes(ctx context.Context, t magento.Table, img *row.Image) (bool, error) {
	f.learn(t, img)
	switch t.Filter {
	case magento.ListedPaths:
		return f.paths[string(img.FilterValue)], nil
	case magento.ListedAttributes:
		return f.attribute(ctx, string(img.FilterValue))
	}
	return true, nil
}

// attribute reports whether an attribute is listed. It looks up an id that was not
// seen yet; an id without a code is not listed.
func (f *filter) attribute(ctx context.Context, id string) (bool, error) {
	if listed, known := f.attributes[id]; known {
		return listed, nil
	}
	code, ok, err := f.lookup.AttributeCode(ctx, id)
	if err != nil {
		return false, err
	}
	f.attributes[id] = ok && slices.Contains(f.codes, code)
	return f.attributes[id], nil
}
