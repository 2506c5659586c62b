package assemble

import (
	"cmp"
	"math"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// productAggregate makes a product of its rows. A deleted product takes all of its rows with
// it, and a deleted version what hangs on it. Its tax class, attributes and websites are those
// of today. The dates of its special price are told, and change nothing when they come.
var productAggregate = aggregateRules{
	kind: change.AggregateProduct, assemble: assembleProduct, dependsOnReference: true, dependsOnTime: true,
}

func assembleProduct(rows aggregateRows, ref Reference) (Assembly, error) {
	p, err := readProduct(rows.alive)
	if err != nil {
		return Assembly{}, err
	}
	if rows.deleted["sequence_product"] || len(p.versions) == 0 && rows.deleted[magento.ProductTable] {
		return Assembly{Orphans: rows.alive}, nil
	}
	if len(p.versions) == 0 {
		return Assembly{}, nil
	}
	current, next := p.versionAt(rows.at)
	e, err := newProduct(p, current, next, ref)
	if err != nil {
		return Assembly{}, err
	}
	a := Assembly{Entities: []canonical.Entity{e}, Until: seconds64(next)}
	if since := seconds64(from(current)); since <= rows.at {
		a.Since = since
	}
	if rows.deleted[magento.ProductTable] {
		a.Orphans = p.withoutVersion()
	}
	return a, nil
}

// productRows are the living rows of one root "product/9". Where changes are staged, a product
// has several versions, and most rows hang on one of them.
type productRows struct {
	versions   []*magento.Product // by the time from which they hold
	values     []productValue
	websites   []*magento.ProductWebsite
	attributes []*magento.ConfigurableAttribute
	variants   []*magento.ConfigurableLink
	options    []*magento.BundleOption
	selections []*magento.BundleSelection
	parts      []*magento.ProductLink
	stock      []*magento.StockItem
	hanging    map[uint64][]Row // the rows of each version, by its key
}

// productTables says where the rows of each table go.
var productTables = map[string]func(*productRows, Row) error{
	"sequence_product":                func(*productRows, Row) error { return nil },
	magento.ProductTable:              func(p *productRows, r Row) error { return add(&p.versions, r) },
	"catalog_product_entity_varchar":  (*productRows).addValue,
	"catalog_product_entity_int":      (*productRows).addValue,
	"catalog_product_entity_decimal":  (*productRows).addValue,
	"catalog_product_entity_datetime": (*productRows).addValue,
	"catalog_product_entity_text":     (*productRows).addValue,
	"catalog_product_website":         func(p *productRows, r Row) error { return add(&p.websites, r) },
	"cataloginventory_stock_item":     func(p *productRows, r Row) error { return add(&p.stock, r) },
	"catalog_product_super_attribute": func(p *productRows, r Row) error {
		return hang(p, &p.attributes, r, func(a *magento.ConfigurableAttribute) uint64 { return a.ProductID })
	},
	"catalog_product_super_link": func(p *productRows, r Row) error {
		return hang(p, &p.variants, r, func(l *magento.ConfigurableLink) uint64 { return l.ParentID })
	},
	"catalog_product_bundle_option": func(p *productRows, r Row) error {
		return hang(p, &p.options, r, func(o *magento.BundleOption) uint64 { return o.ParentID })
	},
	"catalog_product_bundle_selection": func(p *productRows, r Row) error {
		return hang(p, &p.selections, r, func(s *magento.BundleSelection) uint64 { return s.ParentProductID })
	},
	"catalog_product_link": func(p *productRows, r Row) error {
		return hang(p, &p.parts, r, func(l *magento.ProductLink) uint64 { return l.ProductID })
	},
}

// hang decodes a row to the end of a list, and keeps on which version it hangs.
func hang[T any](p *productRows, to *[]*T, row Row, version func(*T) uint64) error {
	if err := add(to, row); err != nil {
		return err
	}
	key := version((*to)[len(*to)-1])
	p.hanging[key] = append(p.hanging[key], row)
	return nil
}

// readProduct decodes the rows of a product. Rows of tables that only a later version
// knows are left out.
func readProduct(rows []Row) (*productRows, error) {
	p := &productRows{hanging: map[uint64][]Row{}}
	for _, row := range rows {
		if take := productTables[row.Table]; take != nil {
			if err := take(p, row); err != nil {
				return nil, err
			}
		}
	}
	p.sort()
	return p, nil
}

// sort puts everything in an order that the rows' own order has no part in.
func (p *productRows) sort() {
	slices.SortFunc(p.versions, func(a, b *magento.Product) int {
		return cmp.Or(cmp.Compare(from(a), from(b)), cmp.Compare(versionKey(a), versionKey(b)))
	})
	slices.SortFunc(p.values, func(a, b productValue) int { return cmp.Compare(a.ValueID, b.ValueID) })
	slices.SortFunc(p.websites, func(a, b *magento.ProductWebsite) int { return cmp.Compare(a.WebsiteID, b.WebsiteID) })
	slices.SortFunc(p.attributes, func(a, b *magento.ConfigurableAttribute) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(p.variants, func(a, b *magento.ConfigurableLink) int { return cmp.Compare(a.ProductID, b.ProductID) })
	slices.SortFunc(p.options, func(a, b *magento.BundleOption) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.OptionID, b.OptionID))
	})
	slices.SortFunc(p.selections, func(a, b *magento.BundleSelection) int { return cmp.Compare(a.SelectionID, b.SelectionID) })
	slices.SortFunc(p.parts, func(a, b *magento.ProductLink) int { return cmp.Compare(a.LinkedProductID, b.LinkedProductID) })
	slices.SortFunc(p.stock, func(a, b *magento.StockItem) int {
		return cmp.Or(cmp.Compare(a.StockID, b.StockID), cmp.Compare(a.ItemID, b.ItemID))
	})
}

// versionKey is what the rows of a version name it by.
func versionKey(v *magento.Product) uint64 {
	if v.RowID != nil {
		return *v.RowID
	}
	return v.EntityID
}

// from is the Unix time from which a version holds. One that is not staged holds from ever.
func from(v *magento.Product) uint64 {
	if v.CreatedIn == nil {
		return 0
	}
	return *v.CreatedIn
}

// versionAt is the version that holds at a Unix time, and the time from which another one does; 0
// where none is staged after it. A product that is staged and does not hold yet is the first of
// its versions. Magento lets each version hold until the next one does.
func (p *productRows) versionAt(unix int64) (current *magento.Product, next uint64) {
	now := uint64(max(unix, 0))
	current = p.versions[0]
	for _, v := range p.versions {
		if from(v) > now {
			return current, from(v)
		}
		current = v
	}
	return current, 0
}

// seconds64 is a time of Magento's, which no clock reaches where it does not fit.
func seconds64(unix uint64) int64 { return int64(min(unix, math.MaxInt64)) }

// withoutVersion lists the rows that hang on a version that is not there, by their keys.
func (p *productRows) withoutVersion() (orphans []Row) {
	for key, rows := range p.hanging {
		if !slices.ContainsFunc(p.versions, func(v *magento.Product) bool { return versionKey(v) == key }) {
			orphans = append(orphans, rows...)
		}
	}
	return orphans
}
