package transform

import (
	"context"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/transform/reference"
)

// A lookup answers from reference data while one batch is assembled. What is missing
// makes it read the topic to its present end, once. It keeps the context because
// package assemble, which asks, is pure; a failed read is in err.
type lookup struct {
	ctx       context.Context
	follower  *referenceFollower
	refreshed bool
	err       error
}

func (f *referenceFollower) lookup(ctx context.Context) *lookup {
	return &lookup{ctx: ctx, follower: f}
}

// Store implements assemble.Reference.
func (l *lookup) Store(id int) *canonical.StoreView {
	s, _ := find(l, func(v *reference.View) (*canonical.StoreView, bool) {
		s := v.Store(id)
		return s, s != nil
	})
	return s
}

// Group implements assemble.Reference.
func (l *lookup) Group(id int) (string, bool) {
	return find(l, func(v *reference.View) (string, bool) { return v.Group(id) })
}

// Attribute implements assemble.Reference.
func (l *lookup) Attribute(id int) (string, bool) {
	return find(l, func(v *reference.View) (string, bool) { return v.Attribute(id) })
}

// Website implements assemble.ProductReference.
func (l *lookup) Website(id int) (canonical.Website, bool) {
	return find(l, func(v *reference.View) (canonical.Website, bool) { return v.Website(id) })
}

// TaxClass implements assemble.ProductReference.
func (l *lookup) TaxClass(id int) (string, bool) {
	return find(l, func(v *reference.View) (string, bool) { return v.TaxClass(id) })
}

// ProductAttribute implements assemble.ProductReference.
func (l *lookup) ProductAttribute(id int) (magento.Attribute, bool) {
	return find(l, func(v *reference.View) (magento.Attribute, bool) { return v.ProductAttribute(id) })
}

// CatalogAttribute implements assemble.ProductReference.
func (l *lookup) CatalogAttribute(id int) (magento.CatalogAttribute, bool) {
	return find(l, func(v *reference.View) (magento.CatalogAttribute, bool) { return v.CatalogAttribute(id) })
}

// OptionLabels implements assemble.ProductReference.
func (l *lookup) OptionLabels(option uint64) (map[int]string, bool) {
	return find(l, func(v *reference.View) (map[int]string, bool) { return v.OptionLabels(option) })
}

// Source implements assemble.Inventory.
func (l *lookup) Source(code string) (magento.InventorySource, bool) {
	return find(l, func(v *reference.View) (magento.InventorySource, bool) { return v.Source(code) })
}

// Stock implements assemble.Inventory.
func (l *lookup) Stock(id int) (string, bool) {
	return find(l, func(v *reference.View) (string, bool) { return v.Stock(id) })
}

// StocksOf implements assemble.Inventory. A source may serve none; what is linked later makes
// the SKU due again.
func (l *lookup) StocksOf(source string) []int { return l.follower.now().StocksOf(source) }

// SourcesOf implements assemble.Inventory.
func (l *lookup) SourcesOf(stock int) []string { return l.follower.now().SourcesOf(stock) }

// WebsitesOf implements assemble.Inventory.
func (l *lookup) WebsitesOf(stock int) []string { return l.follower.now().WebsitesOf(stock) }

func find[T any](l *lookup, in func(*reference.View) (T, bool)) (T, bool) {
	found, ok := in(l.follower.now())
	if !ok && l.refresh() {
		found, ok = in(l.follower.now())
	}
	return found, ok
}

// refresh reads what is new and reports whether to look again.
func (l *lookup) refresh() bool {
	if l.refreshed {
		return false
	}
	l.refreshed = true
	l.err = l.follower.refresh(l.ctx)
	return l.err == nil
}
