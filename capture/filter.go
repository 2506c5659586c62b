package capture

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A filter lets only some rows of a table pass.
type filter struct {
	shop       shop
	paths      map[string]bool // JSON of magento.ConfigPaths
	listed     map[string]bool // JSON of the configured attribute codes
	attributes map[string]bool // JSON of an attribute_id → whether its code is listed
}

func newFilter(s shop) *filter {
	return &filter{
		shop: s, attributes: map[string]bool{},
		paths: jsonSet(magento.ConfigPaths), listed: jsonSet(s.config.CustomerAttributes),
	}
}

func jsonSet(texts []string) map[string]bool {
	set := map[string]bool{}
	for _, text := range texts {
		set[string(row.AppendString(nil, []byte(text)))] = true
	}
	return set
}

// learn keeps which attribute an id stands for.
func (f *filter) learn(t magento.Table, img *row.Image) {
	if t.Name == magento.AttributeTable {
		f.attributes[string(img.PK)] = f.listed[string(img.FilterValue)]
	}
}

// passes tells whether a row may leave.
func (f *filter) passes(ctx context.Context, t magento.Table, img *row.Image) (bool, error) {
	switch t.Filter {
	case magento.ListedPaths:
		return f.paths[string(img.FilterValue)], nil
	case magento.ListedAttributes:
		return f.attribute(ctx, string(img.FilterValue))
	}
	return true, nil
}

// attribute asks for the code of an id that was not seen yet. An id without a
// code is not listed.
func (f *filter) attribute(ctx context.Context, id string) (bool, error) {
	if listed, known := f.attributes[id]; known {
		return listed, nil
	}
	var code string
	query := "SELECT attribute_code FROM " + f.shop.qualified("eav_attribute") + " WHERE attribute_id = ?"
	err := f.shop.db.QueryRowContext(ctx, query, id).Scan(&code)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("look up an attribute: %w", err)
	}
	f.attributes[id] = err == nil && slices.Contains(f.shop.config.CustomerAttributes, code)
	return f.attributes[id], nil
}
