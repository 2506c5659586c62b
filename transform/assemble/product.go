package assemble

import (
	"cmp"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// productKind is a product's row in the table of kinds.
var productKind = kindRules{
	kind:     canonical.KindProduct,
	goneWith: []string{magento.ProductTable, "sequence_product"},
	deletion: func(id canonical.ID, _ change.Root) canonical.Entity {
		return &canonical.Product{
			Envelope:  canonical.Envelope{MagentoEntityID: id.Number(), Deleted: true},
			MagentoID: id.Number(), WebsiteIDs: []int{}, Websites: []canonical.Website{},
		}
	},
	state: of(func(e *canonical.Product) string { return cmp.Or(e.Status, "unknown") }),
	event: func(before Previous, _ string) string {
		if !before.emitted() {
			return "created"
		}
		return "updated"
	},
	foots: of(func(*canonical.Product) bool { return true }),
	lacks: of(func(*canonical.Product) bool { return false }), // follows reference data anyway
}

// newProduct assembles a version of a product, after which another one holds from a Unix time;
// 0: none.
func newProduct(p *productRows, row *magento.Product, next uint64, ref Reference) (*canonical.Product, error) {
	e := &canonical.Product{
		Envelope:  canonical.Envelope{MagentoEntityID: row.EntityID},
		MagentoID: row.EntityID, SKU: row.SKU, ProductType: row.TypeID, AttributeSetID: row.AttributeSetID,
		WebsiteIDs: []int{}, Websites: []canonical.Website{}, CreatedAt: utc(row.CreatedAt), UpdatedAt: utc(row.UpdatedAt),
	}
	if next > 0 {
		e.NextVersionAt = time.Unix(int64(next), 0).UTC().Format(time.RFC3339)
	}
	values := p.scoped(versionKey(row), ref)
	var err error
	if e.ProductValues, err = newProductValues(values[0], 0, ref); err != nil {
		return nil, err
	}
	if e.Scopes, err = values.scopes(ref); err != nil {
		return nil, err
	}
	p.fillWebsites(e, ref)
	p.fillStock(e)
	p.fillParts(e, versionKey(row), ref)
	return e, nil
}

func (p *productRows) fillWebsites(e *canonical.Product, ref Reference) {
	for _, w := range p.websites {
		website, _ := ref.Website(w.WebsiteID)
		website.WebsiteID = w.WebsiteID
		e.WebsiteIDs = append(e.WebsiteIDs, w.WebsiteID)
		e.Websites = append(e.Websites, website)
	}
}

// fillStock writes what the stock item of the default stock says. The configuration says whether
// stock is managed where the item leaves it to that; it is not captured, and Magento's built-in
// default is yes.
func (p *productRows) fillStock(e *canonical.Product) {
	if len(p.stock) == 0 {
		return
	}
	item := p.stock[0]
	inStock := item.IsInStock != 0
	e.StockQty, e.InStock, e.ManageStock = item.Qty, &inStock, item.UseManageStock != 0 || item.ManageStock != 0
}

// fillParts writes what a version of a composite consists of.
func (p *productRows) fillParts(e *canonical.Product, version uint64, ref Reference) {
	for _, a := range p.attributes {
		if attribute, known := ref.ProductAttribute(a.AttributeID); known && a.ProductID == version {
			e.ConfigurableAttributes = append(e.ConfigurableAttributes, attribute.Code)
		}
	}
	for _, l := range p.variants {
		if l.ParentID == version {
			e.VariantIDs = append(e.VariantIDs, l.ProductID)
		}
	}
	for _, o := range p.options {
		if o.ParentID == version {
			e.BundleOptions = append(e.BundleOptions, canonical.BundleOption{
				OptionID: o.OptionID, Required: o.Required != 0, Input: o.Type, Selections: p.selectionsOf(o.OptionID, version),
			})
		}
	}
	for _, l := range p.parts {
		if l.ProductID == version {
			e.GroupedIDs = append(e.GroupedIDs, l.LinkedProductID)
		}
	}
}

func (p *productRows) selectionsOf(option, version uint64) []canonical.BundleSelection {
	all := []canonical.BundleSelection{}
	for _, s := range p.selections {
		if s.OptionID != option || s.ParentProductID != version {
			continue
		}
		selection := canonical.BundleSelection{
			SelectionID: s.SelectionID, ProductID: s.ProductID, Qty: s.Qty, IsDefault: s.IsDefault != 0, PriceType: "fixed", Price: s.Price,
		}
		if s.PriceType == 1 {
			selection.PriceType = "percent"
		}
		all = append(all, selection)
	}
	return all
}
