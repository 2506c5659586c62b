package reference

import (
	"maps"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// Rows are all rows of the reference data that a View is made of. One that changes costs what
// changes, however many names options have; the few rows of other tables are read anew for each
// View. The zero value has none. It belongs to one goroutine.
type Rows struct {
	options optionNames
	others  map[string]Row    // by Row.id
	misfits map[string]Misfit // rows of options that do not fit, by Row.id
	newest  change.Version    // of those of options
}

// Put takes a row, or that it is gone, in the place of what was known of it.
func (s *Rows) Put(row Row) {
	if s.others == nil {
		s.others, s.misfits = map[string]Row{}, map[string]Misfit{}
	}
	if !ofOptions(row.Table) {
		s.others[row.id()] = row
		return
	}
	delete(s.misfits, row.id())
	if err := s.options.put(row); err != nil {
		s.misfits[row.id()] = Misfit{row, err}
		return
	}
	s.newest = change.Latest(s.newest, row.Version)
}

// View makes a view of the rows as they are now. reading is another text where rows may have got
// other versions, or gone, without a word of it. Rows that do not fit their tables are returned,
// and left out.
func (s *Rows) View(reading string) (view *View, misfits []Misfit, err error) {
	r := reader{version: s.newest, data: data{
		Stores: map[int]magento.Store{}, Websites: map[int]magento.Website{}, Groups: map[int]string{},
		Attributes: map[int]string{}, Config: map[string]string{}, Prices: map[string]string{}, TaxClasses: map[int]string{},
		ProductAttributes: map[int]magento.Attribute{}, CatalogAttributes: map[int]magento.CatalogAttribute{},
		Sources: map[string]magento.InventorySource{}, StockNames: map[int]string{},
		SourceLinks: map[uint64]magento.InventorySourceStockLink{}, SalesChannels: map[string]magento.InventorySalesChannel{},
	}}
	for _, id := range slices.Sorted(maps.Keys(s.misfits)) {
		misfits = append(misfits, s.misfits[id])
	}
	for _, id := range slices.Sorted(maps.Keys(s.others)) {
		row := s.others[id]
		take := tables[row.Table]
		if take == nil {
			continue
		}
		if err := take(&r, row); err != nil {
			misfits = append(misfits, Misfit{row, err})
			continue
		}
		r.version = change.Latest(r.version, row.Version)
	}
	r.sortOut()
	labels, relabelled := s.options.names()
	r.Labels = labelState{Relabelled: relabelled, Reading: reading}
	fingerprints, err := r.data.fingerprints()
	return &View{data: r.data, inventory: newInventory(r.data), labels: labels, fingerprints: fingerprints, version: r.version}, misfits, err
}
