package reference

import (
	"cmp"
	"maps"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// websiteChannel is the type of a sales channel that is a website.
const websiteChannel = "website"

// An inventory is what stock asks of the sources and stocks, put in order once.
type inventory struct {
	stocks   map[string][]int // ids, by folded code of a source
	sources  map[int][]string // folded codes, by stock
	websites map[int][]string // codes, by stock
}

func newInventory(d data) inventory {
	all := inventory{stocks: map[string][]int{}, sources: map[int][]string{}, websites: map[int][]string{}}
	links := slices.SortedFunc(maps.Values(d.SourceLinks), func(a, b magento.InventorySourceStockLink) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.SourceCode, b.SourceCode), cmp.Compare(a.LinkID, b.LinkID))
	})
	for _, l := range links {
		code := change.Fold(l.SourceCode)
		all.stocks[code] = append(all.stocks[code], l.StockID)
		all.sources[l.StockID] = append(all.sources[l.StockID], code)
	}
	for _, ids := range all.stocks {
		slices.Sort(ids)
	}
	for _, key := range slices.Sorted(maps.Keys(d.SalesChannels)) {
		channel := d.SalesChannels[key]
		all.websites[channel.StockID] = append(all.websites[channel.StockID], channel.Code)
	}
	return all
}

// salesChannel keeps those that are websites: Magento has no others, and an extension may.
func (r *reader) salesChannel(c magento.InventorySalesChannel) {
	if c.Type == websiteChannel {
		r.SalesChannels[change.Fold(c.Code)] = c
	}
}

// Source is an inventory source. Codes are compared as Magento does, without case.
func (v *View) Source(code string) (s magento.InventorySource, ok bool) {
	s, ok = v.data.Sources[change.Fold(code)]
	return s, ok
}

// Stock is a stock's name.
func (v *View) Stock(id int) (name string, ok bool) {
	name, ok = v.data.StockNames[id]
	return name, ok
}

// StocksOf are the ids of the stocks that a source serves.
func (v *View) StocksOf(source string) []int { return v.inventory.stocks[change.Fold(source)] }

// SourcesOf are the folded codes of a stock's sources (change.Fold), by priority.
func (v *View) SourcesOf(stock int) []string { return v.inventory.sources[stock] }

// WebsitesOf are the codes of the websites that sell from a stock, sorted.
func (v *View) WebsitesOf(stock int) []string { return v.inventory.websites[stock] }
