package assemble_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/testenv/randomshop"
)

// TestMastersOfARandomShopAreWhatMagentoShows holds what products, stock, customers, companies
// and estimates say at the end against what Magento shows.
func TestMastersOfARandomShopAreWhatMagentoShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := randomshop.DrawMasters(t, 1, 2)
		for _, m := range h.Masters {
			o := newRandomRoot(t, h)
			var all []canonical.Entity
			for _, tx := range m.Transactions {
				all = o.apply(tx)
			}
			var got map[string]string
			for _, e := range all {
				if !e.Head().Deleted {
					got = shown(e)
				}
			}
			if diff := gocmp.Diff(m.Shows, got); diff != "" {
				t.Fatalf("%s is not what Magento shows (-Magento +entity):\n%s\n%s", m.Root, diff, asText(all))
			}
		}
	})
}

func shown(e canonical.Entity) map[string]string {
	switch e := e.(type) {
	case *canonical.Product:
		return shownProduct(e)
	case *canonical.Stock:
		out := map[string]string{"sku": e.SKU}
		for _, level := range e.Stocks {
			out[fmt.Sprint("reserved in ", level.StockID)] = level.Reservations.Fixed(0)
			out[fmt.Sprint("for sale in ", level.StockID)] = level.SalableQty.Fixed(0)
		}
		return out
	case *canonical.Customer:
		out := map[string]string{
			"email": e.Email, "name": e.FirstName, "group": e.GroupCode, "billing": "", "shipping": "",
			"company": fmt.Sprint(e.CompanyID), "companies": fmt.Sprint(len(e.Companies)),
		}
		for _, a := range e.Addresses {
			out[a.Kind] = a.City
		}
		return out
	case *canonical.Company:
		return map[string]string{"name": e.Name, "status": e.Status, "administrator": fmt.Sprint(e.SuperUserID)}
	case *canonical.Estimate:
		var units money.Amount
		for _, l := range e.Lines {
			if !l.LineSubtotal.IsZero() {
				units = units.Add(l.Qty)
			}
		}
		return map[string]string{
			"status": e.Status, "total": e.GrandTotal.Fixed(4), "tax": e.TaxAmount.Fixed(4), "customer": fmt.Sprint(e.CustomerID), "units": units.Fixed(0),
		}
	}
	return nil
}

// shownProduct takes what a store does not have from all stores, as a reader does.
func shownProduct(e *canonical.Product) map[string]string {
	out := map[string]string{
		"sku": e.SKU, "type": e.ProductType, "tax class": e.TaxClassName, "websites": spaced(e.WebsiteIDs), "quantity": e.StockQty.Fixed(0),
		"parts": spaced(slices.Concat(e.VariantIDs, e.GroupedIDs)), "offers": "",
	}
	for _, o := range e.BundleOptions {
		var ids []uint64
		for _, s := range o.Selections {
			ids = append(ids, s.ProductID)
		}
		out["offers"] = spaced(ids)
	}
	for store := range 3 {
		scope := canonical.ProductScope{}
		for _, s := range e.Scopes {
			if s.StoreID == store {
				scope = s
			}
		}
		has := func(code, own, general string) string {
			if slices.Contains(scope.Without, code) {
				return ""
			}
			return cmp.Or(own, general)
		}
		out[fmt.Sprint("name in ", store)] = has("name", scope.Name, e.Name)
		out[fmt.Sprint("status in ", store)] = has("status", scope.Status, e.Status)
		out[fmt.Sprint("price in ", store)] = has("price", sixPlaces(scope.Price), sixPlaces(e.Price))
		out[fmt.Sprint("special price in ", store)] = has("special_price", sixPlaces(scope.SpecialPrice), sixPlaces(e.SpecialPrice))
		out[fmt.Sprint("colour in ", store)] = has("color", strings.Join(scope.Labels["color"], ","), strings.Join(e.Labels["color"], ","))
	}
	return out
}

func sixPlaces(a *money.Amount) string {
	if a == nil {
		return ""
	}
	return a.Fixed(6)
}

func spaced[N int | uint64](all []N) string {
	return strings.Trim(fmt.Sprint(slices.Sorted(slices.Values(all))), "[]")
}
